#pragma once

#include <string>
#include <vector>

#include "decode/decode.h"

namespace closet::test {

inline std::vector<Frame> decode_all(const std::string& path, DecodeOptions options = {}) {
    Decode decode(path, options);
    std::vector<Frame> frames;
    while (std::optional<Frame> frame = decode.next()) {
        frames.push_back(std::move(*frame));
    }
    return frames;
}

}  // namespace closet::test
