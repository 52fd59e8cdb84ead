#include "encode/stream/live_output.h"

#include <cmath>

#include <fmt/format.h>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/error.h"
#include "core/log.h"
#include "encode/output_file.h"
#include "encode/stream/address_target.h"
#include "encode/stream/device_target.h"
#include "encode/stream/live_format.h"
#include "encode/stream/muxed_output.h"
#include "encode/stream/pipe_target.h"

namespace closet {
namespace {

std::unique_ptr<MuxTarget> open_target(TargetKind kind, const LiveOutputOptions& options) {
    switch (kind) {
        case TargetKind::kPipe:
            return std::make_unique<PipeTarget>(options.target, options.stop);
        case TargetKind::kAddress:
            return std::make_unique<AddressTarget>(options.target, options.stop);
        case TargetKind::kDevice:
            return std::make_unique<DeviceTarget>(options.target);
        default:
            return std::make_unique<OutputFile>(options.target, std::string());
    }
}

/// Rates of television lie a thousandth below a whole number.
AVRational rational_rate(double rate) {
    constexpr double kHighest = 1000;  // beyond it a rate is a slip of the pen
    if (!(rate > 0 && rate <= kHighest)) {
        throw ConfigError(fmt::format(
            "an output of {} frames a second is not possible, give a rate such as 30", rate));
    }
    constexpr double kNtsc = 1.001, kRounding = 2e-4;  // 23.98, 29.97 and 59.94 are meant
    const double whole = std::round(rate * kNtsc);
    if (whole >= 1 && std::abs(rate * kNtsc - whole) < kRounding * rate) {
        return {static_cast<int>(whole) * 1000, 1001};
    }
    return av_d2q(rate, 1000000);
}

/// What a format that stores pictures as they are makes of them.
Canvas y4m_canvas(Canvas canvas) {
    const AVPixelFormat format = y4m_format(canvas.layout.format);
    if (format != canvas.layout.format) {
        canvas.layout = {format};
    }
    return canvas;
}

Canvas raw_canvas(const std::string& target, const Canvas& canvas) {
    log::info("{}: raw frames, {} of {}x{}", target, av_get_pix_fmt_name(canvas.layout.format),
              canvas.width, canvas.height);
    return canvas;
}

/// Decides about codec and storage of the pictures.
void plan_pictures(MuxedOutputPlan& plan, TargetKind kind, const LiveOutputOptions& options) {
    const std::string& target = options.target;
    EncodeOptions unchanged;
    unchanged.codec = is_y4m(*plan.format) ? "wrapped_avframe" : "rawvideo";
    unchanged.extra = options.encode.extra;
    unchanged.threads = 1;  // more would each keep a frame
    if (kind == TargetKind::kDevice) {
        plan.encode = unchanged;
        plan.choose_canvas = [target](Canvas canvas) { return agree_with_device(target, canvas); };
        plan.description = target + ", loopback camera";
    } else if (is_y4m(*plan.format)) {
        plan.encode = unchanged;
        plan.choose_canvas = y4m_canvas;
        plan.description = target + ", y4m";
    } else if (is_raw(*plan.format)) {
        plan.encode = unchanged;
        plan.choose_canvas = [target](Canvas canvas) { return raw_canvas(target, canvas); };
        plan.description = target + ", raw frames";
    } else {
        plan.encode = live_encode_options(options.encode, *plan.format, options.rate);
        plan.choose_canvas = [](Canvas canvas) { return canvas; };
        plan.description =
            kind == TargetKind::kFile
                ? fmt::format("{}, {}", target, plan.encode.codec)
                : fmt::format("{}, {} in {}", target, plan.encode.codec, plan.format->name);
    }
}

}  // namespace

std::vector<Option> options_of(LiveOutputOptions& o) {
    const char* group = "Output";
    return {
        {.names = fmt::format("-o,{}", flags::kOutput),
         .group = group,
         .help = "file, - (standard output), loopback camera (/dev/video9), or address (udp://, "
                 "rtmp://, ...)",
         .value = &o.target,
         .placeholder = "OUTPUT"},
        {.names = flags::kOutputFormat,
         .group = group,
         .help = "y4m, raw or libav's name; else by the output",
         .value = &o.format},
    };
}

std::unique_ptr<LiveOutput> open_live_output(const LiveOutputOptions& options) {
    const TargetKind kind = kind_of_target(options.target);
    if (kind == TargetKind::kNone) {
        return std::make_unique<DiscardOutput>();
    }
    MuxedOutputPlan plan;
    plan.rate = rational_rate(options.rate);
    plan.format = &choose_muxer(kind, options.target, options.format);
    plan_pictures(plan, kind, options);
    plan.at_once = kind != TargetKind::kFile;
    plan.target = open_target(kind, options);
    return std::make_unique<MuxedOutput>(std::move(plan));
}

}  // namespace closet
