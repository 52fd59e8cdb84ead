#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace closet {

struct NewFileOptions {
    /// Of the working name, beside the file itself.
    std::string_view ending = ".partial";
    /// Links are followed, pipes and devices written as they are. Otherwise whatever has the name
    /// gives way, as suits a folder that is closet's own.
    bool follow = true;
    /// A working file that is there is continued, and stays where it is not published.
    bool resume = false;
};

/// Note [New files]
/// A file that appears under its name only when it is complete. It grows as `<name>.partial` beside
/// it, is forced to the disk, gets the permissions of a file that it replaces, and is renamed. So a
/// crash, a full disk or a second run leave the old content or the new one, never a broken file.
///
///     write ... -> complete() -> publish(), or publish_all() for files that belong together
///
/// The working file is locked as long as the object lives: a second run with the same name is
/// refused, and what a dead run left behind gives way. Pipes, devices and /dev/stdout are written
/// directly. Every failure is a MediaError that names the file, the reason and the remedy.
class NewFile {
  public:
    /// Creates the working file. Throws MediaError where the file cannot be written or another run
    /// writes it now.
    explicit NewFile(std::filesystem::path path, NewFileOptions options = {});
    /// Removes the working file unless it was published or kept.
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    NewFile(NewFile&&) = delete;
    NewFile& operator=(NewFile&&) = delete;

    /// Appends.
    void write(const void* bytes, std::size_t count);
    void write(std::string_view text) { write(text.data(), text.size()); }
    /// Starts again at its beginning.
    void clear();
    std::uint64_t size() const { return size_; }  ///< appended so far, with what was resumed

    /// Waits until everything is on the disk.
    void complete();
    /// Completes the file and gives it its name, replacing what had it.
    void publish();
    /// The same with files that belong together: all are complete before the first gets its name.
    /// Where one cannot be renamed, the others are taken back; all stay under their working names
    /// and the sentence says so.
    static void publish_all(std::span<NewFile* const> files);
    /// The working file stays when this object goes. Returns what it is called.
    std::string keep();

    /// As the user gave it.
    const std::filesystem::path& path() const { return path_; }
    /// The working file; of a pipe or device its own name.
    const std::filesystem::path& partial() const { return partial_; }
    /// Where the content lies now.
    const std::filesystem::path& where() const { return is_published_ ? path_ : partial_; }
    /// True for a pipe or device, which is no file to be replaced.
    bool is_direct() const { return is_direct_; }
    /// For those who write at places of their own.
    int descriptor() const { return descriptor_; }

    [[noreturn]] void fail(int error_number) const;

  private:
    void open_directly();
    void open_aside();
    void give_way();
    void copy_permissions() const;
    void take_place(bool returns);
    bool give_back();
    void settle();

    std::filesystem::path path_;
    std::filesystem::path target_;  ///< of a link: the file that it leads to
    std::filesystem::path partial_;
    NewFileOptions options_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    bool is_direct_ = false;
    bool is_published_ = false;
    bool keep_ = false;
    bool has_replaced_ = false;  ///< by take_place: what was there is gone
    std::uint64_t swapped_ = 0;  ///< the inode of what was there, under the working name now
};

/// Makes `text` the content of the file. Throws MediaError; then the old content is there still.
void replace_file(const std::filesystem::path& path, std::string_view text,
                  NewFileOptions options = {});

/// Writes to a descriptor; fewer bytes than `count` went where errno tells why.
std::size_t write_all(int descriptor, const void* bytes, std::size_t count);

/// The file that a name leads to through links, also where it does not exist yet. Names of
/// descriptors (/dev/stdout, /dev/fd/3) stay as they are.
std::filesystem::path behind_links(std::filesystem::path path);

/// What a file is called until it is complete.
std::filesystem::path partial_path(const std::filesystem::path& path,
                                   std::string_view ending = ".partial");

}  // namespace closet
