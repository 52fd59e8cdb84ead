#pragma once

#include <array>
#include <vector>

#include <opencv2/core/types.hpp>

#include "warp/mesh/chart.h"
#include "warp/mesh/panel.h"
#include "warp/mesh/rest.h"
#include "warp/mesh/silhouette.h"
#include "warp/wearer.h"

namespace closet::mesh {

/// Lays the torso's rows across the body: each turns from the shoulder axis to the hip axis on its
/// way down, is as wide as the garment hangs and the silhouette lets it, and the shoulder line
/// rests on the shoulders.
class TorsoMap {
  public:
    /// All must outlive it; the chart is not empty. `own` is where the wearer's own clothes meet
    /// (null: not known): a hem that ends nearly there ends there. `tucked`: 0 .. 1. `longer`:
    /// Turn::longer. `rest`: how it rested in the frames before. `panel`: of a body that is turned.
    TorsoMap(const GarmentChart& chart, const Silhouette& body, const OwnClothes* own = nullptr,
             double tucked = 0, double longer = 1, FollowedRest rest = {}, const Panel& panel = {});

    /// Where a point of the torso lies on the picture, shown pixels; `across`: where it comes to
    /// lie across the row by Note [Turned rows].
    /// `behind`: where it is, else what is turned away lies on the silhouette.
    cv::Point2d at(const TorsoPoint& point, double across, bool behind) const;
    cv::Point2d at(const TorsoPoint& point) const { return at(point, point.across, true); }

    /// The silhouette where a panel ends on it (Note [Panels]), of row i.
    struct Edge {
        cv::Point2d at, outwards;  ///< shown pixels; unit vector
        double half = 0;           ///< from the spine, shown pixels
    };
    Edge edge(std::size_t i) const;

    const Panel& panel() const { return panel_; }
    double scale() const { return scale_; }  ///< shown pixels a chart pixel, across
    /// Likewise along the spine.
    double length_scale() const { return scale_ * stretch_; }
    /// How much longer its wearer's turn makes what hangs below the waist.
    double longer() const { return longer_; }
    /// How much longer lengths of a garment are than `scale` tells that is cut so wide for its
    /// length that its width tells little; at least 1.
    double boxy() const { return boxy_; }

  private:
    struct Row {
        cv::Point2d spine, across;                   ///< shown pixels; unit vector
        double left_natural = 0, right_natural = 0;  ///< half widths as the garment hangs, pixels
        double left = 0, right = 0;  ///< from the spine to the side seams, shown pixels
        PanelRow around;             ///< where Panel::share is not 0

        /// Of a place in half widths, shown pixels.
        double off_spine(double x) const;
    };
    void lay_rows();
    /// Chests and backs bulge: what a panel ends on is nowhere hollow from `from_y` (chart pixels)
    /// down to the armpits.
    void round_out(double from_y);
    /// The level of the body on which a row of the chart comes to lie, shoulder widths.
    double level_of(double y) const;
    /// The row of a point of the torso's layer: far shoulder seams and far halves of necklines are
    /// behind the neck where it is seen from the side, and no higher than its throat.
    double row_below_throat(const TorsoPoint& point) const;
    double natural_level_of(double y) const;
    /// Fits the hem's level to where the own clothes meet.
    void fit_length(const OwnClothes& own, double tucked);
    /// How far the silhouette's top is above each lift point, and how far that is believed.
    std::array<Estimate, 4> gaps() const;

    const GarmentChart& chart_;
    const Silhouette& body_;
    Panel panel_;
    double scale_ = 1, stretch_ = 1;
    double boxy_ = 1, longer_ = 1;
    double length_ = 1;   ///< of the part below kStretchFrom, in its natural length
    double natural_ = 1;  ///< its natural length, shoulder widths
    double shift_ = 0;    ///< of the whole garment down the spine, shoulder widths
    std::vector<Row> rows_;
    double throat_ = 0;             ///< row of the neckline's middle
    double turns_ = 1;              ///< across the neckline, where a panel begins to be turned away
    std::array<double, 4> lift_{};  ///< of the lift points up the spine, shown pixels
};

}  // namespace closet::mesh
