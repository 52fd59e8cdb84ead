#include "decode/capture/capture.h"

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
    require(options.rate.value_or(1) > 0 && options.rate.value_or(1) <= 1000,
            "a camera's rate must be between 0 and 1000 frames a second");
    require(options.first_backoff_s > 0 && options.max_backoff_s >= options.first_backoff_s,
            "the pause between tries to reconnect must be above 0 s, and the longest not shorter "
            "than the first");
    require(options.timeout_s > 0 && options.timeout_s <= 3600,
            "the time after which a source counts as gone must be between 0 and 3600 s");
}

std::unique_ptr<Feed> make_feed(const CaptureOptions& options, SourceKind kind, CaptureTally& tally,
                                const std::stop_token& stop) {
    if (kind == SourceKind::kFile || kind == SourceKind::kLavfi) {
        return std::make_unique<Playback>(options, kind, tally, stop);
    }
    return std::make_unique<LiveFeed>(options, kind, tally, stop);
}

}  // namespace

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
