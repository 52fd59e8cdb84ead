#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/body_frame.h"
#include "warp/mesh/finish.h"
#include "warp/mesh/rasterize.h"
#include "warp/mesh/texture.h"
#include "warp/warps.h"
#include "warp/wearer.h"

namespace closet {
namespace mesh {

// A garment as it is painted, before there are pixels. Textures and triangles belong to the warp
// that drew it, and so long as it lives nothing of them changes. Positions are pixels of the
// drawing's rectangle.

/// A waistline beyond which nothing is painted (finish.h).
struct WaistCut {
    OwnClothes line;
    double drop = 0;  ///< of the line, shoulder widths
};

/// A layer, painted over those before it.
struct DrawnLayer {
    const Texture* texture = nullptr;
    std::size_t level = 0;  ///< of the texture
    std::vector<Corner> corners;
    std::span<const Triangle> triangles;  ///< indices of `corners`; none: nothing is seen of it
    double opacity = 1;                   ///< of all that it changes
    bool is_torso = false;                ///< else a sleeve or a leg
    std::optional<Shade> shade;           ///< darkens what is there, before the layer
    std::optional<WaistCut> under;        ///< what lies above goes, once the layer is there
    std::optional<WaistCut> tucked;       ///< what lies below goes then
};

/// One side of a garment.
struct DrawnSide {
    double share = 1;  ///< of the whole, where front and back are mixed
    std::vector<DrawnLayer> layers;
    BodyFrame body;                     ///< of the waistlines
    std::optional<cv::Point2d> crotch;  ///< of trousers, whose slits are closed (finish.h)
    double unit = 1;                    ///< shoulder width, pixels
};

/// One or two sides, whose shares add up to 1.
struct GarmentDrawing {
    cv::Rect where;  ///< shown pixels, even; reaches beyond the picture by one at most
    std::vector<DrawnSide> sides;
};

}  // namespace mesh

/// A warp that can tell what it paints, so that others may paint it (tensor/painter.h).
class DrawingWarp : public GarmentWarp {
  public:
    /// What `warp` would paint; nothing where that gives nothing. Remembers what `warp` would.
    virtual std::optional<mesh::GarmentDrawing> draw(const Wearer& wearer, cv::Size picture) = 0;
    /// The patch of a drawing. Its pixels stay valid until the next call.
    virtual Patch paint(const mesh::GarmentDrawing& drawing) = 0;

    std::optional<Patch> warp(const Wearer& wearer, cv::Size picture) final {
        const std::optional<mesh::GarmentDrawing> drawn = draw(wearer, picture);
        return drawn ? std::optional(paint(*drawn)) : std::nullopt;
    }
    DrawingWarp* drawing() final { return this; }
};

}  // namespace closet
