#include "core/line_file.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace closet {

LineFile::~LineFile() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void LineFile::append(std::string_view lines) {
    pending_ += lines;
    if (descriptor_ < 0) {
        open();
    }
    const std::size_t written = write_all(descriptor_, pending_.data(), pending_.size());
    if (written == pending_.size()) {
        pending_.clear();
        size_ += written;
        return;
    }
    const int error = errno;
    if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) {
        pending_.erase(0, written);  // a pipe: what went is gone
    }
    claim_.fail(error);
}

void LineFile::open() {
    if (claim_.is_direct()) {
        descriptor_ = ::fcntl(claim_.descriptor(), F_DUPFD_CLOEXEC, 0);
    } else {
        replace_file(claim_.path(), pending_, {.ending = ".new"});
        size_ = pending_.size();
        pending_.clear();
        descriptor_ = ::open(claim_.path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    }
    if (descriptor_ < 0) {
        claim_.fail(errno);
    }
}

}  // namespace closet
