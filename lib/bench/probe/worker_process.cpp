#include "bench/probe/worker_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/probe/worker.h"
#include "core/error.h"

// Own code: Boost.Process brings 140 MB of headers and neither PR_SET_PDEATHSIG nor the end of
// stderr for the sentence; reproc is not packaged for Debian.

namespace closet::bench {
namespace {

using SteadyTime = std::chrono::steady_clock;

/// What is kept of a worker's stderr, and how much of that a sentence quotes.
constexpr std::size_t kKeptWords = 4096, kQuotedWords = 400;
/// How long the last words of a worker that ended may take, seconds.
constexpr double kLastWordsS = 0.5;

class Descriptor {
  public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    ~Descriptor() { reset(); }
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        reset();
        fd_ = std::exchange(other.fd_, -1);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    void reset() {
        if (fd_ >= 0) {
            close(std::exchange(fd_, -1));
        }
    }

  private:
    int fd_;
};

/// Both ends, closed in programs that this one starts.
struct Pipe {
    Descriptor read, write;

    static Pipe make() {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw Error(fmt::format("cannot make a pipe to a worker: {}", strerror(errno)));
        }
        return {Descriptor(ends[0]), Descriptor(ends[1])};
    }
    /// A socket takes the place of a pipe where this process writes: a send tells of a reader that
    /// is gone, a write would end the writer with SIGPIPE.
    static Pipe make_towards_worker() {
        std::array<int, 2> ends{};
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            throw Error(fmt::format("cannot make a socket to a worker: {}", strerror(errno)));
        }
        return {Descriptor(ends[0]), Descriptor(ends[1])};
    }
};

/// What the new process does until it is another program. Between fork and exec of a process with
/// threads only calls that need no lock are safe.
[[noreturn]] void become(char* const* arguments, int in, int out, int err, int status,
                         pid_t parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const bool orphan = getppid() != parent;
    if (!orphan && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
        dup2(err, STDERR_FILENO) >= 0) {
        execvp(arguments[0], arguments);
    }
    const int error = errno;
    [[maybe_unused]] const auto told = write(status, &error, sizeof(error));
    _exit(127);
}

std::string describe_end(int status) {
    if (WIFSIGNALED(status)) {
        return fmt::format("was killed by signal {} ({})", WTERMSIG(status),
                           strsignal(WTERMSIG(status)));
    }
    return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

/// The end of what a process said, on one line.
std::string quote(std::string_view words) {
    std::string line;
    for (const char letter : words) {
        const bool is_space = static_cast<unsigned char>(letter) <= ' ';
        if (!is_space) {
            line += letter;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    if (line.ends_with(' ')) {
        line.pop_back();
    }
    return line.size() <= kQuotedWords ? line : "..." + line.substr(line.size() - kQuotedWords);
}

}  // namespace

struct WorkerProcess::State {
    std::string name;  ///< the command, for sentences
    pid_t id = -1;     ///< -1 once it was waited for
    int number = -1;   ///< the same, kept
    Descriptor in, out, err;
    std::string received;  ///< of stdout, beyond the last line handed out
    std::string words;     ///< the end of stderr
    std::string failure;   ///< what every call throws; empty while the worker is well

    State() = default;
    ~State() { end(); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// Kills the process where it lives.
    void end() {
        if (id > 0) {
            kill(-id, SIGKILL);
            while (waitpid(id, nullptr, 0) < 0 && errno == EINTR) {
            }
            id = -1;
        }
    }

    /// How the process ended of itself, once it has closed its end of a stream; it may take a
    /// moment from there to its end.
    std::string how_it_ended() {
        for (int tries = 0; tries < 100; ++tries) {
            int status = 0;
            if (waitpid(id, &status, WNOHANG) == id) {
                id = -1;
                return describe_end(status);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return "closed its output";
    }

    /// Reads what is there. False at the end of the stream.
    bool read_some(Descriptor& from, std::string& to) const {
        std::array<char, 65536> buffer{};
        const ssize_t count = read(from.get(), buffer.data(), buffer.size());
        if (count > 0) {
            to.append(buffer.data(), static_cast<std::size_t>(count));
            return true;
        }
        return count < 0 && (errno == EINTR || errno == EAGAIN);
    }

    enum class Moved { kSome, kEnd, kLate };

    /// Waits until a descriptor is ready and moves what can be moved. kEnd where the worker has
    /// closed its stdin or stdout, kLate after the deadline.
    Moved move(std::string_view& unsent, SteadyTime::time_point deadline) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyTime::now())
                .count();
        if (left <= 0) {
            return Moved::kLate;
        }
        std::array<pollfd, 3> ready{
            pollfd{out.get(), POLLIN, 0}, pollfd{err.get(), POLLIN, 0},
            pollfd{unsent.empty() ? -1 : in.get(), POLLOUT, 0}};  // -1: not looked at
        constexpr std::int64_t kLongest = 1000;
        if (poll(ready.data(), ready.size(), static_cast<int>(std::min(left, kLongest))) <= 0) {
            return Moved::kSome;  // a signal, or time to look at the clock
        }
        if (ready[1].revents != 0 && !read_some(err, words)) {
            err.reset();
        }
        words.erase(0, words.size() - std::min(words.size(), kKeptWords));
        if (ready[2].revents != 0) {
            const ssize_t count =
                send(in.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (count > 0) {
                unsent.remove_prefix(static_cast<std::size_t>(count));
            } else if (errno != EINTR && errno != EAGAIN) {
                return Moved::kEnd;
            }
        }
        const bool open = ready[0].revents == 0 || read_some(out, received);
        return open ? Moved::kSome : Moved::kEnd;
    }

    /// The first whole line of what was received.
    std::optional<std::string> take_line() {
        const std::size_t end = received.find('\n', searched);
        if (end == std::string::npos) {
            searched = received.size();
            return std::nullopt;
        }
        std::string line = received.substr(0, end);
        received.erase(0, end + 1);
        searched = 0;
        return line;
    }
    std::size_t searched = 0;  ///< of `received`, without a line's end

    /// Reads stderr to its end, for a short while.
    void hear_last_words() {
        const auto deadline = SteadyTime::now() + std::chrono::duration_cast<SteadyTime::duration>(
                                                      std::chrono::duration<double>(kLastWordsS));
        out.reset();
        std::string_view nothing;
        while (err.get() >= 0 && move(nothing, deadline) != Moved::kLate) {
        }
    }
};

WorkerProcess::WorkerProcess(std::vector<std::string> command) : state_(std::make_unique<State>()) {
    state_->name = fmt::format("'{}'", fmt::join(command, " "));
    std::vector<char*> arguments;
    for (std::string& argument : command) {
        arguments.push_back(argument.data());
    }
    arguments.push_back(nullptr);
    Pipe in = Pipe::make_towards_worker(), out = Pipe::make(), err = Pipe::make(),
         status = Pipe::make();
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) {
        throw Error(fmt::format("cannot start {}: {}", state_->name, strerror(errno)));
    }
    if (child == 0) {
        become(arguments.data(), in.read.get(), out.write.get(), err.write.get(),
               status.write.get(), parent);
    }
    state_->id = state_->number = child;
    status.write.reset();
    int error = 0;
    ssize_t count = 0;
    while ((count = read(status.read.get(), &error, sizeof(error))) < 0 && errno == EINTR) {
    }
    if (count > 0) {
        throw Error(
            fmt::format("cannot start {}: {}; check the path", state_->name, strerror(error)));
    }
    state_->in = std::move(in.write);
    state_->out = std::move(out.read);
    state_->err = std::move(err.read);
}

WorkerProcess::~WorkerProcess() = default;

int WorkerProcess::id() const {
    return state_->number;
}

std::string WorkerProcess::ask(const std::string& line, double limit_s, const std::string& doing) {
    State& state = *state_;
    if (!state.failure.empty()) {
        throw Error(state.failure);
    }
    const std::string message = line.empty() ? line : line + '\n';
    std::string_view unsent = message;
    const auto deadline = SteadyTime::now() + std::chrono::duration_cast<SteadyTime::duration>(
                                                  std::chrono::duration<double>(limit_s));
    while (true) {
        if (unsent.empty()) {
            if (auto answer = state.take_line()) {
                return *std::move(answer);
            }
        }
        switch (state.move(unsent, deadline)) {
            case State::Moved::kSome:
                break;
            case State::Moved::kLate:
                give_up(fmt::format("did not answer within {:g} s while {}", limit_s, doing));
            case State::Moved::kEnd:
                state.hear_last_words();
                give_up(fmt::format("{} while {}", state.how_it_ended(), doing));
        }
        if (state.received.size() > kMaxProtocolLine) {
            give_up(fmt::format("sent more than {} bytes without an end while {}", kMaxProtocolLine,
                                doing));
        }
    }
}

void WorkerProcess::give_up(const std::string& what) {
    State& state = *state_;
    state.end();
    const std::string words = quote(state.words);
    state.failure = fmt::format("the worker {} {}{}", state.name, what,
                                words.empty() ? "" : "; its last words: " + words);
    throw Error(state.failure);
}

}  // namespace closet::bench
