#include "bench/probe/worker_runner.h"

#include <fmt/format.h>

#include "bench/probe/worker.h"
#include "bench/result/result_json.h"
#include "core/error.h"

namespace closet::bench {

WorkerRunner::WorkerRunner(const std::vector<std::string>& command, const ProbeOptions& options,
                           const WorkerLimits& limits)
    : limits_(limits), process_(command) {
    greet(options.clips.size());
    const nlohmann::json opened = ask({{"open", to_json(options)}}, limits_.open_s, "opening");
    if (!opened.contains("opened")) {
        process_.give_up("answered something else than was asked when opening");
    }
}

void WorkerRunner::greet(std::size_t clips) {
    const nlohmann::json answer = ask(nullptr, limits_.start_s, "starting");
    int protocol = 0, schema = 0, minor = 0;
    try {
        const nlohmann::json& hello = answer.at("hello");
        protocol = hello.at("protocol").get<int>();
        schema = hello.at("schema_major").get<int>();
        minor = hello.value("schema_minor", 0);
        facts_ = {hello.at("closet").get<std::string>(), hello.at("revision").get<std::string>()};
    } catch (const nlohmann::json::exception&) {
        process_.give_up("did not say hello as a closet worker does");
    }
    if (protocol != kWorkerProtocol || schema != kSchemaMajor) {
        process_.give_up(fmt::format(
            "speaks protocol {} and writes results of version {}, but this closet {} and {}: build "
            "both from revisions that agree",
            protocol, schema, kWorkerProtocol, kSchemaMajor));
    }
    if (clips > 1 && minor < kSeveralClipsMinor) {
        process_.give_up("measures one clip only: give one, or a build that knows several");
    }
}

Sample WorkerRunner::run(const std::vector<Setting>& settings, bool warm_up) {
    model_load_s_ = 0;
    const nlohmann::json answer =
        ask({{"run", {{"settings", to_json(settings)}, {"warm_up", warm_up}}}}, limits_.run_s,
            "running a case");
    Sample sample;
    try {
        sample = sample_from_json(answer.at("sample"), "the worker's sample");
        model_load_s_ = answer.at("model_load_s").get<double>();
    } catch (const nlohmann::json::exception&) {
        process_.give_up("answered something else than a sample");
    } catch (const Error& error) {
        process_.give_up(fmt::format("answered something else than a sample ({})", error.what()));
    }
    return sample;
}

nlohmann::json WorkerRunner::ask(const nlohmann::json& request, double limit_s,
                                 const std::string& doing) {
    const std::string line =
        process_.ask(request.is_null() ? std::string() : one_line(request), limit_s, doing);
    nlohmann::json answer = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!answer.is_object()) {
        process_.give_up(fmt::format("answered no JSON object while {}", doing));
    }
    if (answer.contains("failure")) {
        throw_failure(answer);
    }
    return answer;
}

}  // namespace closet::bench
