#include "decode/capture/pipe_reader.h"

#include <cerrno>
#include <new>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

constexpr int kBufferBytes = 1 << 16;  ///< what a Linux pipe holds

/// How long a stop may go unnoticed; bytes end the wait at once.
constexpr int kPollMs = 20;

int open_pipe(const std::string& path) {
    const bool is_stdin = !path.starts_with('/') && (path == "-" || path.starts_with("pipe:"));
    // Without O_NONBLOCK the call would wait for a writer. A copy of standard input shares the mode
    // of the original with other programs, so that mode stays as it is.
    const int file = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                              : open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        const int code = AVERROR(errno);
        throw MediaError(fmt::format("cannot read {}: {}", path, av_error_text(code)), code);
    }
    return file;
}

}  // namespace

PipeReader::PipeReader(const std::string& path, std::stop_token stop)
    : stop_(std::move(stop)), file_(open_pipe(path)) {
    auto* const buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
    if (buffer != nullptr) {
        io_ = avio_alloc_context(buffer, kBufferBytes, 0, this, read, nullptr, nullptr);
    }
    if (io_ == nullptr) {
        av_free(buffer);
        close(file_);
        throw std::bad_alloc();
    }
}

PipeReader::~PipeReader() {
    av_freep(&io_->buffer);
    avio_context_free(&io_);
    close(file_);
}

int PipeReader::read(void* opaque, std::uint8_t* bytes, int size) {
    const auto& self = *static_cast<const PipeReader*>(opaque);
    while (!self.stop_.stop_requested()) {
        pollfd state{self.file_, POLLIN, 0};
        const int ready = poll(&state, 1, kPollMs);
        if (ready < 0 && errno != EINTR) {
            return AVERROR(errno);
        }
        if (ready <= 0) {
            continue;  // also a FIFO that nobody has begun to write to
        }
        const ssize_t count = ::read(self.file_, bytes, static_cast<std::size_t>(size));
        if (count > 0) {
            return static_cast<int>(count);
        }
        if (count == 0) {
            return AVERROR_EOF;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return AVERROR(errno);
        }
    }
    return AVERROR_EXIT;
}

}  // namespace closet
