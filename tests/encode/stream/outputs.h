#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "decode/decode.h"
#include "encode/stream/live_output.h"
#include "encode/stream/pictures.h"

namespace closet::test {

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

inline LiveOutputOptions to(const std::string& target, const std::string& format = {}) {
    LiveOutputOptions options;
    options.target = target;
    options.format = format;
    options.encode.threads = 1;
    return options;
}

/// Lossless, so that pictures can be compared.
inline LiveOutputOptions lossless(const std::string& target, const std::string& format = {}) {
    LiveOutputOptions options = to(target, format);
    options.encode.preset = "ultrafast";
    options.encode.extra = {{"qp", "0"}};
    return options;
}

/// What the user reads where `work` fails; empty where it works.
template <class Work>
std::string sentence_of(Work work) {
    try {
        work();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

inline std::string sentence_of(const LiveOutputOptions& options) {
    return sentence_of([&] { open_live_output(options); });
}

/// Pictures at times in microseconds.
inline void put(LiveOutput& output, const std::vector<std::int64_t>& times, int width = 64,
                int height = 48) {
    unsigned seed = 0;
    for (const std::int64_t time : times) {
        output.write(make_frame(make_picture(AV_PIX_FMT_YUV420P, width, height, seed++), time));
    }
}

inline std::vector<Frame> read_back(const std::string& path) {
    Decode decode(path);
    std::vector<Frame> frames;
    while (std::optional<Frame> frame = decode.next()) {
        frames.push_back(std::move(*frame));
    }
    return frames;
}

}  // namespace closet::test
