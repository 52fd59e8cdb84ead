#include "batch/batch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/state.h"

namespace closet {
namespace {

constexpr const char* kAdaptive = "adaptive";
constexpr const char* kFixed = "fixed";

bool is_adaptive(const std::string& text) {
    if (text != kAdaptive && text != kFixed) {
        throw ConfigError(fmt::format("{} {} is not a choice: use {} or {}", flags::kKeyFrames,
                                      text, kAdaptive, kFixed));
    }
    return text == kAdaptive;
}

}  // namespace

std::vector<Option> options_of(BatchOptions& o) {
    const char* group = "Pose";
    return {
        {.names = flags::kBatch,
         .group = group,
         .help = "key frames in one inference call",
         .value = &o.size,
         .range = {1, 256}},
        {.names = flags::kKeyFrames,
         .group = group,
         .help =
             fmt::format("adaptive: where the motion needs them, at least {0} apart; fixed: one "
                         "each {0}",
                         flags::kInterval),
         .value = [&o](const std::string& text) { o.adaptive = is_adaptive(text); },
         .standard = o.adaptive ? kAdaptive : kFixed},
        {.names = flags::kInterval,
         .group = group,
         .help = "seconds between key frames; 0: every frame",
         .value = &o.interval_s,
         .range = kFromZero},
        {.names = "--every",
         .group = group,
         .help = fmt::format("frames between key frames; overrides {}", flags::kInterval),
         .value = &o.every,
         .range = kAboveZero},
        scale_option(o.scale),
    };
}

Batch::Batch(const BatchOptions& options)
    : size_((check_ranges_of(options), static_cast<std::size_t>(options.size))),
      adaptive_(options.adaptive && !options.every && options.interval_s > 0),
      now_{.clock = KeyFrameClock(options.interval_s, options.every),
           .wide = KeyFrameClock(std::max(options.interval_s, kWideS)),
           .cuts = {},
           .units = UnitClock(options.unit_s)},
      views_(options.scale) {}

void Batch::process(Frame frame, const Emit<FrameBatch>& emit) {
    const Memory before = now_;
    frame.scene_start = now_.cuts.is_cut(luma_signature(frame)) || frame.scene_start;
    if (frame.scene_start) {
        flush(emit);
    }
    frame.unit_start = pending_.frames.empty() && now_.units.begins(frame);
    if (frame.unit_start) {
        at_unit_ = before;
    }
    const bool is_key = now_.clock.is_key(frame, frame.scene_start);
    const bool is_wide = adaptive_ && now_.wide.is_key(frame, frame.scene_start);
    const bool starts = frame.scene_start;  // the first frame does
    if (pending_.frames.empty()) {
        filling_.begin();
    }
    pack_last();  // it is no key frame, or its view is made
    pending_bytes_ += frame.bytes();
    pending_.frames.push_back(std::move(frame));
    const bool full = pending_.frames.size() >= kMaxFrames || pending_bytes_ >= kMaxBytes;
    if (is_key || is_wide || full) {
        add_key(!adaptive_ || starts ? KeyNeed::kAlways
                : is_wide || full    ? KeyNeed::kUnlessStill
                                     : KeyNeed::kIfNeeded);
    }
    if (full || (pending_.keys.size() >= size_ && ends_with_read_key())) {
        send(emit);
    }
}

void Batch::flush(const Emit<FrameBatch>& emit) {
    if (!pending_.frames.empty()) {
        end_with_key();
        send(emit);
    }
}

void Batch::save_state(std::ostream& to) const {
    write_state(to, at_unit_);
}

void Batch::load_state(std::istream& from) {
    read_state(from, now_);
}

/// Whether the last frame is a key frame that does not depend on a later one.
bool Batch::ends_with_read_key() const {
    return !pending_.keys.empty() && pending_.keys.back().frame + 1 == pending_.frames.size() &&
           pending_.keys.back().need != KeyNeed::kIfNeeded;
}

/// Nothing comes after the last frame that it could be interpolated to.
void Batch::end_with_key() {
    if (!pending_.keys.empty() && pending_.keys.back().frame + 1 == pending_.frames.size()) {
        if (pending_.keys.back().need == KeyNeed::kIfNeeded) {
            pending_.keys.back().need = KeyNeed::kUnlessStill;
        }
        return;
    }
    add_key(adaptive_ ? KeyNeed::kUnlessStill : KeyNeed::kAlways);
}

void Batch::add_key(KeyNeed need) {
    const PartTimer timer(Part::kDownscale);
    pending_.keys.push_back(
        {pending_.frames.size() - 1, views_.make(pending_.frames.back()), need});
}

void Batch::pack_last() {
    if (!pending_.frames.empty()) {
        Frame& last = pending_.frames.back();
        if (last.counted != nullptr && last.counted->is_scarce()) {
            const PartTimer timer(Part::kPack);
            packer_.pack(last);
        }
    }
}

void Batch::send(const Emit<FrameBatch>& emit) {
    pack_last();
    pending_bytes_ = 0;
    filling_.end();
    emit(std::exchange(pending_, {}));
}

}  // namespace closet
