#include "encode/stream/pipe_target.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.h"
#include "encode/stream/live_output.h"

namespace closet {
namespace {

constexpr int kBufferBytes = 1 << 18;
constexpr int kPollMs = 100;  ///< between two looks at the stop

int open_pipe(const std::string& name) {
    if (name == "-") {
        if (::isatty(STDOUT_FILENO) != 0) {
            throw ConfigError(
                fmt::format("{} -: standard output is a terminal, send it into a program or a file",
                            flags::kOutput));
        }
        return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    }
    return ::open(name.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

/// Where somebody may stop reading, poll promises PIPE_BUF bytes and no more. The descriptor is
/// shared with other processes, so making it non-blocking instead would surprise them.
int step_of(int descriptor) {
    struct stat status {};
    const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    return is_file ? kBufferBytes : PIPE_BUF;
}

}  // namespace

PipeTarget::PipeTarget(const std::string& name, std::stop_token stop)
    : StreamTarget(name, kBufferBytes), patience_(std::move(stop)), descriptor_(open_pipe(name)) {
    if (descriptor_ < 0) {
        fail(AVERROR(errno));
    }
    step_ = step_of(descriptor_);
}

PipeTarget::~PipeTarget() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

int PipeTarget::put(const std::uint8_t* data, int size) {
    while (size > 0) {
        pollfd ready{descriptor_, POLLOUT, 0};
        const int found = ::poll(&ready, 1, kPollMs);
        if (found == 0 || (found < 0 && errno == EINTR)) {
            if (patience_.is_over()) {
                return AVERROR_EXIT;
            }
            continue;
        }
        const ssize_t done =
            ::write(descriptor_, data, static_cast<std::size_t>(std::min(size, step_)));
        if (done < 0 && errno != EINTR && errno != EAGAIN) {
            return AVERROR(errno);
        }
        data += std::max<ssize_t>(done, 0);
        size -= static_cast<int>(std::max<ssize_t>(done, 0));
    }
    return 0;
}

std::string PipeTarget::explain(int code) const {
    switch (code) {
        case AVERROR(EPIPE):
            return "the program that reads it has closed the pipe";
        case AVERROR(ENXIO):
            return "no program reads it, start the reader first";
        case AVERROR_EXIT:
            return "the program that reads it takes nothing more";
        case AVERROR(ENOSPC):
            return "No space left on device, make room or choose another folder";
        default:
            return av_error_text(code);
    }
}

}  // namespace closet
