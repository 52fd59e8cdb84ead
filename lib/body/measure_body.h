#pragma once

#include <optional>

#include <opencv2/core/types.hpp>

#include "core/body_frame.h"
#include "core/pose.h"

namespace closet {

/// Note [Certainty]
/// Lengths here are in shoulder widths, levels of the prior in torso lengths. What is smooth in
/// the keypoints stays smooth: certainties fade instead of switching, so that shapes of
/// neighboring frames can be mixed without flicker.
///
/// Rows: 1 where the ray leaves the silhouette outside of the arms. Where an arm covers that end
/// the torso's edge lies somewhere between where the ray enters the arm and where it leaves the
/// silhouette: the prior within these bounds, at a low certainty, or where Pose::labels tell torso
/// from arms, their border. Where the silhouette goes on well beyond the arm, the arm lies in front
/// of the torso and the end is the torso's again. Above the armpit the silhouette is that of the
/// shoulders: next to nothing. Below the hips an end that is far too near is the inner side of a
/// leg: 0. No end, no certainty.
///
/// Tops: 1 near the usual height over the shoulder axis, 0 for heights that hair, hands or raised
/// arms make. Where labels tell hair, 0 there; else the higher one of a pair that differs is hair.
///
/// Arms: 1 near the usual thickness, 0 far from it (then the ray met the body, or cloth that
/// hangs), on top of the torso where no labels tell them apart, on the other arm, for arms that
/// point at the camera and for joints that are hardly seen. An outer edge nearer than usual is
/// believed: the network's bone lies beside the arm's middle, or beside the person (negative).

/// How a silhouette is measured.
struct MeasureOptions {
    float min_score = 0.3F;  ///< 0..1, keypoints with a lower score are not relied on

    /// The picture's size in shown pixels: a mask that ends at its border tells nothing. Empty:
    /// unknown.
    cv::Size frame{};

    template <class Archive>
    void serialize(Archive& archive) {
        archive(min_score, frame);
    }
};

/// Measures the silhouette of a person around the bones, from Pose::mask, the keypoints and, where
/// they are there, Pose::labels, by rays to where the mask's probability falls below one half: see
/// Note [Body shape] for what is measured and Note [Certainty] for how far it is believed.
///
/// Nothing where the pose has no mask or no BodyFrame, where a shoulder width is less than
/// `kLeastMaskPixels` of the mask, or where nothing could be measured. Keypoints and mask may hold
/// anything; nothing outside the mask is read. Takes about 0.1 ms.
std::optional<BodyShape> measure_body(const Pose& pose, const MeasureOptions& options = {});

/// Below, half a mask pixel is more than a tenth of the shoulder width.
inline constexpr double kLeastMaskPixels = 5.0;

}  // namespace closet
