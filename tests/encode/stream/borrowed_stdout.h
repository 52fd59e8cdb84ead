#pragma once

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include <poll.h>
#include <unistd.h>

namespace closet::test {

/// Standard output as a pipe that this object reads, until it goes.
class BorrowedStdout {
  public:
    BorrowedStdout() {
        std::fflush(stdout);
        before_ = dup(STDOUT_FILENO);
        if (before_ < 0 || pipe(ends_.data()) != 0) {
            throw std::runtime_error("cannot borrow standard output");
        }
        dup2(ends_[1], STDOUT_FILENO);
        close(ends_[1]);
    }
    ~BorrowedStdout() {
        give_back();
        stop_reading();
        if (reader_.joinable()) {
            reader_.join();
        }
    }
    BorrowedStdout(const BorrowedStdout&) = delete;
    BorrowedStdout& operator=(const BorrowedStdout&) = delete;
    BorrowedStdout(BorrowedStdout&&) = delete;
    BorrowedStdout& operator=(BorrowedStdout&&) = delete;

    /// Takes everything from now on, as a patient reader does.
    void read_on() {
        reader_ = std::jthread([this] {
            std::array<char, 65536> part{};
            for (ssize_t size = 0; (size = ::read(ends_[0], part.data(), part.size())) > 0;) {
                bytes_.append(part.data(), static_cast<std::size_t>(size));
            }
        });
    }
    /// Bytes that are there already, at most `count`.
    std::string read_now(std::size_t count) {
        std::string bytes(has_bytes() ? count : 0, '\0');
        const ssize_t size = ::read(ends_[0], bytes.data(), bytes.size());
        bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return bytes;
    }
    bool has_bytes() const {
        pollfd ready{ends_[0], POLLIN, 0};
        return poll(&ready, 1, 0) == 1;
    }
    void stop_reading() {
        if (!reader_.joinable() && ends_[0] >= 0) {
            close(ends_[0]);
            ends_[0] = -1;
        }
    }
    /// Everything, once all writers have closed it.
    std::string finish() {
        give_back();
        reader_.join();
        close(ends_[0]);
        ends_[0] = -1;
        return bytes_;
    }

  private:
    void give_back() {
        if (before_ >= 0) {
            std::fflush(stdout);
            dup2(before_, STDOUT_FILENO);
            close(before_);
            before_ = -1;
        }
    }

    int before_ = -1;
    std::array<int, 2> ends_{-1, -1};
    std::string bytes_;
    std::jthread reader_;
};

}  // namespace closet::test
