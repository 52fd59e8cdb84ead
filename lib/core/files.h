#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/new_file.h"

namespace closet {

/// A file that a run reads or writes, and what the user calls it: "--matte", "the input".
struct NamedFile {
    std::string what;
    std::filesystem::path path;
};

/// Whether two names lead to one file, also through links and where it does not exist yet.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// Before a run writes anything. Throws ConfigError where two of the files that it writes are one,
/// and MediaError where one that it writes is one that it reads and that exists. Working names
/// (`partial_path`) of files that are written count too. Empty paths are no files; pipes and
/// devices do not collide.
void check_names(const std::vector<NamedFile>& reads, const std::vector<NamedFile>& writes);

/// Of the files of a folder whose names end so (".garment"), removes those that were not used for
/// longest (by their time of change) until so many and so many bytes are left. What cannot be
/// removed stays.
void keep_latest(const std::filesystem::path& folder, std::string_view ending, std::size_t most,
                 std::uintmax_t most_bytes);

/// A file of lines that is read while it grows, so it grows under its own name. What was there is
/// whole until the first line comes, and what a full disk did not take is tried again with the next
/// lines: the file always ends with a whole one. Another run with the same name is refused.
class LineFile {
  public:
    /// Throws MediaError where the file cannot be written.
    explicit LineFile(std::filesystem::path path) : claim_(std::move(path)) {}
    ~LineFile();
    LineFile(const LineFile&) = delete;
    LineFile& operator=(const LineFile&) = delete;
    LineFile(LineFile&&) = delete;
    LineFile& operator=(LineFile&&) = delete;

    /// Throws MediaError where not everything went, of this and of earlier calls.
    void append(std::string_view lines);

  private:
    void open();

    NewFile claim_;         ///< empty; it keeps other runs away
    int descriptor_ = -1;   ///< of the file itself, once lines came
    std::size_t size_ = 0;  ///< bytes of whole lines in the file
    std::string pending_;   ///< lines that could not be written yet
};

}  // namespace closet
