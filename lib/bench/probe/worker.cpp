#include "bench/probe/worker.h"

#include <istream>
#include <optional>
#include <ostream>
#include <streambuf>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/probe/worker_messages.h"
#include "bench/result.h"
#include "bench/sweep/result_json.h"
#include "core/error.h"

namespace closet::bench {
namespace {

/// The next line without its end; nothing at the end of the input. Throws Error for one that is too
/// long.
std::optional<std::string> next_line(std::istream& in) {
    std::string line;
    std::streambuf& buffer = *in.rdbuf();
    for (int letter = buffer.sbumpc(); letter != '\n'; letter = buffer.sbumpc()) {
        if (letter == std::char_traits<char>::eof()) {
            return line.empty() ? std::nullopt : std::optional(std::move(line));
        }
        if (line.size() == kMaxProtocolLine) {
            throw Error(fmt::format("a request is longer than {} bytes", kMaxProtocolLine));
        }
        line.push_back(static_cast<char>(letter));
    }
    return line;
}

nlohmann::json run(CaseRunner& runner, const nlohmann::json& request) {
    const nlohmann::json settings = request.value("settings", nlohmann::json::array());
    const Sample sample = runner.run(settings_from_json(settings), request.value("warm_up", false));
    return {{"sample", nlohmann::json(to_json(sample))}, {"model_load_s", runner.model_load_s()}};
}

/// The answer to a request; nothing to "quit".
std::optional<nlohmann::json> answer(const std::string& line, std::unique_ptr<CaseRunner>& runner,
                                     const OpenRunner& open) {
    try {
        const nlohmann::json request = nlohmann::json::parse(line);
        if (request.contains("quit")) {
            return std::nullopt;
        }
        if (request.contains("open")) {
            runner.reset();
            runner = open(probe_options_from_json(request.at("open")));
            return nlohmann::json{{"opened", true}};
        }
        if (!request.contains("run")) {
            throw Error("a request is none of open, run and quit");
        }
        if (!runner) {
            throw Error("a run was requested before a clip was opened");
        }
        return run(*runner, request.at("run"));
    } catch (const nlohmann::json::exception& error) {
        return failure_of(Error(fmt::format("a request is not as it should be: {}", error.what())));
    } catch (const std::exception& error) {
        return failure_of(error);
    }
}

}  // namespace

int serve(std::istream& in, std::ostream& out, const WorkerFacts& facts, const OpenRunner& open) {
    const auto say = [&out](const nlohmann::json& message) {
        out << one_line(message) << '\n';
        out.flush();
    };
    say({{"hello",
          {{"protocol", kWorkerProtocol},
           {"closet", facts.closet_version},
           {"revision", facts.revision},
           {"schema_major", kSchemaMajor}}}});
    std::unique_ptr<CaseRunner> runner;
    try {
        while (auto line = next_line(in)) {
            const auto reply = answer(*line, runner, open);
            if (!reply) {
                return 0;
            }
            say(*reply);
            if (!out) {
                return 1;
            }
        }
    } catch (const Error& error) {
        say(failure_of(error));
        return 1;
    }
    return 0;
}

}  // namespace closet::bench
