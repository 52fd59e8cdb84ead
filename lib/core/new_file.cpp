#include "core/new_file.h"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

extern "C" {
#include <libavutil/error.h>
}

#include "core/error.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kNewMode = 0666;  // less the umask, as for any new file
constexpr std::size_t kLongestName = 255;
constexpr int kMostLinks = 40;     // as the kernel
constexpr int kMostAttempts = 10;  // each lost to another run that starts or ends just now

/// The descriptor of this process that a path names.
std::optional<int> descriptor_of(const fs::path& path) {
    const std::string name = path.lexically_normal().string();
    if (name == "/dev/stdout" || name == "/dev/stderr") {
        return name == "/dev/stdout" ? STDOUT_FILENO : STDERR_FILENO;
    }
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
        if (name.starts_with(folder)) {
            int number = -1;
            const char* end = name.data() + name.size();
            const auto [stop, error] = std::from_chars(name.data() + folder.size(), end, number);
            return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
        }
    }
    return std::nullopt;
}

bool is_at(int descriptor, const fs::path& path) {
    struct stat opened {};
    struct stat present {};
    return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &present) == 0 &&
           opened.st_ino == present.st_ino && opened.st_dev == present.st_dev;
}

/// False where somebody else has the lock. File systems without locks do not hinder.
bool lock(int descriptor) {
    return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/// A name is only on the disk once its folder is.
void sync_folder(const fs::path& file) {
    const fs::path folder = file.parent_path();
    const int descriptor =
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        ::fsync(descriptor);  // not every file system can; the data is safe either way
        ::close(descriptor);
    }
}

bool exchange(const fs::path& a, const fs::path& b) {
    return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
}

std::uint64_t inode_of(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

std::size_t write_all(int descriptor, const void* bytes, std::size_t count) {
    std::size_t done = 0;
    while (done < count) {
        const ssize_t step =
            ::write(descriptor, static_cast<const char*>(bytes) + done, count - done);
        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step <= 0) {
            break;
        }
        done += static_cast<std::size_t>(step);
    }
    return done;
}

fs::path behind_links(fs::path path) {
    std::error_code error;
    for (int i = 0; i < kMostLinks && !descriptor_of(path) && fs::is_symlink(path, error); ++i) {
        path = path.parent_path() / fs::read_symlink(path, error);
    }
    return path;
}

fs::path partial_path(const fs::path& path, std::string_view ending) {
    std::string name = path.filename().string();
    if (name.size() + ending.size() > kLongestName) {
        const std::string mark =
            fmt::format("~{:08x}", std::hash<std::string>()(name) & 0xffffffff);
        name = name.substr(0, kLongestName - ending.size() - mark.size()) + mark;
    }
    return path.parent_path() / (name + std::string(ending));
}

NewFile::NewFile(fs::path path, NewFileOptions options)
    : path_(std::move(path)),
      target_(options.follow ? behind_links(path_) : path_),
      partial_(partial_path(target_, options.ending)),
      options_(options),
      keep_(options.resume) {
    std::error_code ignored;
    const fs::file_status status =
        options.follow ? fs::status(target_, ignored) : fs::symlink_status(target_, ignored);
    if (path_.empty() || path_.filename().empty() || fs::is_directory(status)) {
        throw MediaError(fmt::format(
            "cannot write {}: {}, give the name of a file{}", path_.empty() ? "''" : path_.string(),
            path_.empty() ? "the name is empty" : "it is a folder", path_.empty() ? "" : " in it"));
    }
    if (options.follow && !descriptor_of(target_) && fs::is_symlink(target_, ignored)) {
        fail(ELOOP);
    }
    is_direct_ = options.follow &&
                 (descriptor_of(target_) || (fs::exists(status) && !fs::is_regular_file(status)));
    is_direct_ ? open_directly() : open_aside();
}

void NewFile::open_directly() {
    partial_ = path_;
    if (const std::optional<int> inherited = descriptor_of(target_)) {
        descriptor_ = ::fcntl(*inherited, F_DUPFD_CLOEXEC, 0);
    } else {
        // O_NONBLOCK: a pipe that nobody reads is an error and no endless wait.
        descriptor_ = ::open(target_.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (descriptor_ >= 0) {
            ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) & ~O_NONBLOCK);
        }
    }
    if (descriptor_ < 0) {
        fail(errno);
    }
}

void NewFile::open_aside() {
    // O_NOFOLLOW: a link under the working name must not redirect the bytes to another file.
    const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
        const int descriptor =
            ::open(partial_.c_str(), flags | (options_.resume ? 0 : O_EXCL), kNewMode);
        if (descriptor < 0) {
            if (errno != EEXIST) {
                fail(errno);
            }
            give_way();
            continue;
        }
        const bool is_locked = lock(descriptor);
        struct stat facts {};
        if (is_locked && is_at(descriptor, partial_) && ::fstat(descriptor, &facts) == 0 &&
            S_ISREG(facts.st_mode)) {
            descriptor_ = descriptor;
            size_ = static_cast<std::uint64_t>(facts.st_size);
            ::lseek(descriptor, 0, SEEK_END);
            return;
        }
        ::close(descriptor);
        if (!is_locked && options_.resume) {
            fail(EWOULDBLOCK);
        }
    }
    fail(EWOULDBLOCK);
}

/// Removes what has the working name already, unless a run that lives writes it.
void NewFile::give_way() {
    std::error_code ignored;
    if (!fs::is_regular_file(fs::symlink_status(partial_, ignored))) {
        if (::unlink(partial_.c_str()) != 0 && errno != ENOENT) {
            throw MediaError(fmt::format("cannot write {}: {} is in the way, remove it",
                                         path_.string(), partial_.string()));
        }
        return;
    }
    const int left = ::open(partial_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (left < 0) {
        if (errno != ENOENT) {
            fail(errno);
        }
        return;
    }
    const bool is_locked = lock(left);
    if (is_locked && is_at(left, partial_)) {
        ::unlink(partial_.c_str());
    }
    ::close(left);
    if (!is_locked) {
        fail(EWOULDBLOCK);
    }
}

NewFile::~NewFile() {
    if (descriptor_ < 0) {
        return;
    }
    if (!keep_ && !is_published_ && !is_direct_ && is_at(descriptor_, partial_)) {
        ::unlink(partial_.c_str());
    }
    ::close(descriptor_);
}

void NewFile::write(const void* bytes, std::size_t count) {
    const std::size_t done = write_all(descriptor_, bytes, count);
    size_ += done;
    if (done < count) {
        fail(errno);
    }
}

void NewFile::clear() {
    if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0) {
        fail(errno);
    }
    size_ = 0;
}

void NewFile::complete() {
    if (is_direct_) {
        return;
    }
    copy_permissions();
    if (::fsync(descriptor_) != 0 && errno != EINVAL) {  // EINVAL: a file system that cannot
        fail(errno);
    }
}

void NewFile::copy_permissions() const {
    struct stat former {};
    if (::stat(target_.c_str(), &former) != 0 || !S_ISREG(former.st_mode)) {
        return;
    }
    // Only root gives files away; for others the file becomes theirs, as with any editor.
    [[maybe_unused]] const int given = ::fchown(descriptor_, former.st_uid, former.st_gid);
    ::fchmod(descriptor_, former.st_mode & 07777);
}

void NewFile::publish() {
    complete();
    take_place(false);
    settle();
}

void NewFile::publish_all(std::span<NewFile* const> files) {
    for (NewFile* file : files) {
        file->complete();
    }
    std::size_t done = 0;
    try {
        for (; done < files.size(); ++done) {
            files[done]->take_place(true);
        }
    } catch (const MediaError& error) {
        std::string kept, changed;
        while (done > 0) {
            NewFile& file = *files[--done];
            if (!file.give_back()) {
                changed += fmt::format(", {} is the new one already", file.path_.string());
            }
        }
        for (NewFile* file : files) {
            if (!file->is_direct_ && !file->is_published_) {
                kept += (kept.empty() ? "" : ", ") + file->keep();
            }
        }
        throw MediaError(
            fmt::format("{} (what was written is in {}{})", error.what(), kept, changed),
            error.averror());
    }
    for (NewFile* file : files) {
        file->settle();
    }
}

/// Gets the final name; where `returns`, in a way that give_back can undo.
void NewFile::take_place(bool returns) {
    if (is_direct_) {
        return;
    }
    struct stat former {};
    const bool exists = ::lstat(target_.c_str(), &former) == 0;
    if (returns && exists && S_ISREG(former.st_mode) && exchange(partial_, target_)) {
        swapped_ = former.st_ino;
        return;
    }
    if (::rename(partial_.c_str(), target_.c_str()) != 0) {
        fail(errno);
    }
    has_replaced_ = exists;
}

/// Undoes take_place; false where the new content stays in its place.
bool NewFile::give_back() {
    if (is_direct_) {
        return true;
    }
    const bool is_back = swapped_ != 0
                             ? exchange(partial_, target_)
                             : !has_replaced_ && ::rename(target_.c_str(), partial_.c_str()) == 0;
    swapped_ = 0;
    is_published_ = !is_back;
    return is_back;
}

void NewFile::settle() {
    is_published_ = !is_direct_;
    if (swapped_ != 0 && inode_of(partial_) == swapped_) {
        ::unlink(partial_.c_str());
    }
    swapped_ = 0;
    if (is_published_) {
        sync_folder(target_);
    }
}

std::string NewFile::keep() {
    keep_ = true;
    return partial_.string();
}

void NewFile::fail(int error_number) const {
    std::string why = std::strerror(error_number);
    switch (error_number) {
        case EWOULDBLOCK:
            why =
                fmt::format("another run is writing it ({}), wait for that or choose another name",
                            partial_.string());
            break;
        case ENOSPC:
        case EDQUOT:
            why += ", make room or choose another folder";
            break;
        case ENOENT:
            why += ", its folder has to exist";
            break;
        case ENXIO:
            why = "no program reads it, start the reader first";
            break;
        case EACCES:
        case EROFS:
            why += ", choose another folder";
            break;
        default:
            break;
    }
    throw MediaError(fmt::format("cannot write {}: {}", path_.string(), why),
                     AVERROR(error_number));
}

void replace_file(const fs::path& path, std::string_view text, NewFileOptions options) {
    NewFile file(path, options);
    file.write(text);
    file.publish();
}

}  // namespace closet
