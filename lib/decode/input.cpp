#include "decode/input.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "decode/libav_log.h"

namespace closet {
namespace {

/// Of a live input: more than any camera's key frame, and long enough to meet the tables of a
/// transport stream that was joined in the middle (sent every 0.1 to 0.5 s). libav stops as soon
/// as it knows the codecs.
constexpr const char* kLiveProbeBytes = "1000000";
constexpr const char* kLiveAnalysisUs = "1000000";

/// Note [Hostile inputs]
constexpr const char* kLocalProtocols = "file,crypto,data";
constexpr const char* kPipeProtocols = "pipe,crypto,data";
constexpr const char* kNetworkProtocols =
    "http,https,httpproxy,tcp,tls,udp,rtp,rtsp,rtmp,rtmps,srt,crypto,data";

/// Demuxers that follow a list of other files, and "tty", which plays any text file.
constexpr std::array<std::string_view, 6> kListFormats{"concat", "hls", "dash",
                                                       "sdp",    "imf", "tty"};
constexpr std::array<std::string_view, 2> kListFormatsOfNetwork{"concat", "tty"};

enum class Origin { kLocal, kPipe, kNetwork };

struct Address {
    std::string url;
    Origin origin;
};

Address resolve(const std::string& path) {
    if (path == "-" || path == "pipe:" || path == "pipe:0") {
        return {"pipe:0", Origin::kPipe};
    }
    std::error_code ignored;
    const std::filesystem::file_status status = std::filesystem::status(path, ignored);
    if (std::filesystem::is_directory(status)) {
        throw MediaError(
            fmt::format("cannot read {}: it is a folder, name a video file in it", path));
    }
    if (std::filesystem::exists(status)) {
        if (std::filesystem::is_regular_file(status) &&
            std::filesystem::file_size(path, ignored) == 0) {
            throw MediaError(fmt::format("cannot read {}: the file is empty", path));
        }
        return {"file:" + path, Origin::kLocal};  // a colon in its name is not a protocol
    }
    if (path.find("://") != std::string::npos && !path.starts_with("file:")) {
        return {path, Origin::kNetwork};
    }
    throw MediaError(fmt::format("cannot read {}: there is no such file", path), AVERROR(ENOENT));
}

/// Devices are in the list of formats once somebody has registered them.
bool is_device(const AVInputFormat& format) {
    return format.priv_class != nullptr && AV_IS_INPUT_DEVICE(format.priv_class->category);
}

/// libav can only be told which formats are allowed, so this lists all but the forbidden ones.
std::string allowed_formats(Origin origin) {
    const auto forbidden = [origin](std::string_view name) {
        const auto in = [name](const auto& list) {
            return std::find(list.begin(), list.end(), name) != list.end();
        };
        return origin == Origin::kNetwork ? in(kListFormatsOfNetwork) : in(kListFormats);
    };
    std::string names;
    void* position = nullptr;
    while (const AVInputFormat* format = av_demuxer_iterate(&position)) {
        if (!is_device(*format) && !forbidden(format->name)) {
            names += names.empty() ? "" : ",";
            names += format->name;
        }
    }
    return names;
}

AvDictionary open_options(Origin origin, const InputOptions& wanted) {
    AVDictionary* options = nullptr;
    if (wanted.live) {
        av_dict_set(&options, "probesize", kLiveProbeBytes, 0);
        av_dict_set(&options, "analyzeduration", kLiveAnalysisUs, 0);
        av_dict_set(&options, "fpsprobesize", "0", 0);  // the rate is not worth 20 frames of wait
    }
    for (const auto& [key, value] : wanted.extra) {
        av_dict_set(&options, key.c_str(), value.c_str(), 0);
    }
    const char* protocols = origin == Origin::kLocal  ? kLocalProtocols
                            : origin == Origin::kPipe ? kPipeProtocols
                                                      : kNetworkProtocols;
    av_dict_set(&options, "protocol_whitelist", protocols, 0);
    av_dict_set(&options, "format_whitelist", allowed_formats(origin).c_str(), 0);
    av_dict_set(&options, "pattern_type", "none", 0);  // "shot%03d.png" is one picture's name
    return AvDictionary(options);
}

[[noreturn]] void throw_open_error(const std::string& path, int code, const InputOptions& options) {
    if (options.stop.stop_requested()) {
        throw MediaError(fmt::format("cannot read {}: stopped while opening it", path),
                         AVERROR_EXIT);
    }
    switch (code) {
        case AVERROR_INVALIDDATA:
        case AVERROR_DEMUXER_NOT_FOUND:
            throw MediaError(
                fmt::format("cannot read {}: it is not a video or picture that libav knows, or its "
                            "beginning is damaged (ffprobe tells more)",
                            path),
                code);
        case AVERROR(EINVAL):  // refused by the list of allowed formats
            throw MediaError(
                fmt::format("cannot read {}: it is a text file or a list of other files, name the "
                            "video itself",
                            path),
                code);
        case AVERROR_EXIT:
            throw MediaError(fmt::format("cannot read {}: no answer within {:g} s", path,
                                         std::chrono::duration<double>(options.patience).count()),
                             code);
        case AVERROR(EIO): {  // of hosts: only libav's message tells what it is about
            const std::string detail = last_libav_error();
            throw MediaError(fmt::format("cannot read {}: {}", path,
                                         detail.empty() ? av_error_text(code) : detail),
                             code);
        }
        default:
            throw MediaError(fmt::format("cannot read {}: {}", path, av_error_text(code)), code);
    }
}

int interrupt(void* opaque) {
    const auto& deadline = *static_cast<const Deadline*>(opaque);
    return deadline.stopped() || deadline.passed() ? 1 : 0;
}

}  // namespace

void Deadline::set(std::chrono::steady_clock::duration from_now) {
    due_ = std::chrono::steady_clock::now() + from_now;
}

AVIOInterruptCB Deadline::callback() {
    return {interrupt, this};
}

Input open_input(const std::string& path, const InputOptions& wanted) {
    capture_libav_log();
    const Address address = wanted.io != nullptr ? Address{path, Origin::kPipe} : resolve(path);
    Input input;
    input.deadline = std::make_unique<Deadline>();
    input.is_network = address.origin == Origin::kNetwork;
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    context->interrupt_callback = input.deadline->callback();
    context->pb = wanted.io;  // libav leaves an I/O context that it was given to the giver
    input.deadline->watch(wanted.stop);
    if (address.origin != Origin::kPipe) {  // whoever fills a pipe may take long to begin
        input.deadline->set(wanted.patience);
    }
    AVDictionary* options = open_options(address.origin, wanted).release();
    forget_libav_error();
    const int opened = avformat_open_input(&context, address.url.c_str(), nullptr, &options);
    const AvDictionary unused(options);
    if (opened < 0) {  // libav has freed the context
        throw_open_error(path, opened, wanted);
    }
    input.context.reset(context);
    check_all_taken(wanted.extra, unused.get(), path);
    const int found = avformat_find_stream_info(context, nullptr);
    if (found < 0) {
        throw_open_error(path, found, wanted);
    }
    input.deadline->clear();
    return input;
}

void check_all_taken(const std::vector<std::pair<std::string, std::string>>& extra,
                     const AVDictionary* left, const std::string& path) {
    for (const auto& option : extra) {
        if (av_dict_get(left, option.first.c_str(), nullptr, 0) != nullptr) {
            throw ConfigError(
                fmt::format("libav's reader of {} has no option \"{}\"", path, option.first));
        }
    }
}

std::size_t choose_video_stream(AVFormatContext& input, const std::string& path) {
    const int index = av_find_best_stream(&input, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (index < 0) {
        throw MediaError(fmt::format("cannot use {}: it has no video stream{}", path,
                                     input.nb_streams > 0 ? ", only sound or data" : ""),
                         index);
    }
    if ((input.streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
        throw MediaError(
            fmt::format("cannot use {}: its only picture is a cover, there is no video", path));
    }
    return static_cast<std::size_t>(index);
}

}  // namespace closet
