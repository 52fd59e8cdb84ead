#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/body_frame.h"

namespace closet {

/// Note [Body shape]
/// The silhouette of a person around the bones, free of the garment, of position, size and turn of
/// the picture, so that shapes of different moments may be mixed and smoothed. All lengths are in
/// shoulder widths (BodyFrame::unit), all sides are the wearer's as the keypoints name them.
///
/// Rows. Level v runs along the spine from kFirstRow to kLastRow; v = 0 is the shoulder axis,
/// positive is down. From BodyFrame::spine(v), the half width is the distance along
/// +BodyFrame::row(v) (left) or -row(v) (right) to where the silhouette of the TORSO ends: where
/// an arm lies on that edge, its certainty is low or 0.
///
/// Tops. At lateral position x, kFirstTop .. kLastTop, positive to the wearer's left: from the
/// point middle + row(0) * x * unit straight up (against BodyFrame::down) to the end of the
/// silhouette. Negative where that point is above the silhouette already. Hair and raised arms are
/// not shoulders: there the certainty is 0.
///
/// Arms. Parameter t runs from the shoulder joint (0) over the elbow (1) to the wrist (2), in
/// equal steps on each bone. `outer` is the distance from the bone along BodyFrame::outer(side,
/// direction) to the end of the silhouette, `inner` the distance the other way, perpendicular to
/// the bone; within kElbowBlend of the elbow the direction turns from one bone to the other.
/// Where the arm lies on or beside the body, the certainty is 0.
///
/// Certainty 1 means seen directly, 0 that nothing is known: the value then means nothing and
/// readers put a prior in its place; between, readers mix value and prior.

/// A length and how sure it is, 0..1.
struct Measure {
    float value = 0;      ///< shoulder widths; finite
    float certainty = 0;  ///< 0..1
};

struct BodyShape {
    static constexpr std::size_t kRows = 49;
    static constexpr double kFirstRow = -0.2, kLastRow = 2.2;  ///< steps of 0.05
    static constexpr std::size_t kTops = 13;
    static constexpr double kFirstTop = -0.6, kLastTop = 0.6;  ///< steps of 0.1
    static constexpr std::size_t kArmRows = 17;                ///< t = 0 .. 2, steps of 1/8
    static constexpr double kElbowBlend = 0.22;                ///< in t, on either side

    struct Arm {
        std::array<Measure, kArmRows> outer, inner;
    };

    std::array<std::array<Measure, kRows>, 2> half_width;  ///< indexed by Side
    std::array<Measure, kTops> top;
    std::array<Arm, 2> arm;  ///< indexed by Side

    static constexpr double row_level(std::size_t i) {
        return kFirstRow + (kLastRow - kFirstRow) * static_cast<double>(i) / (kRows - 1);
    }
    static constexpr double top_position(std::size_t i) {
        return kFirstTop + (kLastTop - kFirstTop) * static_cast<double>(i) / (kTops - 1);
    }
    static constexpr double arm_parameter(std::size_t i) {
        return 2.0 * static_cast<double>(i) / (kArmRows - 1);
    }
};

struct WeightedShape {
    const BodyShape* shape = nullptr;  ///< null: nothing was measured at that moment
    float weight = 0;                  ///< >= 0; only the ratio of weights counts
};

/// The mean of shapes: values weighted by weight x certainty, certainties by weight, null shapes
/// counting as certainty 0. All certainties are 0 where no weight is positive.
BodyShape mix(std::span<const WeightedShape> shapes);

}  // namespace closet
