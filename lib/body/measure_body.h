#pragma once

#include <optional>

#include <opencv2/core/types.hpp>

#include "core/body_frame.h"
#include "core/pose.h"

namespace closet {

struct MeasureOptions {
    float min_score = 0.3F;  ///< 0..1, keypoints with a lower score are not relied on

    /// The picture's size in shown pixels: a mask that ends at its border tells nothing. Empty:
    /// unknown.
    cv::Size frame{};
};

/// Measures the silhouette of a person around the bones, from Pose::mask and the keypoints, by rays
/// to where the mask's probability falls below one half: see Note [Body shape] for what is measured
/// and Note [Certainty] in measuring.h for how far it is believed.
///
/// Nothing where the pose has no mask or no BodyFrame, where a shoulder width is less than
/// `kLeastMaskPixels` of the mask, or where nothing could be measured. Keypoints and mask may hold
/// anything; nothing outside the mask is read. Takes about 0.1 ms.
std::optional<BodyShape> measure_body(const Pose& pose, const MeasureOptions& options = {});

/// Below, half a mask pixel is more than a tenth of the shoulder width.
inline constexpr double kLeastMaskPixels = 5.0;

}  // namespace closet
