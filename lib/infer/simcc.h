#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace closet {

/// Bins of SimCC's axes a pixel of the network's input (simcc_split_ratio of RTMPose's configs).
inline constexpr int kSimccBinsPerPixel = 2;

/// A keypoint as SimCC's two axes give it.
struct SimccPoint {
    float x = 0;      ///< pixels of the network's input; -0.5 where rejected
    float y = 0;      ///< pixels of the network's input; -0.5 where rejected
    float score = 0;  ///< the lower of the two peaks, as the network gives it: may exceed 1; a
                      ///< point whose score is not above 0 is rejected

    bool accepted() const { return score > 0.0F; }
};

/// Reads keypoints off the logits along each axis, as MMPose does (SimCCLabel.decode without
/// refinement): the first highest bin of each axis, and the lower of both peaks as the score. A
/// point with a logit that is no finite number is rejected with a score of 0.
///
/// `x`, `y`: `points` rows of bins each. Throws ModelError where they cannot be cut into as many
/// equal rows.
std::vector<SimccPoint> decode_simcc(std::span<const float> x, std::span<const float> y,
                                     std::size_t points);

}  // namespace closet
