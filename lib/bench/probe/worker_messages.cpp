#include "bench/probe/worker_messages.h"

#include <cstdint>
#include <vector>

#include <fmt/format.h>

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
    const nlohmann::json json = text;
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

}  // namespace

nlohmann::json to_json(const ProbeOptions& options) {
    nlohmann::json json{{"clip", exact(options.clip)},
                        {"base", to_json(options.base)},
                        {"include_decode", options.include_decode},
                        {"include_encode", options.include_encode},
                        {"max_bytes", options.max_bytes}};
    if (options.max_frames) {
        json["max_frames"] = *options.max_frames;
    }
    return json;
}

ProbeOptions probe_options_from_json(const nlohmann::json& json) {
    ProbeOptions options;
    options.clip = text_of(field<nlohmann::json>(json, "clip"));
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

}  // namespace closet::bench
