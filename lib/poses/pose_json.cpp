#include "poses/pose_json.h"

#include <string_view>

namespace closet::pose_json {
namespace {

/// A frame's line nests five deep: line, persons, person, keypoints, keypoint.
constexpr int kDeepestNesting = 8;

/// Checked before parsing, so that brackets cannot cost memory.
void check_nesting(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            i += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kDeepestNesting) {
                throw BadLine{"brackets are nested too deeply"};
            }
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
}

}  // namespace

std::optional<std::string> read_line(std::istream& file, std::size_t longest) {
    std::string line;
    char c = 0;
    while (file.get(c) && c != '\n') {
        if (line.size() == longest) {
            throw BadLine{fmt::format("it is longer than {} bytes", longest)};
        }
        line += c;
    }
    return line.empty() && !file ? std::nullopt : std::optional(std::move(line));
}

Json parse(const std::string& line) {
    check_nesting(line);
    Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) {
        throw BadLine{"it is not a JSON object"};
    }
    return json;
}

const Json& member(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) {
        throw BadLine{fmt::format("\"{}\" is missing", key)};
    }
    return *found;
}

std::string text_of(const Json& json, const char* key) {
    const Json& value = member(json, key);
    if (!value.is_string()) {
        throw BadLine{fmt::format("\"{}\" is not a text", key)};
    }
    return value.get<std::string>();
}

}  // namespace closet::pose_json
