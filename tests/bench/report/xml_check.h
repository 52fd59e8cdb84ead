#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace closet::test {

/// Why a text is no well-formed XML document, or empty where it is. Knows elements, attributes,
/// entities, a doctype and comments; enough for what is written here, which has no more.
std::string xml_fault(std::string_view text);

/// The text between tags, entities resolved, all elements together.
std::string xml_text(std::string_view text);

/// How often `part` occurs.
std::size_t count_of(std::string_view text, std::string_view part);

}  // namespace closet::test
