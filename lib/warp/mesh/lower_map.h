#pragma once

#include <array>
#include <optional>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/pose.h"
#include "warp/mesh/legs.h"
#include "warp/mesh/lower_chart.h"
#include "warp/mesh/silhouette.h"
#include "warp/mesh/turn.h"
#include "warp/wearer.h"

namespace closet::mesh {

/// Lays what hangs below the waist. The waistband lies around the waist and the hips follow the
/// silhouette. Trousers go on along both legs and bend with the knees; a skirt hangs around both,
/// as wide as they and its own cut need, and its hem swings with them.
class LowerMap {
  public:
    /// Where the torso of the same garment ends: its waist as TorsoMap lays it.
    struct Waist {
        cv::Point2d at;     ///< on the axis, shown pixels
        double scale = 1;   ///< shown pixels a chart pixel, down the spine
        double across = 1;  ///< likewise across
    };

    /// All must outlive it. `waist`: of garments that cover the torso as well. `own`: where the
    /// wearer's clothes meet: a waistband that is seen is where the new one is worn, and a hem that
    /// would nearly lie on theirs does.
    LowerMap(const LowerChart& chart, const Silhouette& body, const Pose& pose,
             const std::optional<Waist>& waist, const std::optional<OwnClothes>& own,
             const Turn& turn);

    /// Where a point lies on the picture, shown pixels.
    cv::Point2d at(const LowerPoint& point) const;

    double scale() const { return scale_; }  ///< shown pixels a chart pixel, down the hips
    /// See closet::mesh::left_nearer.
    double left_nearer() const { return mesh::left_nearer(legs_, body_); }

  private:
    struct Row {
        cv::Point2d middle, across;  ///< shown pixels; unit vector to the right of the picture
        double left = 0, right = 0;  ///< from the middle to the edges, shown pixels
        double along = 0;            ///< down the legs from the hip joints, shown pixels
        std::array<cv::Point2d, 2> leg_left, leg_right;  ///< edges of each leg, shown pixels
    };
    double hip_level() const;
    void find_scale(const std::optional<Waist>& waist);
    double longer_to_own(double length, double above, const std::optional<OwnClothes>& own) const;
    void lay_levels(const std::optional<Waist>& waist, const std::optional<OwnClothes>& own);
    void lay_pelvis();
    void lay_skirt();
    void lay_legs();
    void bend_hips();
    cv::Point2d pelvis_at(const LowerPoint& point) const;
    cv::Point2d onto_leg(cv::Point2d pelvis, const LowerPoint& point) const;

    /// How a leg turns against the pelvis.
    struct Hip {
        double turn = 0;               ///< radians
        double sooner = 1;             ///< power that narrows the band between both, >= 1
        cv::Point2d pivot, pivot_end;  ///< of the bend, where pelvis and leg have it, shown pixels
    };

    const LowerChart& chart_;
    const Silhouette& body_;
    Legs legs_;
    Turn turn_;
    double scale_ = 1, leg_scale_ = 1;  ///< shown pixels a chart pixel, down hips or skirt and legs
    double across_ = 1;                 ///< likewise across
    std::vector<double> level_;         ///< of each row on the spine, shoulder widths
    std::vector<Row> rows_;
    std::array<Hip, 2> hip_;  ///< indexed by PictureSide
};

}  // namespace closet::mesh
