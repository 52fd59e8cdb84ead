#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace closet {

/// What may be printed of a text from outside: valid UTF-8 without control characters except tab
/// and line breaks (a terminal obeys others), at most `limit` bytes. Anything else becomes U+FFFD.
std::string plain_text(std::string_view text, std::size_t limit);

/// Whether a text is a tensor's name as modules have them: plain, on one line, 1 to 1024 bytes.
bool is_plain_name(std::string_view text);

}  // namespace closet
