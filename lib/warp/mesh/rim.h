#pragma once

#include <array>
#include <vector>

#include <opencv2/core/types.hpp>

#include "warp/by_person.h"
#include "warp/mesh/chart.h"
#include "warp/mesh/panel.h"
#include "warp/mesh/torso_map.h"
#include "warp/wearer.h"

namespace closet::mesh {

/// Finds GarmentChart::rim on `visible` (CV_8UC1, 255 = garment, chart pixels), and Layer::pulls.
void trace_rim(const cv::Mat& visible, const LayerCut& cut, GarmentChart& chart);

/// Note [Rim]
/// Where a garment's edge and that of the wearer's own clothes nearly agree, what is between both
/// would be a thin line of old cloth, or of ground that somebody has to invent. So there the edge
/// is moved onto the old one, which a parser sees to a pixel or two (Wearer::classes).
///
/// From each point of the garment's outline the nearest place is sought, across the outline and no
/// farther than kReach, where the class of own clothes ends. What was found is smoothed along the
/// outline, with a weight for "as it was laid", and over time in the outline's own directions. The
/// mesh follows with what is near the outline; prints and patterns further in stay.
/// Where the own clothes are others, wider or shorter by more than kReach, nothing is moved, nor
/// are a sleeve's sides and cuff to the armhole of a top without sleeves, nor its sides to those of
/// an own sleeve that is shorter.
class RimFit {
  public:
    /// The wearer's own top, by PictureSide: whether it has a sleeve that ends on the arm, and how
    /// much longer the garment's is, 0..1.
    struct OwnSleeve {
        bool on_arm = false;
        double outlasted = 0;
    };

    /// See ByPerson.
    void begin_frame(double seconds, bool scene_start) {
        people_.begin_frame(seconds, scene_start);
        panels_.begin_frame(seconds, scene_start);
    }

    /// Moves `points` (as LaidMesh::points) of a chart whose rim was laid at `rim` (shown pixels,
    /// in the order of GarmentChart::rim). The wearer has a body and classes.
    void fit(const GarmentChart& chart, const Wearer& wearer, const std::vector<cv::Point2d>& rim,
             const std::array<OwnSleeve, 2>& own_sleeves, const Panel& panel,
             std::array<std::vector<cv::Point2d>, kLayers>& points);

    /// Moves the points of the torso's layer where a panel ends on the silhouette, which no outline
    /// of the garment does (Note [Panels]).
    void fit_panel(const GarmentChart& chart, const Wearer& wearer, const TorsoMap& torso,
                   const Panel& panel, std::vector<cv::Point2d>& points);

    static constexpr double kReach = 0.15;          ///< shoulder widths
    static constexpr double kNecklineReach = 0.13;  ///< likewise
    static constexpr double kFollowS = 0.7;         ///< time constant
    static constexpr double kPanelReach = 0.25;     ///< likewise: depths are hardly known
    static constexpr double kPanelFollowS = 0.06;   ///< likewise: bodies turn

    template <class Archive>
    void serialize(Archive& archive) {
        archive(people_, panels_);
    }

  private:
    /// Across the outline, outwards, and along it, shoulder widths.
    using Moved = std::vector<cv::Point2d>;
    ByPerson<Moved> people_;
    ByPerson<std::vector<double>> panels_;  ///< outwards, by row, shoulder widths
};

}  // namespace closet::mesh
