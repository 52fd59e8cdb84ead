#pragma once

#include <array>
#include <optional>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/body_frame.h"
#include "core/pose.h"

namespace closet {

/// The joints of an arm, shown pixels. What is not reliable is not there.
struct ArmBones {
    cv::Point2d shoulder;
    std::optional<cv::Point2d> elbow;
    std::optional<cv::Point2d> wrist;  ///< only together with the elbow
    double elbow_trust = 0;            ///< 0 at the least score that is relied on, 1 well above it
    double wrist_trust = 0;            ///< likewise, at most that of the elbow
};

/// The bones of one arm. `body` is the frame of the same pose; elbow and wrist need a score of
/// `min_score`, 0..1.
ArmBones arm_bones(const Pose& pose, const BodyFrame& body, Side side, float min_score);

/// Arms and hands as thick lines: where the silhouette may be theirs instead of the torso's.
class ArmCapsules {
  public:
    /// Which part of an arm.
    enum class Part { kWhole, kForearm };

    /// `arms` are indexed by Side; nothing is kept of the arguments.
    ArmCapsules(const std::array<ArmBones, 2>& arms, const BodyFrame& body);

    /// Distance from a point (shown pixels) to the nearest arm in shoulder widths; negative
    /// inside, a large number where no arm is known.
    double distance(cv::Point2d at, Part part = Part::kWhole) const;
    /// The same for the arm of one side.
    double distance(cv::Point2d at, Side side, Part part = Part::kWhole) const;

    /// The first r in 0..end where from + r * direction is in an arm; direction is a unit vector, r
    /// in shoulder widths.
    std::optional<double> first_hit(cv::Point2d from, cv::Point2d direction, double end,
                                    Part part = Part::kWhole) const;

  private:
    struct Capsule {
        Part part;
        cv::Point2d from, along;        ///< shown pixels
        double inverse_square = 0;      ///< 1 / |along|^2; 0 for a point
        double radius = 0, widens = 0;  ///< shoulder widths at `from`, and what is added to `to`
    };
    void add(Side side, Part part, cv::Point2d from, cv::Point2d to, double radius, double end);

    double unit_;
    std::array<std::vector<Capsule>, 2> capsules_;  ///< indexed by Side
};

}  // namespace closet
