#include "decode/capture/open_source.h"

#include <mutex>
#include <new>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavdevice/avdevice.h>
}

#include "core/error.h"
#include "decode/capture/lavfi_graph.h"
#include "decode/capture/open_camera.h"
#include "decode/libav_log.h"

namespace closet {
namespace {

LiveClock::duration seconds(double value) {
    return std::chrono::duration_cast<LiveClock::duration>(std::chrono::duration<double>(value));
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
        result.patience = seconds(options.timeout_s);
        result.live = true;
    }
    if (options.input.starts_with("rtsp://")) {
        // Over UDP a lost packet tears pictures until the next key frame.
        result.extra.insert(result.extra.begin(), {"rtsp_transport", "tcp"});
    }
    return result;
}

}  // namespace

OpenedSource open_source(const CaptureOptions& options, SourceKind kind,
                         const std::stop_token& stop) {
    static std::once_flag once;
    std::call_once(once, [] { avdevice_register_all(); });
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
