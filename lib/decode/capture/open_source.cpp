#include "decode/capture/open_source.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/mem.h>
}

#include "core/av_devices.h"
#include "core/error.h"
#include "core/log.h"
#include "decode/capture/camera_mode.h"
#include "decode/capture/v4l2_device.h"
#include "decode/libav_log.h"

namespace closet {
namespace {

constexpr const char* kSpaces = " \n\t\r";

struct FreeAv {
    void operator()(char* text) const { av_free(text); }
};
using Token = std::unique_ptr<char, FreeAv>;

/// Goes past "[in] [out]", which stand before and behind a filter.
const char* skip_labels(const char* text) {
    text += std::strspn(text, kSpaces);
    while (*text == '[') {
        text += std::strcspn(text, "]");
        text += *text == ']' ? 1 : 0;
        text += std::strspn(text, kSpaces);
    }
    return text;
}

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

Input open_lavfi(const CaptureOptions& options) {
    const std::string graph = options.input.substr(sizeof("lavfi:") - 1);
    check_graph(graph);
    AVDictionary* settings = nullptr;
    for (const auto& [key, value] : options.extra) {
        if (key == "graph" || key == "graph_file") {
            throw ConfigError(fmt::format("\"{}\" cannot be given beside {}, which is the graph",
                                          key, options.input));
        }
        av_dict_set(&settings, key.c_str(), value.c_str(), 0);
    }
    AvDictionary left(settings);
    Input input;
    input.deadline = std::make_unique<Deadline>();
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    context->interrupt_callback = input.deadline->callback();
    forget_libav_error();
    settings = left.release();
    const int code =
        avformat_open_input(&context, graph.c_str(), av_find_input_format("lavfi"), &settings);
    left.reset(settings);
    if (code < 0) {
        const std::string detail = last_libav_error();
        const bool says_nothing = detail.empty() || detail.starts_with('[');  // a bare prefix
        throw MediaError(fmt::format("cannot read {}: libavfilter does not take the graph, {}",
                                     options.input, says_nothing ? av_error_text(code) : detail),
                         code);
    }
    input.context.reset(context);
    check_all_taken(options.extra, left.get(), options.input);
    av_check(avformat_find_stream_info(context, nullptr),  // the rate, from its first pictures
             fmt::format("cannot read {}", options.input));
    return input;
}

InputOptions input_options(const CaptureOptions& options, SourceKind kind,
                           const std::stop_token& stop) {
    InputOptions result;
    result.stop = stop;
    result.extra = options.extra;
    if (kind != SourceKind::kFile) {
        result.patience = live_duration(options.timeout_s);
        result.live = true;
    }
    if (options.input.starts_with("rtsp://")) {
        // Over UDP a lost packet tears pictures until the next key frame.
        result.extra.insert(result.extra.begin(), {"rtsp_transport", "tcp"});
    }
    return result;
}

}  // namespace

/// Takes the graph apart with libavfilter's own tokens, so that quoting cannot hide a name.
void check_graph(const std::string& graph) {
    const char* rest = graph.c_str();
    while (*rest != '\0') {
        rest = skip_labels(rest);
        const Token name(av_get_token(&rest, "=,;["));
        const std::string filter = fmt::format("{}@", name ? name.get() : "");  // name@instance
        const std::string kind = filter.substr(0, filter.find('@'));
        if (kind == "movie" || kind == "amovie") {
            throw ConfigError(fmt::format(
                "cannot read lavfi:{}: the filter {} reads a file, name that file as the input",
                graph, kind));
        }
        if (*rest == '=') {
            ++rest;
            const Token arguments(av_get_token(&rest, "[],;"));
        }
        rest = skip_labels(rest);
        if (*rest != '\0') {
            ++rest;  // the , or ; that ends a filter; anything else is for libavfilter to refuse
        }
    }
}

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

OpenedSource open_source(const CaptureOptions& options, SourceKind kind,
                         const std::stop_token& stop) {
    register_av_devices();
    capture_libav_log();
    OpenedSource source;
    switch (kind) {
        case SourceKind::kCamera:
            source.input = open_camera(options);
            break;
        case SourceKind::kLavfi:
            source.input = open_lavfi(options);
            break;
        case SourceKind::kPipe: {
            source.pipe = std::make_unique<PipeReader>(options.input, stop);
            InputOptions wanted = input_options(options, kind, stop);
            wanted.io = source.pipe->io();
            source.input = open_input(options.input, wanted);
            break;
        }
        case SourceKind::kFile:
        case SourceKind::kNetwork:
            source.input = open_input(options.input, input_options(options, kind, stop));
            break;
    }
    return source;
}

}  // namespace closet
