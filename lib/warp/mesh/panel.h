#pragma once

#include <array>
#include <cmath>

#include "core/body_frame.h"
#include "core/curve.h"
#include "core/pose.h"
#include "warp/mesh/outline_anchors.h"

namespace closet::mesh {

/// Note [Panels]
/// Who is seen from the side shows half of a garment's front and half of its back, and the seam
/// where both are sewn together. There front and back are laid both, each as a panel around a body
/// whose cross section is an ellipse: a point of the front at angle a from its middle lies at
/// sin(a + t) of the silhouette's half width, t being the turn as the ellipse has it. What has
/// turned away behind the silhouette lies on it. Depth ends at the shoulders' line, which has none
/// but that of the neck; from there to the armpits what a panel ends on is nowhere hollow. The
/// far half of a neckline and the far shoulder's seam would be behind the neck: they lie no higher
/// than its throat. So a
/// sleeve, which hangs from the seam, begins in the middle of a body in profile; its head is round
/// there. Where the seam is seen beside the body, sleeve and torso are drawn together as from the
/// front. Bodies that are turned less are laid by Note [Turned rows], which prints are measured
/// with; in between both are mixed.

/// How the front or the back of a garment lies around a body.
struct Panel {
    double angle = 0;    ///< of its middle as the ellipse has it, radians; 0: to the camera,
                         ///< positive: to picture-right
    double width = 1;    ///< of a body so turned that is 1 wide from the front
    double share = 0;    ///< 0: by Note [Turned rows] .. 1: by Note [Panels]
    bool below = false;  ///< the other one is painted over it
    double neck = 0.6;   ///< depth of the neck at the shoulders' line over half the row's

    /// How far the sleeve on that side of its own picture is laid as one seen from the side: the
    /// near one hangs from a seam beside the body, 0, or from one that faces the camera, 1.
    double capped(PictureSide side) const {
        return is_far(side) ? share
                            : share * (1 - smoothstep(kBesideFrom, kBesideTo, std::abs(turned())));
    }
    static constexpr double kBesideFrom = 0.3, kBesideTo = 0.7;  ///< as turned()

    /// -1: it faces the camera .. 0: in profile .. 1: it is turned away.
    double turned() const { return -std::cos(angle); }
    /// Whether the side (as PictureSide) of its own picture is the one turned away.
    bool is_far(PictureSide side) const { return (side == PictureSide::kRight) == (angle > 0); }
};

/// The panel of a garment's front, or of its back. Pose::facing was decided in steps; within them
/// the shoulders tell how far the body is turned.
Panel panel_of(const Pose& pose, const BodyFrame& body, bool is_back);

/// A row of a panel.
class PanelRow {
  public:
    PanelRow() = default;
    /// `depth`: 0 (the shoulders' line) .. 1 (the body) at the near side, `far`: at the far one, as
    /// chest and upper back begin at that line already; `neck`: half width of the neck's opening in
    /// half widths of the row.
    PanelRow(const Panel& panel, double depth, double far, double neck);

    /// Where a point `across` the row (-1 .. 1 between the seams) comes to lie between both sides
    /// of the silhouette, what is turned away on it; sleeves lie beyond the seams.
    double at(double across) const;
    /// The same with what is turned away where it is, behind the body.
    double behind(double across) const;
    /// The side of the silhouette that the panel ends on.
    double edge() const { return places_[far_ > 0 ? kSamples - 1 : 0]; }
    /// Moves that out to `times` as far from the spine, and what lies on the same side with it.
    void widen(double times);
    /// The side of the panel's own picture that is turned away: 1 right, -1 left.
    int far() const { return far_; }

  private:
    static constexpr std::size_t kSamples = 33;  ///< by equal angles from seam to seam
    double look_up(const std::array<double, kSamples>& places, double across) const;

    std::array<double, kSamples> places_{}, behind_{};
    int far_ = 1;
    double beyond_ = 1;  ///< what lies beyond the seams is seen shortened so far
};

}  // namespace closet::mesh
