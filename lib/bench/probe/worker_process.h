#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sys/types.h"

namespace closet::bench {

/// Another process and the lines that go to and fro. It is killed with this object, and dies with
/// the process that started it.
class WorkerProcess {
  public:
    /// Throws Error where the program cannot be started.
    explicit WorkerProcess(std::vector<std::string> command);
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;
    WorkerProcess(WorkerProcess&&) = delete;
    WorkerProcess& operator=(WorkerProcess&&) = delete;

    /// Sends a line and waits for the next one, without its end. Throws Error where the process
    /// ends or does not answer within `limit_s`, with its last words from stderr; then it is
    /// killed.
    std::string ask(const std::string& line, double limit_s);
    /// Waits for a line unasked.
    std::string read_line(double limit_s);

    /// Kills the process; every later call throws `why`, followed by the last words.
    [[noreturn]] void give_up(const std::string& why);

    int id() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace closet::bench
