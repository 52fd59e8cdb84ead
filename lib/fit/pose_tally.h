#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/pose.h"
#include "pipeline/concepts.h"

namespace closet {

/// How the frames of a run came by their poses. A frame counts by its best pose, so the five add up
/// to the number of frames.
struct PoseCounts {
    std::int64_t measured = 0, interpolated = 0, held = 0, predicted = 0;
    std::int64_t missing = 0;  ///< frames with nobody on them
};

void count_poses(PoseCounts& counts, const std::vector<Pose>& poses);

/// Runs `inner`, a stage that puts out posed frames, counts what it puts out and shows it to a tap
/// where that is not empty: on the same thread, since counting is no stage's work. All are the
/// caller's.
template <class Inner>
class Tallied {
  public:
    using Input = typename Inner::Input;
    using Output = PosedFrame;
    static constexpr std::string_view kName = Inner::kName;

    Tallied(Inner& inner, PoseCounts& counts, const std::function<void(const PosedFrame&)>& tap)
        : inner_(inner), counts_(counts), tap_(tap) {}

    void process(Input input, const Emit<PosedFrame>& emit) {
        inner_.process(std::move(input), counting(emit));
    }
    void flush(const Emit<PosedFrame>& emit) { inner_.flush(counting(emit)); }

  private:
    Emit<PosedFrame> counting(const Emit<PosedFrame>& emit) {
        return [this, &emit](PosedFrame frame) {
            count_poses(counts_, frame.poses);
            if (tap_) {
                tap_(frame);
            }
            return emit(std::move(frame));
        };
    }

    Inner& inner_;
    PoseCounts& counts_;
    const std::function<void(const PosedFrame&)>& tap_;
};

}  // namespace closet
