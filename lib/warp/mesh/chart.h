#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/garment.h"
#include "warp/mesh/curve.h"
#include "warp/mesh/layers.h"
#include "warp/mesh/lower_chart.h"
#include "warp/mesh/rasterize.h"
#include "warp/mesh/texture.h"

namespace closet::mesh {

/// A point in the torso's coordinates.
struct TorsoPoint {
    double row = 0;     ///< index into GarmentChart::rows, fractional
    double across = 0;  ///< -1 at the picture-left side seam, 0 on the axis, 1 at the right seam
    Between lift;       ///< between which of the four lift points it lies
    double lifted = 0;  ///< share of the lift that it takes part in: 1 at the shoulder, 0 below
};

/// A point in a sleeve's coordinates.
struct SleevePoint {
    double t = 0;       ///< along: 0 at the armhole, 1 at the cuff
    double across = 0;  ///< -1 .. 1 between the sleeve's edges
};

/// A corner of the mesh with all that does not depend on the body.
struct Vertex {
    cv::Point2d garment;  ///< garment pixels
    TorsoPoint torso;
    std::array<SleevePoint, 2> sleeve;     ///< indexed by PictureSide
    std::array<double, 2> sleeve_share{};  ///< how far it follows each sleeve, 0..1
    LowerPoint lower;                      ///< used where the chart has a lower part
};

/// What a piece of the outline is; sides as in PictureSide.
enum class RimPart { kLeftCuff, kRightCuff, kNeckline, kSleeveSide, kOther };

/// A point of the garment's outline.
struct RimPoint {
    Vertex vertex;
    std::size_t layer = 0;              ///< in which it lies
    std::size_t before = 0, after = 0;  ///< neighbors on the same outline; outwards is to the right
    RimPart part = RimPart::kOther;
};

/// How far a point of the rim moves a vertex, 0..1.
struct RimShare {
    std::uint32_t point;
    float share;
};

/// One of the garment's layers (layers.h): its picture and its mesh.
struct Layer {
    Texture texture;
    std::vector<Vertex> vertices;
    std::vector<Triangle> triangles;
    std::vector<Triangle> coarse;  ///< the same for small pictures (coarse.h)
    /// What moves vertex i: pulls[first_pull[i]] up to pulls[first_pull[i + 1]] (rim.h).
    std::vector<std::uint32_t> first_pull;
    std::vector<RimShare> pulls;
};

/// One row of the torso, from top to bottom.
struct TorsoRow {
    double y = 0;                ///< chart pixels
    double left = 0, right = 0;  ///< from the axis to the side seams, chart pixels, positive
    /// 0 at the shoulder tips and above .. 1 from the armpits on: follows the body.
    double fit = 0;
};

/// A sleeve as it lies in the garment's picture.
struct SleeveChart {
    static constexpr std::size_t kSlices = 17;
    cv::Point2d start;   ///< the armhole's middle, chart pixels
    cv::Point2d along;   ///< unit vector to the cuff's middle
    double length = 0;   ///< chart pixels
    double armhole = 0;  ///< tip to armpit, chart pixels
    /// The edges' distances from the axis, chart pixels, positive on the side of
    /// quarter_turn(along).
    std::array<double, kSlices> low{}, high{};

    /// The coordinates of a point in chart pixels; beyond the ends `t` goes on, widths stay.
    SleevePoint at(cv::Point2d p) const;
};

/// A garment prepared for the mesh warp: its charts and its layers' meshes. Lengths are in chart
/// pixels: those of the garment's picture shrunk to at most kChartSide.
struct GarmentChart {
    static constexpr int kChartSide = 1024;
    static constexpr double kCellPx = 12;  ///< of the mesh, for a chart of that size

    /// Throws ConfigError as find_outline_anchors does, and for a garment of which less than
    /// kLeastPx x kLeastPx can be seen. Nothing visible at all is fine: no layer has triangles.
    explicit GarmentChart(const Garment& garment);
    static constexpr int kLeastPx = 8;

    /// Nothing of the garment is visible.
    bool empty() const { return rows.empty(); }

    /// The torso's coordinates of a point in chart pixels, of a chart that is not empty.
    TorsoPoint torso_at(cv::Point2d p) const;

    /// All coordinates of a point in chart pixels that belongs to a layer.
    Vertex vertex_at(cv::Point2d p, std::size_t of_layer) const;

    bool covers_torso = true;         ///< else `anchors` to `sleeve` mean nothing
    std::optional<LowerChart> lower;  ///< of what covers hips or legs
    OutlineAnchors anchors;           ///< chart pixels
    double scale = 1;                 ///< chart pixels a garment pixel
    double chest = 1;                 ///< width under the arms, chart pixels
    double aspect = 1;                ///< tip to hem in chests
    double tip_y = 0;                 ///< mean of both shoulder tips, chart pixels
    std::vector<TorsoRow> rows;
    std::array<cv::Point2d, 4> lift;  ///< tip, neck, neck, tip, from picture-left, chart pixels
    std::array<std::optional<SleeveChart>, 2> sleeve;  ///< indexed by PictureSide
    std::array<Layer, kLayers> layer;
    std::vector<RimPoint> rim;  ///< the outline, one closed line after the other

  private:
    void measure_torso(const LayerCut& cut);
    double sleeve_share(cv::Point2d p, std::size_t side, std::size_t layer) const;
    void build_layer(std::size_t index, const LayerCut& cut, const Garment& garment);

    /// x of the symmetry axis, chart pixels.
    double axis() const { return covers_torso ? anchors.axis : lower->anchors.axis; }

    double cell_ = kCellPx;
};

}  // namespace closet::mesh
