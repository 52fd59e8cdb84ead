#include "encode/output_file.h"

#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/files.h"

namespace closet {
namespace {

constexpr int kBufferBytes = 1 << 18;

std::filesystem::path checked(std::filesystem::path path, const std::string& input) {
    check_names({{"the input", input}}, {{"-o", path}});
    return path;
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path path, const std::string& input)
    : file_(checked(std::move(path), input)) {
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
    const bool seeks = ::lseek(file_.descriptor(), 0, SEEK_CUR) >= 0;
    io_ = buffer != nullptr ? avio_alloc_context(buffer, kBufferBytes, 1, this, nullptr, write,
                                                 seeks ? seek : nullptr)
                            : nullptr;
    if (io_ == nullptr) {
        av_free(buffer);
        throw std::bad_alloc();
    }
}

OutputFile::~OutputFile() {
    av_freep(static_cast<void*>(&io_->buffer));
    avio_context_free(&io_);
}

void OutputFile::check() {
    if (error_ != 0) {
        file_.fail(error_);
    }
}

void OutputFile::complete() {
    avio_flush(io_);
    check();
    if (io_->error < 0) {
        throw MediaError(fmt::format("cannot write {}: {}", name(), av_error_text(io_->error)),
                         io_->error);
    }
    file_.complete();
}

int OutputFile::write(void* opaque, WrittenByte* data, int size) {
    auto& self = *static_cast<OutputFile*>(opaque);
    const auto count = static_cast<std::size_t>(size);
    if (write_all(self.file_.descriptor(), data, count) < count) {
        self.error_ = self.error_ != 0 ? self.error_ : errno;
        return AVERROR(self.error_);
    }
    return size;
}

std::int64_t OutputFile::seek(void* opaque, std::int64_t offset, int whence) {
    const int descriptor = static_cast<OutputFile*>(opaque)->file_.descriptor();
    if ((whence & AVSEEK_SIZE) != 0) {
        struct stat status {};
        return ::fstat(descriptor, &status) == 0 ? status.st_size : AVERROR(errno);
    }
    const off_t position = ::lseek(descriptor, offset, whence & ~AVSEEK_FORCE);
    return position >= 0 ? position : AVERROR(errno);
}

}  // namespace closet
