#include "infer/side_continuity.h"

#include "infer/disagreement.h"

namespace closet {
namespace {

/// The exchanged pose must be this much nearer: a share of the distance of the unexchanged one.
constexpr double kClearly = 0.7;

/// For how long a pose is a measure for the next ones, seconds: nobody turns around in less.
constexpr double kMemoryS = 0.3;

/// By how much the poses of a track must speak against its sides more than for them, in trunk
/// lengths of `side_agreement`: about 20 poses seen from the front. Runs of 21 wrong poses were
/// seen, but not at the start of a track.
constexpr double kOverruled = 10.0;

}  // namespace

bool SideContinuity::align(std::vector<Keypoint>& keypoints, double time_s) {
    if (!last_) {
        last_ = keypoints;
        last_s_ = time_s;
        return false;
    }
    std::vector<Keypoint> exchanged = keypoints;
    exchange_sides(exchanged, skeleton_);
    bool exchange = disagreement(*last_, exchanged, skeleton_) <
                    kClearly * disagreement(*last_, keypoints, skeleton_);
    agreement_ += side_agreement(*last_, keypoints, skeleton_);
    if (agreement_ <= -kOverruled) {
        exchange = false;
        agreement_ = 0;
    }
    if (exchange) {
        keypoints = exchanged;
    }
    const double elapsed = time_s - last_s_;
    if (elapsed > kMemoryS || !is_jump(*last_, keypoints, elapsed, skeleton_)) {
        last_ = keypoints;
        last_s_ = time_s;
    }
    return exchange;
}

void SideContinuity::reset() {
    last_.reset();
    agreement_ = 0;
}

}  // namespace closet
