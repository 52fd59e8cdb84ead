#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "core/body_frame.h"
#include "core/pose.h"
#include "warp/mesh/outline_anchors.h"

namespace closet::mesh {

/// A length in shoulder widths and how far it was measured: 0 a prior .. 1 seen.
struct Estimate {
    double value = 0;
    double seen = 0;
};

/// The body as the charts ask for it: sides by the frame's picture, measurements and priors mixed.
class Silhouette {
  public:
    /// `body` is copied; `shape` may be null: nothing was measured, priors take its place.
    /// `left_sleeve_on_right`: whether the sleeve on the right of the garment's picture is worn on
    /// the left arm; by default as the shoulders are seen.
    Silhouette(const BodyFrame& body, const BodyShape* shape,
               std::optional<bool> left_sleeve_on_right = std::nullopt);

    /// The coordinate system that all lengths and levels here are in.
    const BodyFrame& body() const { return body_; }

    /// Whose side is seen on a side of the picture (as it is upright for the person). Garments are
    /// never put on mirrored: who turns the back wears the front's picture there.
    Side side_of(PictureSide side) const {
        return (side == PictureSide::kRight) == left_is_right_ ? Side::kLeft : Side::kRight;
    }

    /// On whose arm the sleeve is worn that is on a side of the garment's picture. Where shoulders
    /// pass each other in profile it stays on its arm.
    Side arm_of(PictureSide sleeve) const {
        return (sleeve == PictureSide::kRight) == left_sleeve_on_right_ ? Side::kLeft
                                                                        : Side::kRight;
    }

    /// Unit vector along which cloth lies across the torso at level v, towards picture-right: it
    /// hangs from the line through both shoulders and turns to BodyFrame::row by the ribs.
    cv::Point2d row(double v) const;

    /// From the spine to the torso's edge at level v, both in shoulder widths.
    Estimate half_width(PictureSide side, double v) const;

    /// From the spine to the shoulder joint, across the spine, in shoulder widths; that of a body
    /// seen from the side where less is seen.
    double shoulder_half_width(PictureSide side) const;

    /// How far the top of shoulders and neck lies above a point (shown pixels), in shoulder widths.
    Estimate top_above(cv::Point2d at) const;

    /// An arm at t = 0 (shoulder) .. 1 (elbow) .. 2 (wrist) .. 2.2: half of its width, and how far
    /// its middle lies beside the bone, on the side of the arm's direction turned by a quarter.
    struct ArmWidth {
        double half = 0, middle = 0;
    };
    ArmWidth arm(PictureSide side, double t) const;
    /// The same where a sleeve hangs around the arm down to `bare_from`: no wider than what is seen
    /// there tells of the arm.
    ArmWidth bare_arm(PictureSide side, double t, double bare_from) const;

  private:
    void measure_torso(const BodyShape* shape);
    void measure_arms(const BodyShape* shape);
    void draw_in_shoulders(const BodyShape& shape);
    void measure_tops(const BodyShape& shape);
    cv::Point2d to_picture_right(cv::Point2d v) const { return left_is_right_ ? v : -v; }

    BodyFrame body_;
    bool left_is_right_ = true;  ///< the wearer's left is on the right of the picture
    bool left_sleeve_on_right_ = true;
    std::array<std::vector<double>, 2> half_, half_seen_;  ///< rows of BodyShape, by PictureSide
    std::array<Estimate, BodyShape::kTops> top_{};         ///< as in BodyShape
    std::array<std::vector<double>, 2> arm_half_, arm_middle_;  ///< by PictureSide
};

}  // namespace closet::mesh
