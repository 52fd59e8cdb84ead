#pragma once

#include <string>
#include <string_view>

namespace closet::bench {

/// What a message may quote of text from outside: at most 60 bytes, control characters replaced.
std::string excerpt(std::string_view text);

}  // namespace closet::bench
