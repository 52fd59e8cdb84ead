#include "bench/probe/worker.h"

#include <cstdint>
#include <istream>
#include <optional>
#include <ostream>
#include <streambuf>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/result/result.h"
#include "bench/result/result_json.h"
#include "core/error.h"
#include "core/json_string.h"

namespace closet::bench {
namespace {

constexpr std::size_t kMostSettings = 1000;

/// A field of the right type; Error for others.
template <class T>
T field(const nlohmann::json& json, const char* name) {
    try {
        return json.at(name).get<T>();
    } catch (const nlohmann::json::exception&) {
        throw Error(fmt::format("'{}' is missing or of the wrong type", name));
    }
}

/// A text that must arrive byte for byte, as names of files: the list of its bytes where it is not
/// UTF-8, which JSON has to be.
nlohmann::json exact(const std::string& text) {
    nlohmann::json json = text;
    if (nlohmann::json::parse(json_string(json)) == json) {
        return json;
    }
    return std::vector<unsigned char>(text.begin(), text.end());
}

std::string text_of(const nlohmann::json& json) {
    if (json.is_string()) {
        return json.get<std::string>();
    }
    std::string text;
    for (const nlohmann::json& byte : json.is_array() ? json : nlohmann::json{nullptr}) {
        if (!byte.is_number_unsigned() || byte.get<std::uint64_t>() > 0xff) {
            throw Error("a text is neither one nor a list of bytes");
        }
        text += static_cast<char>(byte.get<unsigned>());
    }
    return text;
}

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

nlohmann::json to_json(const ProbeOptions& options) {
    nlohmann::json json{{"base", to_json(options.base)},
                        {"include_decode", options.include_decode},
                        {"include_encode", options.include_encode},
                        {"max_bytes", options.max_bytes}};
    if (options.clips.size() == 1) {
        json["clip"] = exact(options.clips.front());
    } else {
        for (const std::string& clip : options.clips) {
            json["clips"].push_back(exact(clip));
        }
    }
    if (options.max_frames) {
        json["max_frames"] = *options.max_frames;
    }
    return json;
}

ProbeOptions probe_options_from_json(const nlohmann::json& json) {
    ProbeOptions options;
    const auto clips = json.contains("clips") ? field<std::vector<nlohmann::json>>(json, "clips")
                                              : std::vector{field<nlohmann::json>(json, "clip")};
    if (clips.empty() || clips.size() > kMaximumClips) {
        throw Error(fmt::format("'clips' is not a list of 1 to {} files", kMaximumClips));
    }
    for (const nlohmann::json& clip : clips) {
        options.clips.push_back(text_of(clip));
    }
    options.base = settings_from_json(field<nlohmann::json>(json, "base"));
    options.include_decode = field<bool>(json, "include_decode");
    options.include_encode = field<bool>(json, "include_encode");
    options.max_bytes = field<std::int64_t>(json, "max_bytes");
    if (json.contains("max_frames")) {
        options.max_frames = field<std::int64_t>(json, "max_frames");
    }
    return options;
}

nlohmann::json to_json(const std::vector<Setting>& settings) {
    nlohmann::json json = nlohmann::json::array();
    for (const auto& [name, value] : settings) {
        json.push_back({name, exact(value)});
    }
    return json;
}

std::vector<Setting> settings_from_json(const nlohmann::json& json) {
    if (!json.is_array() || json.size() > kMostSettings) {
        throw Error(fmt::format("settings are not a list of at most {} pairs", kMostSettings));
    }
    std::vector<Setting> settings;
    for (const nlohmann::json& pair : json) {
        if (!pair.is_array() || pair.size() != 2) {
            throw Error("a setting is not a pair of texts");
        }
        settings.emplace_back(text_of(pair[0]), text_of(pair[1]));
    }
    return settings;
}

nlohmann::json failure_of(const std::exception& error) {
    const char* kind = "error";
    if (dynamic_cast<const ConfigError*>(&error) != nullptr) {
        kind = "config";
    } else if (dynamic_cast<const MediaError*>(&error) != nullptr) {
        kind = "media";
    } else if (dynamic_cast<const ModelError*>(&error) != nullptr) {
        kind = "model";
    }
    return {{"failure", sentence_of(error)}, {"kind", kind}};
}

void throw_failure(const nlohmann::json& answer) {
    const auto what = field<std::string>(answer, "failure");
    const auto kind = field<std::string>(answer, "kind");
    if (kind == "config") {
        throw ConfigError(what);
    }
    if (kind == "media") {
        throw MediaError(what);
    }
    if (kind == "model") {
        throw ModelError(what);
    }
    throw Error(what);
}

std::string one_line(const nlohmann::json& json) {
    return json_string(json);
}

int serve(std::istream& in, std::ostream& out, const WorkerFacts& facts, const OpenRunner& open) {
    const auto say = [&out](const nlohmann::json& message) {
        out << one_line(message) << '\n';
        out.flush();
    };
    say({{"hello",
          {{"protocol", kWorkerProtocol},
           {"closet", facts.closet_version},
           {"revision", facts.revision},
           {"schema_major", kSchemaMajor},
           {"schema_minor", kSchemaMinor}}}});
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
