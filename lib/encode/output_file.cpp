#include "encode/output_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

constexpr int kBufferBytes = 1 << 18;
constexpr mode_t kMode = 0666;  // less the umask, as for any new file

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
    std::error_code ignored;
    return std::filesystem::exists(a, ignored) && std::filesystem::exists(b, ignored) &&
           std::filesystem::equivalent(a, b, ignored);
}

/// A name is only on the disk once its folder is.
void sync_folder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        ::fsync(descriptor);  // not every file system can; the data is safe either way
        ::close(descriptor);
    }
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path path, const std::string& input)
    : path_(std::move(path)), partial_(partial_path(path_)) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path_, ignored)) {
        throw MediaError(
            fmt::format("cannot write {}: it is a folder, name a file in it", path_.string()));
    }
    if (is_same_file(input, path_) || is_same_file(input, partial_)) {
        throw MediaError(fmt::format(
            "cannot write {}: it is the input itself, choose another output", path_.string()));
    }
    ::unlink(partial_.c_str());  // left by a run that was killed; never written through a link
    descriptor_ = ::open(partial_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
    if (descriptor_ < 0) {
        fail(errno);
    }
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
    io_ = buffer != nullptr
              ? avio_alloc_context(buffer, kBufferBytes, 1, this, nullptr, write, seek)
              : nullptr;
    if (io_ == nullptr) {
        av_free(buffer);
        ::close(descriptor_);
        ::unlink(partial_.c_str());
        throw std::bad_alloc();
    }
}

OutputFile::~OutputFile() {
    av_freep(static_cast<void*>(&io_->buffer));
    avio_context_free(&io_);
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
    if (!keep_) {
        ::unlink(partial_.c_str());
    }
}

void OutputFile::check() {
    if (error_ != 0) {
        fail(error_);
    }
}

void OutputFile::complete() {
    avio_flush(io_);
    check();
    if (io_->error < 0) {
        throw MediaError(
            fmt::format("cannot write {}: {}", path_.string(), av_error_text(io_->error)),
            io_->error);
    }
    if (::fsync(descriptor_) != 0 && errno != EINVAL) {  // EINVAL: a file system that cannot
        fail(errno);
    }
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0) {
        fail(errno);
    }
    keep_ = true;
}

std::string OutputFile::keep() {
    keep_ = true;
    return partial_.string();
}

void OutputFile::publish() {
    if (std::rename(partial_.c_str(), path_.c_str()) != 0) {
        fail(errno);
    }
    const std::filesystem::path folder = path_.parent_path();
    sync_folder(folder.empty() ? "." : folder);
}

void OutputFile::fail(int error_number) const {
    const char* remedy = "";
    if (error_number == ENOSPC || error_number == EDQUOT) {
        remedy = ", make room or choose another folder";
    } else if (error_number == ENOENT) {
        remedy = ", its folder has to exist";
    }
    throw MediaError(
        fmt::format("cannot write {}: {}{}", path_.string(), std::strerror(error_number), remedy),
        AVERROR(error_number));
}

int OutputFile::write(void* opaque, WrittenByte* data, int size) {
    auto& self = *static_cast<OutputFile*>(opaque);
    int done = 0;
    while (done < size) {
        const ssize_t step =
            ::write(self.descriptor_, data + done, static_cast<std::size_t>(size - done));
        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step < 0) {
            self.error_ = self.error_ != 0 ? self.error_ : errno;
            return AVERROR(self.error_);
        }
        done += static_cast<int>(step);
    }
    return size;
}

std::int64_t OutputFile::seek(void* opaque, std::int64_t offset, int whence) {
    const int descriptor = static_cast<OutputFile*>(opaque)->descriptor_;
    if ((whence & AVSEEK_SIZE) != 0) {
        struct stat status {};
        return ::fstat(descriptor, &status) == 0 ? status.st_size : AVERROR(errno);
    }
    const off_t position = ::lseek(descriptor, offset, whence & ~AVSEEK_FORCE);
    return position >= 0 ? position : AVERROR(errno);
}

}  // namespace closet
