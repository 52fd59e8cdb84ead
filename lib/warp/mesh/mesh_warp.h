#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "warp/garment_warp.h"
#include "warp/mesh/chart.h"
#include "warp/warps.h"

namespace closet {

/// Where the mesh of a garment lies on a person: what is painted, layer by layer.
struct LaidMesh {
    /// Frame pixels, in the order of GarmentChart::layer[i].vertices.
    std::array<std::vector<cv::Point2d>, mesh::kLayers> points;
    std::array<std::size_t, mesh::kLayers> order{};  ///< layers, the farthest first
    double scale = 1;                                ///< frame pixels a garment pixel
    double unit = 1;                                 ///< shoulder width, frame pixels
    /// Shoulder joints by PictureSide: sleeves cast no shadow close to them.
    std::array<cv::Point2d, 2> shoulder;
    /// Where a tucked garment ends: a point of the waist and the unit vector down from it.
    cv::Point2d waist, below;
};

/// Torso and sleeves as triangulated meshes that the bones move: the torso follows shoulders, hips
/// and silhouette (Pose::shape, where there is one), the sleeves the arms. Sleeves lie over the
/// torso, the nearer one on top, or behind it where the arm is.
///
/// The garment is never mirrored: what is on the left of its picture goes to the left of the frame.
/// A person who turns the back wears the front's picture there, as readable as in front; turning
/// further, garment and sleeves only become narrower.
class MeshWarp final : public GarmentWarp {
  public:
    /// Throws ConfigError where anchors cross or cannot be found (mesh/outline_anchors.h).
    MeshWarp(std::shared_ptr<const Garment> garment, const GarmentWarpOptions& options);

    std::optional<Patch> warp(const Pose& pose, const FrameGeometry& frame) override;

    /// The geometry alone; nothing where `warp` would give nothing, except for garments that lie
    /// out of the picture.
    std::optional<LaidMesh> lay(const Pose& pose, const FrameGeometry& frame) const;

    const mesh::GarmentChart& chart() const { return chart_; }

  private:
    void paint_layer(std::size_t layer, const LaidMesh& mesh, cv::Point offset, cv::Mat& canvas);
    void cast_shadow(std::size_t layer, const LaidMesh& mesh, cv::Point offset, cv::Mat& canvas);

    GarmentWarpOptions options_;
    mesh::GarmentChart chart_;
    std::vector<mesh::Corner> corners_;  ///< of the layer that is being painted
    cv::Mat canvas_;                     ///< pixels of the last patch; grows, never shrinks
};

}  // namespace closet
