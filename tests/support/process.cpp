#include "support/process.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace closet::test {
namespace {

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Starts the program with stdout and stderr in files, which unlike pipes cannot fill up.
pid_t start(const std::vector<std::string>& command, const std::string& out,
            const std::string& err) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child < 0) {
        throw std::runtime_error("fork failed");
    }
    if (child == 0) {
        const int null = open("/dev/null", O_RDONLY);
        dup2(null, STDIN_FILENO);
        dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
        dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
        execvp(arguments.front(), arguments.data());
        _exit(127);
    }
    return child;
}

Finished wait_for(pid_t child, const std::string& out, const std::string& err) {
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(out),
            read_text(err)};
}

}  // namespace

Finished run(const std::vector<std::string>& command) {
    const TemporaryFolder folder;
    const std::string out = folder / "out", err = folder / "err";
    return wait_for(start(command, out, err), out, err);
}

Finished run_and_signal(const std::vector<std::string>& command, const std::filesystem::path& ready,
                        int signal, int times) {
    using namespace std::chrono_literals;
    const TemporaryFolder folder;
    const std::string out = folder / "out", err = folder / "err";
    const pid_t child = start(command, out, err);
    while (!std::filesystem::exists(ready) && waitpid(child, nullptr, WNOHANG) == 0) {
        std::this_thread::sleep_for(10ms);
    }
    for (int i = 0; i < times; ++i) {
        kill(child, signal);
        std::this_thread::sleep_for(50ms);
    }
    return wait_for(child, out, err);
}

}  // namespace closet::test
