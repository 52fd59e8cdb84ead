#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "decode/capture/capture.h"

namespace closet::test {

/// Of a camera in a test, which has little patience.
inline CaptureOptions camera_options(const std::string& path) {
    CaptureOptions options;
    options.input = "v4l2:" + path;
    options.first_backoff_s = 0.02;
    options.max_backoff_s = 0.05;
    options.timeout_s = 0.5;
    return options;
}

/// All frames that a source gives, up to a number.
inline std::vector<CapturedFrame> take(Capture& capture, std::size_t count,
                                       const std::stop_token& stop = {}) {
    std::vector<CapturedFrame> frames;
    while (frames.size() < count) {
        std::optional<CapturedFrame> frame = capture.next(stop);
        if (!frame) {
            break;
        }
        frames.push_back(std::move(*frame));
    }
    return frames;
}

/// What the user reads where the source cannot be opened; empty where it can.
inline std::string refusal(const CaptureOptions& options) {
    try {
        const Capture capture(options);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

inline bool stamps_grow(const std::vector<CapturedFrame>& frames) {
    for (std::size_t i = 1; i < frames.size(); ++i) {
        if (frames[i].frame.pts <= frames[i - 1].frame.pts) {
            return false;
        }
    }
    return true;
}

inline double seconds_between(const CapturedFrame& a, const CapturedFrame& b) {
    return std::chrono::duration<double>(b.captured - a.captured).count();
}

}  // namespace closet::test
