#pragma once

#include <array>
#include <optional>

#include "body/arm_capsules.h"
#include "body/mask_rays.h"
#include "core/body_frame.h"
#include "core/pose.h"

namespace closet::body {

/// Note [Certainty]
/// Lengths here are in shoulder widths, levels of the prior in torso lengths. What is smooth in
/// the keypoints stays smooth: certainties fade instead of switching, so that shapes of
/// neighbouring frames can be mixed without flicker.
///
/// Rows: 1 where the ray leaves the silhouette outside of the arms. Where an arm covers that end
/// the torso's edge lies somewhere between where the ray enters the arm and where it leaves the
/// silhouette: the prior within these bounds, at a low certainty. Where the silhouette goes on well
/// beyond the arm, the arm lies in front of the torso and the end is the torso's again. Above the
/// armpit the silhouette is that of the shoulders: next to nothing. Below the hips an end that is
/// far too near is the inner side of a leg: 0. No end, no certainty.
///
/// Tops: 1 near the usual height over the shoulder axis, 0 for heights that hair, hands or raised
/// arms make; the higher one of a pair that differs is hair as well.
///
/// Arms: 1 near the usual thickness, 0 far from it (then the ray met the body, or cloth that
/// hangs), on top of the torso, on the other arm, for arms that point at the camera and for joints
/// that are hardly seen.

/// How near to an arm another thing counts as touched by it: 0 certainty at the first distance,
/// full at the second, shoulder widths.
inline constexpr double kNearArmFrom = 0.0, kNearArmTo = 0.05;

/// The parts of a measurement. `body` and `rays` must outlive it.
class Measuring {
  public:
    Measuring(const Pose& pose, const BodyFrame& body, const MaskRays& rays, float min_score);

    /// The half width at level v.
    Measure row(Side side, double v) const;

    /// All tops: pairs are compared.
    std::array<Measure, BodyShape::kTops> tops() const;

    /// The half width of an arm at parameter t; outward: 1, or -1 for the inner side.
    Measure arm(Side side, double t, double outward) const;

  private:
    using Ray = MaskRays::Ray;

    double lateral(cv::Point2d at) const;
    double height(cv::Point2d at) const;
    double usual_half_width(Side side, double level) const;
    std::optional<double> torso_edge(const Ray& ray, bool inside, bool legs) const;
    double axis_over(cv::Point2d at) const;
    double lifted(double x) const;
    Measure top(double x, double& over_axis) const;
    double free_of_torso(Side side, cv::Point2d at) const;

    const BodyFrame& body_;
    const MaskRays& rays_;
    std::array<ArmBones, 2> arms_;  ///< indexed by Side
    ArmCapsules capsules_;
};

/// `certainty` 0 stands for nothing known, whatever the value.
inline Measure measured(double value, double certainty) {
    return certainty > 0 ? Measure{static_cast<float>(value), static_cast<float>(certainty)}
                         : Measure{};
}

}  // namespace closet::body
