#pragma once

#include <string>

namespace closet {

/// A nlohmann::json as text, the only way in which this project writes one. Names of files and tags
/// of media need not be UTF-8 but JSON must be: bytes that are none become U+FFFD. `indent`:
/// spaces a level; negative: one line.
template <class Json>
std::string json_string(const Json& json, int indent = -1) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace closet
