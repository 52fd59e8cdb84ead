#pragma once

#include <array>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/pose.h"
#include "warp/mesh/chart.h"
#include "warp/mesh/silhouette.h"
#include "warp/mesh/torso_map.h"

namespace closet::mesh {

/// Lays a sleeve along upper arm and forearm: rounded at the elbow, shortened where the arm points
/// at the camera, as wide as the sleeve hangs and the arm lets it.
class SleeveMap {
  public:
    /// `garment`, which must have that sleeve, must outlive it.
    SleeveMap(const GarmentChart& garment, PictureSide side, const Silhouette& body,
              const TorsoMap& torso, const Pose& pose, const OwnClothes* own = nullptr);

    /// Where a point of the sleeve lies on the picture, shown pixels.
    cv::Point2d at(const SleevePoint& point) const;

    /// The same of a sleeve that is seen from the side: its tip lies on the shoulder's, its head is
    /// round.
    cv::Point2d capped_at(SleevePoint point) const;

    /// A point around the armhole that follows the sleeve by `share` (0..1) and else lies at
    /// `torso` (shown pixels): what the torso gives turns with the arm as well, so that the cloth
    /// bends instead of being drawn together.
    cv::Point2d blend(cv::Point2d torso, const SleevePoint& point, double share) const;

    /// How sure it is that the arm is behind the body, 0 (in front or beside) .. 1; 0 where the
    /// skeleton has no depth.
    double behind_body() const { return behind_; }

    /// How much longer it is than the wearer's own sleeve, 0 (alike, or none is seen) .. 1: what
    /// hangs around the upper arm is not its shape then.
    double outlasts_own() const { return outlasts_own_; }

    /// How much nearer to the camera this sleeve is than another, in shoulder widths: where both
    /// arms cross each other (the forearms' crossing, or the mean of elbows and wrists).
    double nearer_than(const SleeveMap& other) const;

  private:
    struct Bones {
        cv::Point2d start, elbow, wrist;
    };
    /// `cap`: 0 .. 1, how far the sleeve covers the shoulder (Note [Panels]).
    Bones find_bones(const Silhouette& body, const Pose& pose, double cap) const;
    cv::Point2d flat_direction(const TorsoMap& torso) const;
    /// `joint` is the shoulder's, `outwards` points to the sleeve's side of the picture.
    void lay_axis(Bones bones, cv::Point2d joint, cv::Point2d outwards, double unit);
    /// Of a sleeve that ends above the wrist, as its picture tells it: it hangs from the shoulder,
    /// so its outer edge is what lies on the arm in full length; the inner one is gathered under
    /// it.
    double pictured_length(const Silhouette& body, double scale) const;
    void set_length(const Silhouette& body, const TorsoMap& torso, const OwnClothes* own);
    void set_widths(const Silhouette& body, double scale);

    struct Step {
        cv::Point2d at, normal;  ///< shown pixels; unit vector, direction turned by a quarter
        double arm = 0;          ///< 0 .. 1 (elbow) .. 2 (wrist) and beyond
        double tightest = 0;     ///< radius of the bend, shown pixels, signed as the bend
        double negative = 0, positive = 0;  ///< half widths, shown pixels
    };

    const GarmentChart& garment_;
    const SleeveChart& chart_;
    PictureSide side_;
    std::vector<Step> steps_;
    double step_length_ = 1;  ///< of sleeve, shown pixels
    double length_ = 1;       ///< of the whole sleeve, shown pixels
    /// The armhole's middle and ends as the torso has them, shown pixels.
    cv::Point2d armhole_, tip_, armpit_;
    cv::Point2d pivot_, pivot_end_;  ///< of the bend, where the torso and the sleeve have it
    cv::Point2d flat_;               ///< unit vector of the sleeve as the torso alone would lay it
    double sooner_ = 1;              ///< power that narrows the band between torso and sleeve, >= 1
    double turn_ = 0;                ///< of the arm against `flat_` beyond kRaisedFrom, radians
    double elbow_ = 0;               ///< along the sleeve, shown pixels
    double bend_ = 0;                ///< of the elbow, radians, positive towards the normals
    std::array<cv::Point2d, 2> forearm_{};   ///< elbow and wrist, shown pixels
    std::array<double, 2> forearm_depth_{};  ///< behind the shoulders, shoulder widths
    double behind_ = 0;
    double cap_ = 1;                         ///< lengths above the armhole are seen so long
    double head_ = 0;                        ///< the tip as SleevePoint::t, as seen
    double outlasts_own_ = 0, own_end_ = 0;  ///< as OwnClothes::sleeve_end
};

}  // namespace closet::mesh
