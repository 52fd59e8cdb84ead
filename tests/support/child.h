#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace closet::test {

/// A program that runs beside the test and tells what it does line by line. Ended with the object.
class Child {
  public:
    /// `command` is searched for in PATH. Its stdout, and whatever it writes to descriptor 3, is
    /// read here; its stderr goes nowhere. Where there is no such program no line ever comes.
    explicit Child(std::vector<std::string> command);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;

    /// The next line; nothing at its end or when none came in time.
    std::optional<std::string> line(std::chrono::milliseconds patience = std::chrono::seconds(10));

    /// Waits for its end; the exit code, 128 + signal where a signal ended it.
    int wait();

  private:
    pid_t pid_ = -1;
    int output_ = -1;
    std::string read_;
};

/// True where `program` is in PATH.
bool is_installed(const std::string& program);

}  // namespace closet::test
