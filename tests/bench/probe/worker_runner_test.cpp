#include "bench/probe/worker_runner.h"

#include <csignal>
#include <optional>
#include <string>

#include <sys/types.h>

#include "core/error.h"
#include "support/doctest_with_torch.h"

namespace closet::bench {
namespace {

ProbeOptions clip_options(const std::string& clip = "clip.mp4") {
    ProbeOptions options;
    options.clips = {clip};
    return options;
}

std::vector<std::string> fake(const std::string& how) {
    return {FAKE_WORKER, how};
}

/// What the making of a runner throws.
std::string error_of(const std::vector<std::string>& command, const WorkerLimits& limits = {}) {
    try {
        const WorkerRunner runner(command, clip_options(), limits);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

std::string run_error_of(WorkerRunner& runner, const std::vector<Setting>& settings) {
    try {
        runner.run(settings, false);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

bool is_alive(int process) {
    return kill(process, 0) == 0;
}

}  // namespace

TEST_CASE("worker runner: a sample comes over whole") {
    WorkerRunner runner(fake("good"), clip_options());
    CHECK(runner.facts().closet_version == "1.2.3");
    CHECK(runner.facts().revision == "abc");
    const Sample sample = runner.run({{"batch", "4"}, {"scale", "0.5"}}, true);
    CHECK(sample.wall_s == 3.5);
    CHECK(sample.work == Work{10, 10, 3, 9, "0123456789abcdef"});
    CHECK(sample.latency_ms == std::vector<float>{1.0F, 2.5F});
    REQUIRE(sample.stages.size() == 1);
    CHECK(sample.stages[0].name == "warp");
    REQUIRE(sample.stages[0].parts.size() == 1);
    CHECK(sample.stages[0].parts[0].name == "blend");
    CHECK(runner.model_load_s() == 0.125);
    CHECK(runner.run({}, false).wall_s == 1);
}

TEST_CASE("worker runner: a worker from before there were several clips is asked for one only") {
    ProbeOptions several = clip_options();
    several.clips.emplace_back("b.mp4");
    CHECK(WorkerRunner(fake("good"), several).facts().revision == "abc");
    // It says hello without a minor version.
    CHECK_THROWS_WITH_AS(WorkerRunner(fake("wrong sample"), several),
                         doctest::Contains("measures one clip only"), Error);
}

TEST_CASE("worker runner: what the worker throws is thrown here and it goes on") {
    WorkerRunner runner(fake("good"), clip_options());
    CHECK_THROWS_WITH_AS(runner.run({{"do", "fail"}}, false), "the model is missing", ModelError);
    CHECK(runner.run({}, false).wall_s == 1);
    CHECK_THROWS_WITH_AS(WorkerRunner(fake("good"), clip_options("missing.mp4")),
                         "missing.mp4: there is no such file", MediaError);
}

TEST_CASE("worker runner: a worker that dies in the middle is told with its last words") {
    WorkerRunner runner(fake("good"), clip_options());
    const std::string error = run_error_of(runner, {{"do", "die"}});
    CHECK_MESSAGE(contains(error, "was killed by signal 9"), error);
    CHECK_MESSAGE(contains(error, "while running a case"), error);
    CHECK_MESSAGE(contains(error, "its last words: about to die of this"), error);
    CHECK(run_error_of(runner, {}) == error);
    CHECK_FALSE(is_alive(runner.process_id()));
}

TEST_CASE("worker runner: a worker that was killed from outside is told") {
    WorkerRunner runner(fake("good"), clip_options());
    kill(runner.process_id(), SIGKILL);
    CHECK(contains(run_error_of(runner, {}), "was killed by signal 9"));
}

TEST_CASE("worker runner: a worker that hangs is killed after its time") {
    WorkerRunner runner(fake("good"), clip_options(), {.run_s = 0.2});
    const std::string error = run_error_of(runner, {{"do", "hang"}});
    CHECK_MESSAGE(contains(error, "did not answer within 0.2 s while running a case"), error);
    CHECK_FALSE(is_alive(runner.process_id()));
    CHECK(contains(error_of(fake("mute"), {.start_s = 0.1}), "did not answer within 0.1 s"));
}

TEST_CASE("worker runner: programs that are no worker are told apart from it") {
    CHECK(contains(error_of({"/nowhere/closet", "bench"}), "cannot start '/nowhere/closet bench'"));
    CHECK(contains(error_of(fake("garbage")), "answered no JSON object while starting"));
    CHECK(contains(error_of(fake("exit")),
                   "ended with exit code 2 while starting; its last words: unknown subcommand"));
    CHECK(contains(error_of(fake("newer")), "speaks protocol 2 and writes results of version 3"));
    CHECK(contains(error_of(fake("deaf")), "closed its output"));
}

TEST_CASE("worker runner: an answer without end is refused") {
    CHECK(contains(error_of(fake("flood")), "without an end"));
}

TEST_CASE("worker runner: a sample of the wrong shape is refused") {
    WorkerRunner runner(fake("wrong sample"), clip_options());
    const std::string error = run_error_of(runner, {});
    CHECK_MESSAGE(contains(error, "answered something else than a sample"), error);
}

TEST_CASE("worker runner: much talk on stderr blocks nobody") {
    WorkerRunner runner(fake("chatty"), clip_options());
    CHECK(runner.run({}, false).wall_s == 1);
}

TEST_CASE("worker runner: the worker goes with its owner") {
    std::optional<WorkerRunner> runner(std::in_place, fake("good"), clip_options());
    const int process = runner->process_id();
    CHECK(is_alive(process));
    runner.reset();
    CHECK_FALSE(is_alive(process));
}

}  // namespace closet::bench
