#include "models/store/new_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"

namespace closet {

NewFile::NewFile(std::filesystem::path path, Start start) : path_(std::move(path)), start_(start) {
    // O_NOFOLLOW: a link under the working name must not redirect the bytes to another file.
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    descriptor_ = open(path_.c_str(), flags | (start == Start::kEmpty ? O_TRUNC : 0), 0666);
    struct stat facts {};
    if (descriptor_ < 0 || fstat(descriptor_, &facts) != 0) {
        fail();
    }
    if (!S_ISREG(facts.st_mode)) {
        close(descriptor_);
        throw ModelError(fmt::format("cannot write {}: it is not a regular file", path_.string()));
    }
    size_ = static_cast<std::uint64_t>(facts.st_size);
}

NewFile::~NewFile() {
    close(descriptor_);
    if (!moved_ && start_ == Start::kEmpty) {
        unlink(path_.c_str());
    }
}

void NewFile::fail() const {
    const int error = errno;
    throw ModelError(fmt::format("cannot write {}: {}", path_.string(), std::strerror(error)));
}

void NewFile::write(const void* bytes, std::size_t count) {
    const auto* next = static_cast<const char*>(bytes);
    while (count > 0) {
        const ssize_t written = pwrite(descriptor_, next, count, static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            fail();
        }
        next += written;
        count -= static_cast<std::size_t>(written);
        size_ += static_cast<std::uint64_t>(written);
    }
}

void NewFile::clear() {
    if (ftruncate(descriptor_, 0) != 0) {
        fail();
    }
    size_ = 0;
}

void NewFile::move_to(const std::filesystem::path& target) {
    if (fsync(descriptor_) != 0) {
        fail();
    }
    if (rename(path_.c_str(), target.c_str()) != 0) {
        throw ModelError(fmt::format("cannot move {} to {}: {}", path_.string(), target.string(),
                                     std::strerror(errno)));
    }
    moved_ = true;
    // The new name is only as lasting as the folder's own entry; where that cannot be forced, the
    // worst case after a power cut is that the file has to be fetched again.
    const int folder = open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
}

}  // namespace closet
