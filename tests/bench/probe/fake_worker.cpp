// fake_worker HOW: a worker that behaves as HOW says. See worker_runner_test.cpp.

#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>

#include <unistd.h>

#include "bench/probe/worker.h"
#include "core/error.h"

namespace {

using namespace closet;
using namespace closet::bench;

constexpr const char* kHello =
    R"({"hello": {"protocol": 1, "closet": "1", "revision": "r", "schema_major": 1}})";

/// Gives back what it was told, and does what a case named "do" says.
class EchoRunner : public CaseRunner {
  public:
    Sample run(const std::vector<Setting>& settings, bool warm_up) override {
        for (const auto& [name, value] : settings) {
            if (name == "do" && value == "fail") {
                throw ModelError("the model is missing");
            }
            if (name == "do" && value == "die") {
                std::cerr << "about to die\nof this\n";
                std::raise(SIGKILL);
            }
            if (name == "do" && value == "hang") {
                pause();
            }
        }
        Sample sample;
        sample.wall_s = 1.0 + static_cast<double>(settings.size()) + (warm_up ? 0.5 : 0.0);
        sample.work = {10, 10, 3, 9, "0123456789abcdef"};
        sample.latency_ms = {1.0F, 2.5F};
        sample.stages.push_back({.name = "warp", .busy_s = 1, .parts = {{"blend", 0.25, 4}}});
        return sample;
    }
    double model_load_s() const override { return 0.125; }
};

void skip_line() {
    std::string line;
    std::getline(std::cin, line);
}

}  // namespace

int main(int count, char** arguments) {
    const std::string how = count > 1 ? arguments[1] : "";
    if (how == "garbage") {
        std::cout << "Usage: closet [OPTIONS]" << std::endl;
    } else if (how == "exit") {
        std::cerr << "unknown subcommand: worker\n";
        return 2;
    } else if (how == "mute") {
        pause();
    } else if (how == "deaf") {  // closes both ends and stays
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        pause();
    } else if (how == "newer") {
        std::cout << R"({"hello": {"protocol": 2, "closet": "9", "revision": "r",)"
                  << R"( "schema_major": 3}})" << std::endl;
    } else if (how == "flood") {
        std::cout << kHello << std::endl;
        while (std::cout << std::string(1 << 20, 'x')) {
        }
    } else if (how == "chatty") {  // more on stderr than a pipe holds
        std::cerr << std::string(1 << 20, 'e') << '\n';
        return serve(std::cin, std::cout, {"1", "r"},
                     [](const ProbeOptions&) { return std::make_unique<EchoRunner>(); });
    } else if (how == "wrong sample") {
        std::cout << kHello << std::endl;
        skip_line();
        std::cout << R"({"opened": true})" << std::endl;
        skip_line();
        std::cout << R"({"sample": {"wall_s": "soon"}, "model_load_s": 0})" << std::endl;
        skip_line();
    } else {
        return serve(std::cin, std::cout, {"1.2.3", "abc"}, [](const ProbeOptions& options) {
            if (options.clips.front() == "missing.mp4") {
                throw MediaError("missing.mp4: there is no such file");
            }
            return std::make_unique<EchoRunner>();
        });
    }
    return 0;
}
