#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "warp/mesh/coarse.h"

namespace closet::mesh {

/// A corner of a triangle: where it lies on the canvas and what it shows.
struct Corner {
    cv::Point2d at;       ///< canvas pixels, pixel centers at integers
    cv::Point2f texture;  ///< pixels of the texture, pixel centers at integers
};

/// Paints triangles over `canvas` (CV_8UC4, premultiplied) by bilinear interpolation of `texture`
/// (CV_8UC4, premultiplied).
///
/// A pixel belongs to a triangle by its center, and to exactly one of two that share an edge: each
/// edge is walked from its upper end with the same integers for both (Note [Edges]), so meshes
/// have neither cracks nor pixels that are painted twice. Nothing outside the canvas is touched,
/// wherever the corners lie; triangles with a corner that is not finite or more than
/// `kFarthestPx` away are left out. All texture coordinates must lie within
/// [0, size - 2] of the texture.
void rasterize(std::span<const Corner> corners, std::span<const Triangle> triangles,
               const cv::Mat& texture, cv::Mat& canvas);

/// A convex part of a mesh: its corners all around. Of a triangle the last one comes twice.
struct Shape {
    std::array<Corner, 4> corners;
};

/// What `rasterize` paints, in its order: pairs of triangles that make a convex quadrilateral, and
/// single triangles. None where it leaves triangles out.
std::vector<Shape> shapes_of(std::span<const Corner> corners, std::span<const Triangle> triangles);

}  // namespace closet::mesh
