#pragma once

#include <string>

#include "decode/decode.h"
#include "encode/encode.h"

namespace closet::test {

/// Reads a clip and writes it with no stage in between.
inline void transcode(const std::string& input, const std::string& output,
                      const EncodeOptions& options, const DecodeOptions& range = {}) {
    Decode decode(input, range);
    Encode encode(output, decode.info(), options);
    while (std::optional<Frame> frame = decode.next()) {
        encode.consume(std::move(*frame));
    }
    encode.finish();
    encode.publish();
}

inline EncodeOptions lossless_x264() {
    EncodeOptions options;
    options.preset = "ultrafast";
    options.extra = {{"qp", "0"}};
    return options;
}

inline EncodeOptions ffv1() {
    EncodeOptions options;
    options.codec = "ffv1";
    return options;
}

}  // namespace closet::test
