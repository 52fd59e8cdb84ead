#include "decode/capture/open_camera.h"

#include <cmath>
#include <new>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "decode/capture/camera_mode.h"
#include "decode/capture/v4l2_device.h"
#include "decode/libav_log.h"

namespace closet {
namespace {

/// What a driver rounds a rate by without being worth a message.
constexpr double kRateTolerance = 0.02;

AvDictionary settings_of(const CameraRequest& request, const CaptureOptions& options) {
    AVDictionary* settings = nullptr;
    if (!request.pixel_format.empty()) {
        av_dict_set(&settings, "input_format", request.pixel_format.c_str(), 0);
    }
    if (request.width) {
        av_dict_set(&settings, "video_size",
                    fmt::format("{}x{}", *request.width, *request.height).c_str(), 0);
    }
    if (request.rate) {
        av_dict_set(&settings, "framerate",
                    fmt::format("{}/{}", request.rate->num, request.rate->den).c_str(), 0);
    }
    for (const auto& [key, value] : options.extra) {
        av_dict_set(&settings, key.c_str(), value.c_str(), 0);
    }
    return AvDictionary(settings);
}

/// A driver that does not have what it is asked for takes what is nearest and says so in its
/// answer.
void check_answer(const AVFormatContext& context, const CameraRequest& request,
                  const std::string& name) {
    if (context.nb_streams == 0) {
        return;
    }
    const AVStream& stream = *context.streams[0];
    const AVCodecParameters& codec = *stream.codecpar;
    if (request.width && (codec.width != *request.width || codec.height != *request.height)) {
        throw ConfigError(fmt::format("{} gives {}x{} pixels, not the {}x{} that are asked for",
                                      name, codec.width, codec.height, *request.width,
                                      *request.height));
    }
    const AVRational rate = stream.avg_frame_rate;
    if (request.rate && rate.num > 0 && rate.den > 0 &&
        std::abs(av_q2d(rate) / av_q2d(*request.rate) - 1) > kRateTolerance) {
        log::warning("{} gives {:.4g} frames a second, not the {:.4g} that are asked for", name,
                     av_q2d(rate), av_q2d(*request.rate));
    }
}

}  // namespace

Input open_camera(const CaptureOptions& options) {
    const std::string path = options.input.starts_with("v4l2:")
                                 ? options.input.substr(sizeof("v4l2:") - 1)
                                 : options.input;
    CameraRequest request;
    {
        const V4l2Device device(path);  // closed again: libavdevice opens it anew
        if (!device.captures()) {
            throw MediaError(
                fmt::format("cannot read {}: {}", path, camera_problem(AVERROR(ENOTTY))),
                AVERROR(ENOTTY));
        }
        request = choose_mode(device.modes(), options);
    }
    Input input;
    input.deadline = std::make_unique<Deadline>();
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    context->flags |= AVFMT_FLAG_NONBLOCK;
    AVDictionary* settings = settings_of(request, options).release();
    forget_libav_error();
    const int code =
        avformat_open_input(&context, path.c_str(), av_find_input_format("v4l2"), &settings);
    const AvDictionary left(settings);
    if (code < 0) {
        const std::string detail = last_libav_error();
        // Of a device that was a camera a moment ago this is about the settings.
        const bool is_refusal = code == AVERROR(EINVAL);
        throw MediaError(fmt::format("cannot read {}: {}", path,
                                     is_refusal ? "its driver does not take the settings" +
                                                      (detail.empty() ? "" : " (" + detail + ")")
                                                : camera_problem(code)),
                         code);
    }
    input.context.reset(context);
    check_all_taken(options.extra, left.get(), path);
    check_answer(*context, request, path);
    return input;
}

}  // namespace closet
