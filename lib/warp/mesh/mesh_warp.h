#pragma once

#include <array>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "warp/mesh/chart.h"
#include "warp/mesh/drawing.h"
#include "warp/mesh/panel.h"
#include "warp/mesh/rest.h"
#include "warp/mesh/rim.h"
#include "warp/mesh/turn.h"
#include "warp/occlusion/scene_light.h"

namespace closet {

/// Where the mesh of a garment lies on a person: what is painted, layer by layer.
struct LaidMesh {
    double away = 0;    ///< 0: the garment's front is seen .. 1: its back
    mesh::Panel panel;  ///< of the front or back, whichever was laid
    /// Shown pixels, in the order of GarmentChart::layer[i].vertices.
    std::array<std::vector<cv::Point2d>, mesh::kLayers> points;
    /// What is painted one after the other: a layer and how opaque. Where depth does not tell which
    /// of two is in front, the farther one is painted again in part: nothing jumps when they change
    /// places.
    struct Step {
        std::size_t layer = 0;
        double opacity = 1;
    };
    std::vector<Step> steps;
    double scale = 1;  ///< shown pixels a garment pixel
    double unit = 1;   ///< shoulder width, shown pixels
    /// Shoulder joints by PictureSide: sleeves cast no shadow close to them.
    std::array<cv::Point2d, 2> shoulder;
    /// Where a tucked garment ends, on which body, and how far below (shoulder widths) it is cut.
    std::optional<OwnClothes> under;  ///< the wearer's own top hangs down to here
    std::optional<OwnClothes> tucked;
    BodyFrame body;
    double drop = 0;
    std::optional<cv::Point2d> crotch;  ///< of trousers, shown pixels
};

/// Torso and sleeves as triangulated meshes that the bones move: the torso follows shoulders, hips
/// and silhouette (Pose::shape, where there is one), the sleeves the arms. Sleeves lie over the
/// torso, the nearer one on top, or behind it where the arm is.
///
/// The garment is never mirrored: what is on the left of its picture goes to the left of the frame.
/// On a turned body the front moves with the chest; who turns the back wears a back that is made up
/// from the front (mesh/back.h). In between tops show half of either (mesh/panel.h) where the turn
/// was decided over time; else, and of other garments, both are mixed (mesh/turn.h).
class MeshWarp final : public DrawingWarp {
  public:
    /// Throws ConfigError where anchors cross or cannot be found (mesh/outline_anchors.h).
    MeshWarp(std::shared_ptr<const Garment> garment, const GarmentWarpOptions& options);

    void begin_frame(double seconds, bool scene_start) override;
    bool take_light(const LightGains& gains) override {
        light_ = gains;
        return true;
    }
    std::optional<mesh::GarmentDrawing> draw(const Wearer& wearer, cv::Size picture) override;
    Patch paint(const mesh::GarmentDrawing& drawing) override;
    void save_state(std::ostream& to) const override;
    void load_state(std::istream& from) override;

    /// The geometry of the front alone, as bones and silhouette have it, before its rim goes where
    /// the wearer's own clothes end; nothing where `warp` would give nothing, except for garments
    /// that lie out of the picture. `turns`, `rests`: those of the frames before, null: there are
    /// none.
    std::optional<LaidMesh> lay(const Wearer& wearer, cv::Size picture,
                                mesh::TurnFollower* turns = nullptr,
                                mesh::RestFollower* rests = nullptr) const;

    /// The chart of the front.
    const mesh::GarmentChart& chart() const { return chart_; }

  private:
    /// `back`: the chart of the back, which is made meanwhile.
    MeshWarp(const Garment& garment, const GarmentWarpOptions& options,
             std::future<mesh::GarmentChart> back);

    /// `rim`: null where it stays as it is laid; `turns`, `rests`: null where nothing is
    /// remembered.
    std::optional<LaidMesh> lay_chart(const mesh::GarmentChart& chart, const Wearer& wearer,
                                      cv::Size picture, mesh::RimFit* rim,
                                      mesh::TurnFollower* turns, mesh::RestFollower* rests) const;
    void paint_side(const mesh::DrawnSide& side, cv::Point offset, cv::Mat& canvas);
    /// The canvas's part of a size, cleared; it grows where it must.
    static cv::Mat cleared(cv::Mat& canvas, cv::Size size);

    GarmentWarpOptions options_;
    mesh::GarmentChart chart_, back_;
    mesh::TurnFollower turns_;
    mesh::RestFollower rests_, back_rests_;
    mesh::RimFit rim_, back_rim_;
    LightGains light_{1.0F, 1.0F, 1.0F};
    cv::Mat canvas_;  ///< pixels of the last patch; grows, never shrinks
    cv::Mat behind_;  ///< those of the back where both are mixed
    cv::Mat layer_;   ///< those of a layer that is painted in part
};

}  // namespace closet
