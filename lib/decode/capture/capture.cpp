#include "decode/capture/capture.h"

#include <charconv>
#include <filesystem>
#include <mutex>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/pixel_format.h"
#include "decode/capture/frame_maker.h"
#include "decode/capture/live_feed.h"
#include "decode/capture/playback.h"

namespace closet {
namespace {

constexpr const char* kSizeFlag = "--size";

/// "1280x720".
void parse_size(const std::string& text, CaptureOptions& options) {
    const auto number = [&](std::string_view digits) {
        int value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc() || end != digits.data() + digits.size() || value < 1) {
            throw ConfigError(fmt::format("{} {}: not of the form 1280x720", kSizeFlag, text));
        }
        return value;
    };
    const std::string_view all = text;
    const auto cross = std::min(all.find('x'), all.size());
    options.width = number(all.substr(0, cross));
    options.height = number(all.substr(std::min(cross + 1, all.size())));
}

void validate(const CaptureOptions& options) {
    const auto require = [](bool holds, const char* sentence) {
        if (!holds) {
            throw ConfigError(sentence);
        }
    };
    require(!options.input.empty(), "no input is named: give a camera, a file or an address");
    require(options.width.has_value() == options.height.has_value(),
            "a camera's width and height go together");
    require(options.width.value_or(1) > 0 && options.height.value_or(1) > 0,
            "a camera's size must be at least 1x1 pixels");
    require(options.first_backoff_s > 0 && options.max_backoff_s >= options.first_backoff_s,
            "the pause between tries to reconnect must be above 0 s, and the longest not shorter "
            "than the first");
    check_ranges_of(options);
}

std::unique_ptr<Feed> make_feed(const CaptureOptions& options, SourceKind kind, CaptureTally& tally,
                                const std::stop_token& stop) {
    if (kind == SourceKind::kFile || kind == SourceKind::kLavfi) {
        return std::make_unique<Playback>(options, kind, tally, stop);
    }
    return std::make_unique<LiveFeed>(options, kind, tally, stop);
}

}  // namespace

namespace fs = std::filesystem;

SourceKind kind_of_source(const std::string& input) {
    if (input == "-" || input == "pipe:" || input == "pipe:0" || input == "/dev/stdin") {
        return SourceKind::kPipe;
    }
    if (input.starts_with("lavfi:")) {
        return SourceKind::kLavfi;
    }
    if (input.starts_with("v4l2:") || input.starts_with("/dev/video")) {
        return SourceKind::kCamera;
    }
    std::error_code ignored;
    switch (fs::status(input, ignored).type()) {
        case fs::file_type::character:
            return SourceKind::kCamera;  // /dev/v4l/by-id/...
        case fs::file_type::fifo:
            return SourceKind::kPipe;
        case fs::file_type::not_found:
            break;
        default:
            return SourceKind::kFile;
    }
    const bool is_url = input.find("://") != std::string::npos && !input.starts_with("file:");
    return is_url ? SourceKind::kNetwork : SourceKind::kFile;
}

std::string_view to_string(SourceKind kind) {
    switch (kind) {
        case SourceKind::kCamera:
            return "camera";
        case SourceKind::kFile:
            return "file";
        case SourceKind::kNetwork:
            return "network";
        case SourceKind::kPipe:
            return "pipe";
        case SourceKind::kLavfi:
            return "lavfi";
    }
    return "";
}

std::vector<Option> options_of(CaptureOptions& o) {
    const char* group = "Source";
    return {
        {.names = kSizeFlag,
         .group = group,
         .help = "asked of a camera, as in 1280x720",
         .value = [&o](const std::string& text) { parse_size(text, o); },
         .placeholder = "WxH"},
        {.names = "--rate",
         .group = group,
         .help = "frames a second, asked of a camera",
         .value = &o.rate,
         .range = {1, 1000}},
        {.names = "--pixel-format",
         .group = group,
         .help = "asked of a camera: mjpeg, yuyv422 and the like",
         .value = &o.pixel_format},
        {.names = "--realtime,!--no-realtime",
         .group = group,
         .help = "play a file at its own rate, else as fast as it can be read",
         .value = &o.realtime},
        {.names = "--loop",
         .group = group,
         .help = "begin a file again at its end",
         .value = &o.loop},
        {.names = "--reconnect,!--no-reconnect",
         .group = group,
         .help = "wait for a camera or address that goes away",
         .value = &o.reconnect},
        {.names = "--timeout",
         .group = group,
         .help = "seconds without a picture after which a source is gone",
         .value = &o.timeout_s,
         .range = {0.1, 3600}},
        {.names = "--input-option",
         .group = group,
         .help = "key=value for libav's demuxer or device; may repeat",
         .value = &o.extra},
    };
}

struct Capture::State {
    State(CaptureOptions wanted, const std::stop_token& stop)
        : options(std::move(wanted)),
          kind(kind_of_source(options.input)),
          maker(options.input, kind),
          feed(make_feed(options, kind, tally, stop)),
          facts(maker.facts_of(feed->first())),
          info(info_of(feed->first(),
                       paintable_format(static_cast<AVPixelFormat>(feed->first().image->format)))) {
    }

    /// Facts follow the pictures; most are like the one before.
    void update_facts(const CapturedPicture& picture) {
        const std::tuple look{picture.stream, picture.image->width, picture.image->height,
                              picture.image->format};
        if (std::exchange(last_look, look) == look) {
            return;
        }
        SourceFacts now = maker.facts_of(picture);
        const std::lock_guard lock(mutex);
        facts = std::move(now);
    }

    const CaptureOptions options;
    const SourceKind kind;
    CaptureTally tally;
    FrameMaker maker;
    std::unique_ptr<Feed> feed;
    std::tuple<std::shared_ptr<const MediaInfo>, int, int, int> last_look;
    mutable std::mutex mutex;
    SourceFacts facts;  ///< guarded by `mutex`
    const std::shared_ptr<const MediaInfo> info;
};

Capture::Capture(CaptureOptions options, const std::stop_token& stop) {
    validate(options);
    state_ = std::make_unique<State>(std::move(options), stop);
}

Capture::~Capture() = default;

std::optional<CapturedFrame> Capture::next(const std::stop_token& stop) {
    std::optional<FedPicture> fed = state_->feed->next(stop);
    if (!fed) {
        return std::nullopt;
    }
    state_->update_facts(fed->picture);
    CapturedFrame frame = state_->maker.make(std::move(*fed));
    ++state_->tally.frames;
    return frame;
}

SourceFacts Capture::facts() const {
    const std::lock_guard lock(state_->mutex);
    return state_->facts;
}

std::shared_ptr<const MediaInfo> Capture::info() const {
    return state_->info;
}

CaptureCounts Capture::counts() const {
    const CaptureTally& tally = state_->tally;
    return {tally.frames, tally.late, tally.damaged, tally.reconnections};
}

bool Capture::connected() const {
    return state_->tally.connected;
}

}  // namespace closet
