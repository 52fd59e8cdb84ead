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

using namespace std::chrono_literals;

/// Longest time to find out what an input holds; a network read may stall no longer than this.
constexpr auto kPatience = 30s;

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
        if (!forbidden(format->name)) {
            names += names.empty() ? "" : ",";
            names += format->name;
        }
    }
    return names;
}

AvDictionary open_options(Origin origin) {
    AVDictionary* options = nullptr;
    const char* protocols = origin == Origin::kLocal  ? kLocalProtocols
                            : origin == Origin::kPipe ? kPipeProtocols
                                                      : kNetworkProtocols;
    av_dict_set(&options, "protocol_whitelist", protocols, 0);
    av_dict_set(&options, "format_whitelist", allowed_formats(origin).c_str(), 0);
    av_dict_set(&options, "pattern_type", "none", 0);  // "shot%03d.png" is one picture's name
    return AvDictionary(options);
}

[[noreturn]] void throw_open_error(const std::string& path, int code) {
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
            throw MediaError(
                fmt::format("cannot read {}: no answer within {} s", path, kPatience.count()),
                code);
        default:
            throw MediaError(fmt::format("cannot read {}: {}", path, av_error_text(code)), code);
    }
}

int interrupt(void* opaque) {
    return static_cast<const Deadline*>(opaque)->passed() ? 1 : 0;
}

}  // namespace

void Deadline::set(std::chrono::steady_clock::duration from_now) {
    due_ = std::chrono::steady_clock::now() + from_now;
}

AVIOInterruptCB Deadline::callback() {
    return {interrupt, this};
}

Input open_input(const std::string& path) {
    capture_libav_log();
    const Address address = resolve(path);
    Input input;
    input.deadline = std::make_unique<Deadline>();
    input.is_network = address.origin == Origin::kNetwork;
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    context->interrupt_callback = input.deadline->callback();
    if (address.origin != Origin::kPipe) {  // whoever fills a pipe may take long to begin
        input.deadline->set(kPatience);
    }
    AVDictionary* options = open_options(address.origin).release();
    const int opened = avformat_open_input(&context, address.url.c_str(), nullptr, &options);
    const AvDictionary unused(options);
    if (opened < 0) {  // libav has freed the context
        throw_open_error(path, opened);
    }
    input.context.reset(context);
    const int found = avformat_find_stream_info(context, nullptr);
    if (found < 0) {
        throw_open_error(path, found);
    }
    input.deadline->clear();
    return input;
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
