#include "bench/sweep/excerpt.h"

#include <algorithm>
#include <cstddef>

namespace closet::bench {

std::string excerpt(std::string_view text) {
    constexpr std::size_t kMost = 60;
    std::string shown(text.substr(0, kMost));
    std::replace_if(
        shown.begin(), shown.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    if (text.size() > kMost) {
        shown += "...";
    }
    return shown;
}

}  // namespace closet::bench
