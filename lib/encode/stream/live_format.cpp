#include "encode/stream/live_format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

extern "C" {
#include <libavutil/opt.h>
}

#include "core/av_devices.h"
#include "core/error.h"
#include "encode/mux.h"
#include "encode/stream/address_target.h"
#include "encode/stream/live_output.h"

namespace closet {
namespace {

/// What is usual for a target; empty where its name decides.
std::string usual_format(TargetKind kind, const std::string& target) {
    switch (kind) {
        case TargetKind::kPipe:
            return "y4m";
        case TargetKind::kDevice:
            return "v4l2";
        case TargetKind::kAddress:
            return AddressTarget::scheme_of(target).starts_with("rtmp") ? "flv" : "mpegts";
        default:
            return {};
    }
}

const AVOutputFormat& by_file_name(const std::string& target) {
    const Container container = container_of(target);
    if (container.is_picture) {
        throw ConfigError(
            fmt::format("{} {}: a picture holds one frame, name a video such as .mp4 or .mkv",
                        flags::kOutput, target));
    }
    return *container.format;
}

const AVOutputFormat& by_name(const std::string& name) {
    const char* libav_name = name == "y4m"   ? "yuv4mpegpipe"
                             : name == "raw" ? "rawvideo"
                                             : name.c_str();
    const AVOutputFormat* format = av_guess_format(libav_name, nullptr, nullptr);
    if (format == nullptr) {
        throw ConfigError(
            fmt::format("{} {}: libav has no muxer of that name, use y4m, raw, mpegts, flv, "
                        "matroska or another one of ffmpeg -muxers",
                        flags::kOutputFormat, name));
    }
    return *format;
}

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

TargetKind kind_of_target(const std::string& target) {
    if (target == "none") {
        return TargetKind::kNone;
    }
    if (!AddressTarget::scheme_of(target).empty()) {
        return TargetKind::kAddress;
    }
    std::error_code ignored;
    const std::filesystem::file_status status = std::filesystem::status(target, ignored);
    if (target == "-" || std::filesystem::is_fifo(status)) {
        return TargetKind::kPipe;
    }
    return target.starts_with("/dev/video") || std::filesystem::is_character_file(status)
               ? TargetKind::kDevice
               : TargetKind::kFile;
}

const AVOutputFormat& choose_muxer(TargetKind kind, const std::string& target,
                                   const std::string& name) {
    register_av_devices();
    const std::string usual = usual_format(kind, target);
    if (name.empty() && usual.empty()) {
        return by_file_name(target);
    }
    const AVOutputFormat& format = by_name(name.empty() ? usual : name);
    const bool is_device = std::string_view(format.name).ends_with("v4l2");
    if (is_device != (kind == TargetKind::kDevice) ||
        (!is_device && (format.flags & AVFMT_NOFILE) != 0)) {
        throw ConfigError(fmt::format("{} {}: its muxer does not write to {}", flags::kOutputFormat,
                                      name, target));
    }
    return format;
}

bool is_y4m(const AVOutputFormat& format) {
    return std::string_view(format.name) == "yuv4mpegpipe";
}

bool is_raw(const AVOutputFormat& format) {
    return std::string_view(format.name) == "rawvideo";
}

AVPixelFormat y4m_format(AVPixelFormat format) {
    constexpr std::array kStored{
        AV_PIX_FMT_YUV420P,     AV_PIX_FMT_YUV422P,    AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ420P,
        AV_PIX_FMT_YUVJ422P,    AV_PIX_FMT_YUVJ444P,   AV_PIX_FMT_GRAY8,   AV_PIX_FMT_YUV420P10LE,
        AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE};
    if (std::find(kStored.begin(), kStored.end(), format) != kStored.end()) {
        return format;
    }
    return format == AV_PIX_FMT_P010LE ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
}

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
