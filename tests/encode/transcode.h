#pragma once

#include <cstddef>
#include <string>

#include "core/error.h"
#include "decode/decode.h"
#include "encode/encode.h"
#include "support/probe.h"

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
    encode.file().publish();
}

/// What the user reads where a transcode fails; empty where it works.
inline std::string sentence(const std::string& input, const std::string& output,
                            const EncodeOptions& options = {}) {
    try {
        transcode(input, output, options);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

inline std::size_t frame_count(const std::string& path) {
    return hash_frames(path, "yuv420p").size();
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
