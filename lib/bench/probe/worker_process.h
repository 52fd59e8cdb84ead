#pragma once

#include <memory>
#include <string>
#include <vector>

namespace closet::bench {

/// Another process and the lines that go to and fro through its stdin and stdout. It is killed with
/// this object, and with the thread that made this object, however that ends (PR_SET_PDEATHSIG). It
/// has a process group of its own, so an interrupt from the keyboard leaves it to its owner.
class WorkerProcess {
  public:
    /// `command`: program and arguments, found as execvp does. Throws Error where it cannot be
    /// started.
    explicit WorkerProcess(std::vector<std::string> command);
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;
    WorkerProcess(WorkerProcess&&) = delete;
    WorkerProcess& operator=(WorkerProcess&&) = delete;

    /// Sends a line (none where empty) and waits for the next one, without its end. Throws Error
    /// where the process ends, does not answer within `limit_s` or answers without end, with the
    /// last words of its stderr; then it is killed, and every later call throws the same. `doing`
    /// is for the sentence: "running a case".
    std::string ask(const std::string& line, double limit_s, const std::string& doing);

    /// Kills the process and throws Error: "the worker X <what>", with its last words.
    [[noreturn]] void give_up(const std::string& what);

    /// Of the process, also after its end.
    int id() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace closet::bench
