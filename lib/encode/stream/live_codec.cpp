#include "encode/stream/live_codec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

extern "C" {
#include <libavutil/opt.h>
}

namespace closet {
namespace {

constexpr double kKeyFrameSeconds = 2;

struct Setting {
    std::string_view codec, key, value;
};

/// From each encoder's own notes on low latency.
constexpr std::array kLowLatency{
    Setting{"libx264", "tune", "zerolatency"},   Setting{"libx265", "tune", "zerolatency"},
    Setting{"libvpx", "deadline", "realtime"},   Setting{"libvpx", "lag-in-frames", "0"},
    Setting{"libvpx", "cpu-used", "8"},          Setting{"libvpx-vp9", "deadline", "realtime"},
    Setting{"libvpx-vp9", "lag-in-frames", "0"}, Setting{"libvpx-vp9", "cpu-used", "8"},
    Setting{"h264_nvenc", "tune", "ull"},        Setting{"h264_nvenc", "zerolatency", "1"},
    Setting{"hevc_nvenc", "tune", "ull"},        Setting{"hevc_nvenc", "zerolatency", "1"},
};

void add_default(EncodeOptions& options, std::string_view key, std::string value) {
    const bool is_given = std::any_of(options.extra.begin(), options.extra.end(),
                                      [key](const auto& pair) { return pair.first == key; });
    if (!is_given) {
        options.extra.emplace_back(key, std::move(value));
    }
}

/// Its muxers alone know this option.
bool is_mov_family(const AVOutputFormat& format) {
    const AVClass* options = format.priv_class;
    return options != nullptr &&
           av_opt_find(&options, "movflags", nullptr, 0, AV_OPT_SEARCH_FAKE_OBJ) != nullptr;
}

}  // namespace

EncodeOptions live_encode_options(EncodeOptions options, const AVOutputFormat& format,
                                  double rate) {
    if (!options.preset && (options.codec == "libx264" || options.codec == "libx265")) {
        options.preset = "veryfast";
    }
    for (const Setting& setting : kLowLatency) {
        if (setting.codec == options.codec) {
            add_default(options, setting.key, std::string(setting.value));
        }
    }
    add_default(options, "thread_type", "slice");  // threads by frame keep one frame each
    add_default(options, "g",
                fmt::format("{}", std::max(1L, std::lround(rate * kKeyFrameSeconds))));
    if (is_mov_family(format)) {
        add_default(options, "movflags", "+frag_keyframe+delay_moov+default_base_moof");
    }
    return options;
}

/// The mov family can, but does not say so in FFmpeg 5.1.
bool keeps_times(const AVOutputFormat& format) {
    return (format.flags & AVFMT_VARIABLE_FPS) != 0 || is_mov_family(format);
}

}  // namespace closet
