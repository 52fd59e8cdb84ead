#include "decode/capture/live_feed.h"

#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

/// A camera's picture from the time when it was opened is not worth showing after this.
constexpr auto kStale = 200ms;

double seconds_since(LiveClock::time_point moment) {
    return std::chrono::duration<double>(LiveClock::now() - moment).count();
}

}  // namespace

LiveFeed::LiveFeed(const CaptureOptions& options, SourceKind kind, CaptureTally& tally,
                   const std::stop_token& stop)
    : options_(options),
      kind_(kind),
      tally_(tally),
      backoff_(options.first_backoff_s, options.max_backoff_s),
      connection_(std::make_unique<Connection>(options, kind, stop)),
      ahead_(connection_->next(stop)) {
    if (!ahead_) {
        throw MediaError(
            stop.stop_requested()
                ? fmt::format("cannot read {}: stopped while opening it", options.input)
                : fmt::format("cannot use {}: not one frame of its video can be decoded",
                              options.input));
    }
    update_tally();
}

std::optional<FedPicture> LiveFeed::next(const std::stop_token& stop) {
    if (ahead_) {
        CapturedPicture picture = std::move(*ahead_);
        ahead_.reset();
        if (kind_ != SourceKind::kCamera) {
            picture.arrived = LiveClock::now();  // to be first was no reason to be old
            return hand_out(std::move(picture));
        }
        if (LiveClock::now() - picture.arrived < kStale) {
            return hand_out(std::move(picture));
        }
        ++late_before_;
    }
    while (!stop.stop_requested() && !ended_) {
        if (!connection_) {
            reconnect(stop);
            continue;
        }
        std::optional<CapturedPicture> picture = next_of_connection(stop);
        if (picture) {
            return hand_out(std::move(*picture));
        }
    }
    return std::nullopt;
}

/// Nothing at the end, on a stop, and where the source went away.
std::optional<CapturedPicture> LiveFeed::next_of_connection(const std::stop_token& stop) {
    const bool may_return = kind_ != SourceKind::kPipe && options_.reconnect;
    std::string why = fmt::format("{} has ended", options_.input);
    try {
        std::optional<CapturedPicture> picture = connection_->next(stop);
        update_tally();
        if (picture || stop.stop_requested()) {
            return picture;
        }
    } catch (const MediaError& error) {
        if (!may_return) {
            throw;
        }
        why = error.what();
    }
    if (may_return) {
        disconnect(why);
    } else {
        ended_ = true;
    }
    return std::nullopt;
}

void LiveFeed::disconnect(const std::string& why) {
    late_before_ += connection_->late();
    damaged_before_ += connection_->damaged();
    connection_.reset();
    if (tally_.connected.exchange(false)) {
        gone_since_ = LiveClock::now();
    }
    log::warning("{}; waiting for it to come back", why);
}

/// One try, after a pause. Any reason not to open is one to try again: a camera that comes back is
/// busy or not allowed for a moment.
void LiveFeed::reconnect(const std::stop_token& stop) {
    if (!wait_.for_time(live_duration(backoff_.next_s()), stop)) {
        return;
    }
    try {
        connection_ = std::make_unique<Connection>(options_, kind_, stop);
        is_new_connection_ = true;
    } catch (const Error& error) {
        if (!stop.stop_requested()) {
            log::info("still waiting: {}", error.what());
        }
    }
}

void LiveFeed::update_tally() {
    tally_.late = late_before_ + connection_->late();
    tally_.damaged = damaged_before_ + connection_->damaged();
}

FedPicture LiveFeed::hand_out(CapturedPicture picture) {
    update_tally();
    if (!tally_.connected.exchange(true)) {
        ++tally_.reconnections;
        log::info("{} is back after {:.1f} s with {}x{} pixels", options_.input,
                  seconds_since(gone_since_), picture.image->width, picture.image->height);
    }
    backoff_.reset();
    first_ = first_.value_or(picture.arrived);
    const auto since_first =
        std::chrono::duration_cast<std::chrono::microseconds>(picture.arrived - *first_);
    const LiveClock::time_point captured = picture.arrived;
    return {std::move(picture), captured, since_first.count(),
            std::exchange(is_new_connection_, false)};
}

}  // namespace closet
