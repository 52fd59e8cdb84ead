#include "decode/capture/playback.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

/// Note [Own rate]: how long decoding may be behind, beside the time that the taker was away, and
/// how many pictures in a row have to be in time before it counts as fast enough again.
constexpr auto kLongestCatchUp = 500ms;
constexpr int kInTime = 30;

}  // namespace

Playback::Playback(const CaptureOptions& options, SourceKind kind, CaptureTally& tally,
                   const std::stop_token& stop)
    : options_(options),
      kind_(kind),
      tally_(tally),
      connection_(std::make_unique<Connection>(options, kind, stop)) {
    current_ = decode(stop);
    if (!current_) {
        throw MediaError(
            stop.stop_requested()
                ? fmt::format("cannot read {}: stopped while opening it", options.input)
                : fmt::format("cannot use {}: not one frame of its video can be decoded",
                              options.input));
    }
}

std::optional<FedPicture> Playback::next(const std::stop_token& stop) {
    if (!current_ && !ended_) {
        current_ = decode(stop);
    }
    if (!current_ || stop.stop_requested()) {
        return std::nullopt;
    }
    const LiveClock::time_point begin = LiveClock::now();
    if (!options_.realtime) {
        return hand_out(begin);
    }
    if (!origin_) {
        handed_out_ = begin;
        origin_ = begin - std::chrono::microseconds(current_->time_us);
    }
    for (;;) {
        look_ahead(stop);
        if (!wait_.until(due(current_->time_us), stop)) {
            return std::nullopt;
        }
        const LiveClock::time_point now = LiveClock::now();
        if (!following_ || due(following_->time_us) > now) {
            is_slow_ = is_slow_ && ++in_time_ < kInTime;
            return hand_out(due(current_->time_us));
        }
        if (!catches_up(begin, now)) {
            *origin_ += now - due(current_->time_us);
            return hand_out(now);
        }
        ++tally_.late;
        following_->scene_start = following_->scene_start || current_->scene_start;
        current_ = std::exchange(following_, std::nullopt);
    }
}

/// Whether dropping late pictures, since `begin`, has a prospect of coming to one that is in time.
bool Playback::catches_up(LiveClock::time_point begin, LiveClock::time_point now) {
    const LiveClock::duration away = begin - std::min(begin, handed_out_);
    if (!is_slow_ && now - begin <= kLongestCatchUp + away) {
        return true;
    }
    is_slow_ = true;
    in_time_ = 0;
    if (!std::exchange(told_slow_, true)) {
        log::warning("{} cannot be decoded as fast as it plays; it is played slower",
                     options_.input);
    }
    return false;
}

/// Decodes the successor, unless the one at hand is due and the successor is not yet.
void Playback::look_ahead(const std::stop_token& stop) {
    const LiveClock::time_point now = LiveClock::now();
    const LiveClock::time_point at = due(current_->time_us);
    const bool is_in_time =
        now >= at && now < at + std::chrono::microseconds(current_->picture.duration_us);
    if (!following_ && !ended_ && !is_in_time) {
        following_ = decode(stop);
    }
}

/// The next picture of the file, of its next pass where it loops; nothing at the end or on a stop.
std::optional<Playback::Planned> Playback::decode(const std::stop_token& stop) {
    for (;;) {
        std::optional<CapturedPicture> picture = connection_->next(stop);
        tally_.damaged = damaged_before_ + connection_->damaged();
        if (picture) {
            pass_is_empty_ = false;
            const std::int64_t time = timeline_.place(picture->media_us, picture->duration_us);
            return Planned{std::move(*picture), time, std::exchange(begins_, false)};
        }
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        if (!options_.loop || pass_is_empty_) {
            ended_ = true;
            return std::nullopt;
        }
        damaged_before_ += connection_->damaged();
        // The one way back to the start that all formats share.
        connection_ = std::make_unique<Connection>(options_, kind_, stop);
        timeline_.begin_again();
        begins_ = true;
        pass_is_empty_ = true;
    }
}

LiveClock::time_point Playback::due(std::int64_t time_us) const {
    return *origin_ + std::chrono::microseconds(time_us);
}

FedPicture Playback::hand_out(LiveClock::time_point captured) {
    FedPicture result{std::move(current_->picture), captured, current_->time_us,
                      current_->scene_start};
    if (options_.realtime) {
        first_ = first_.value_or(captured);
        result.pts_us =
            std::chrono::duration_cast<std::chrono::microseconds>(captured - *first_).count();
    }
    current_ = std::exchange(following_, std::nullopt);
    handed_out_ = LiveClock::now();
    return result;
}

}  // namespace closet
