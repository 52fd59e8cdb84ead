#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace closet::bench {

/// Texts from outside (names of clips, failures) made fit to be shown: bytes that are not UTF-8 and
/// control characters, those that turn the direction of text included, become U+FFFD; line breaks
/// and tabs become spaces.
std::string clean_text(std::string_view text);

/// Cleaned, and fit for the text and the attributes of XML and HTML.
std::string escape_xml(std::string_view text);

/// The same for text of several lines, whose breaks stay.
std::string escape_lines(std::string_view text);

/// Cleaned, and fit for a cell of a table or a paragraph of GitHub Flavored Markdown.
std::string escape_markdown(std::string_view text);

/// Columns that a terminal needs for UTF-8 text: East Asian wide characters take two, combining
/// marks none.
std::size_t display_width(std::string_view text);

/// The first `width` columns; the last one is an ellipsis where something was left out.
std::string shorten(std::string_view text, std::size_t width);

}  // namespace closet::bench
