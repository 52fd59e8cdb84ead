#pragma once

#include <string>
#include <string_view>

namespace closet {

/// `text` (UTF-8) in the characters that OpenCV's stroke fonts can draw: accents are dropped, signs
/// become their usual ASCII spelling, control characters blanks, and what has no equivalent, also
/// broken UTF-8, a dot. Tabs stay.
std::string plain_text(std::string_view text);

}  // namespace closet
