#include <doctest/doctest.h>

#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode/capture/take.h"
#include "support/clips.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

using namespace std::chrono_literals;

/// A y4m stream of gray pictures.
std::string y4m_header() {
    return "YUV4MPEG2 W64 H48 F30:1 Ip A1:1 C420jpeg\n";
}
std::string y4m_frame(int luma) {
    return "FRAME\n" + std::string(64 * 48, static_cast<char>(luma)) +
           std::string(32 * 24 * 2, '\x80');
}

/// Puts another file in the place of standard input until the end of the scope.
class StandardInput {
  public:
    explicit StandardInput(int file) : old_(dup(STDIN_FILENO)) { dup2(file, STDIN_FILENO); }
    ~StandardInput() {
        dup2(old_, STDIN_FILENO);
        close(old_);
    }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;
    StandardInput(StandardInput&&) = delete;
    StandardInput& operator=(StandardInput&&) = delete;

  private:
    int old_;
};

void write_all(int file, const std::string& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count = write(file, bytes.data() + done, bytes.size() - done);
        if (count <= 0) {
            return;
        }
        done += static_cast<std::size_t>(count);
    }
}

}  // namespace

TEST_SUITE("capture") {
    TEST_CASE("a FIFO is read as its writer fills it and ends with it") {
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string path = folder / "fifo";
        REQUIRE(mkfifo(path.c_str(), 0600) == 0);
        const std::jthread writer([&] {
            const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
            write_all(file, y4m_header() + y4m_frame(10) + y4m_frame(20));
            std::this_thread::sleep_for(200ms);
            write_all(file, y4m_frame(30));
            close(file);
        });
        Capture capture({.input = path});
        CHECK(capture.facts().kind == SourceKind::kPipe);
        const auto frames = take(capture, 100);
        REQUIRE(frames.size() == 3);
        CHECK(frames[0].frame.image->data[0][0] == 10);
        CHECK(frames[2].frame.image->data[0][0] == 30);
        CHECK(seconds_between(frames[1], frames[2]) > 0.1);  // its arrival, not its file time
        CHECK(stamps_grow(frames));
        CHECK(capture.counts().late == 0);
    }

    TEST_CASE("standard input is read and its mode stays as it is") {
        const LogCapture log;
        int ends[2];
        REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        const StandardInput input(ends[0]);
        const std::jthread writer([&] {
            write_all(ends[1], y4m_header() + y4m_frame(10) + y4m_frame(20));
            close(ends[1]);
        });
        Capture capture({.input = "-"});
        CHECK(take(capture, 100).size() == 2);
        CHECK((fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK) == 0);
        close(ends[0]);
    }

    TEST_CASE("a stop ends the wait for a writer that never comes or says nothing more") {
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string path = folder / "fifo";
        REQUIRE(mkfifo(path.c_str(), 0600) == 0);
        std::stop_source early;
        std::jthread stopper([&] {
            std::this_thread::sleep_for(50ms);
            early.request_stop();
        });
        auto begin = LiveClock::now();
        CHECK_THROWS_AS(Capture({.input = path}, early.get_token()), MediaError);
        CHECK(LiveClock::now() - begin < 300ms);

        const std::jthread writer([&] {
            const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
            write_all(file, y4m_header() + y4m_frame(10) + y4m_frame(20));
            std::this_thread::sleep_for(600ms);
            close(file);
        });
        Capture capture({.input = path});
        take(capture, 2);
        std::stop_source late;
        stopper = std::jthread([&] {
            std::this_thread::sleep_for(50ms);
            late.request_stop();
        });
        begin = LiveClock::now();
        CHECK_FALSE(capture.next(late.get_token()));
        CHECK(LiveClock::now() - begin < 300ms);
    }

    TEST_CASE("garbage in a pipe is refused") {
        const LogCapture log;
        int ends[2];
        REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        const StandardInput input(ends[0]);
        const std::jthread writer([&] {
            write_all(ends[1], std::string(5000, '\x5a'));
            close(ends[1]);
        });
        CHECK(contains(refusal({.input = "-"}), "cannot read -"));
        close(ends[0]);
    }
}

}  // namespace closet::test
