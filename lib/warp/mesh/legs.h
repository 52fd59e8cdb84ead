#pragma once

#include <array>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/pose.h"
#include "warp/mesh/outline_anchors.h"
#include "warp/mesh/silhouette.h"

namespace closet::mesh {

/// A leg from the hip joint over the knee to the ankle and somewhat beyond, rounded at the knee.
/// Lengths along it are those of cloth: where a bone points at the camera they are longer than what
/// is seen of them. Shown pixels.
class Leg {
  public:
    /// `side`: where the leg is in the picture; `shape` may be null.
    Leg(PictureSide side, const Silhouette& body, const Pose& pose, const BodyShape* shape);

    struct Place {
        cv::Point2d at, normal;  ///< on the bone; unit vector, the direction turned by a quarter
        double negative = 0, positive = 0;  ///< half widths of the leg against and along `normal`
        double usual = 0;                   ///< half width of a usual leg
        double tight = 1e9;  ///< most that cloth may reach to the inner side of the knee's bend
    };
    /// What is `along` the leg from the hip joint; beyond the ends it goes straight on.
    Place place(double along) const;

    cv::Point2d hip() const { return hip_; }
    double to_knee() const { return knee_; }    ///< along the leg
    double to_ankle() const { return ankle_; }  ///< likewise
    /// What is seen of the thigh, of its length seen from the side.
    double thigh_seen() const { return thigh_seen_; }
    /// Direction of the thigh, unit vector.
    cv::Point2d direction() const { return direction_; }
    /// Of the knee, radians, positive towards the normals.
    double bend() const { return bend_; }
    /// How much farther from the camera it is than its own hip, in shoulder widths; mean of knee
    /// and ankle. 0 where the skeleton has no depth.
    double depth() const { return depth_; }
    cv::Point2d ankle() const { return ankle_at_; }

  private:
    void lay(cv::Point2d knee, cv::Point2d ankle, double unit);
    void set_widths(PictureSide side, const Silhouette& body, const BodyShape* shape);

    std::vector<Place> steps_;
    double step_ = 1;  ///< between two of them
    double knee_ = 1, ankle_ = 2, bend_ = 0, depth_ = 0, thigh_seen_ = 1;
    cv::Point2d hip_, direction_, ankle_at_;
};

/// Indexed by PictureSide.
using Legs = std::array<Leg, 2>;

/// How much nearer to the camera the leg on the left of the picture is than the other, in shoulder
/// widths: by depth, or by whose ankle is lower in the picture where the skeleton has none.
double left_nearer(const Legs& legs, const Silhouette& body);

}  // namespace closet::mesh
