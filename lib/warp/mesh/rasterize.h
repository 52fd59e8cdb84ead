#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet::mesh {

/// A corner of a triangle: where it lies on the canvas and what it shows.
struct Corner {
    cv::Point2d at;       ///< canvas pixels, pixel centers at integers
    cv::Point2f texture;  ///< pixels of the texture, pixel centers at integers
};

using Triangle = std::array<std::uint32_t, 3>;  ///< indices of corners, turning either way

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

/// A layer of a garment, ready to be sampled at any scale below its own: the picture and its
/// halves, colors multiplied by alpha so that interpolation finds no foreign color.
struct Texture {
    /// Transparent pixels around each level: interpolation needs no bounds checks within.
    static constexpr int kBorder = 2;

    cv::Rect where;              ///< the layer within the garment's picture, garment pixels
    std::vector<cv::Mat> level;  ///< CV_8UC4, R G B A premultiplied, within the border

    /// The level that is shrunk by 0.5 to 1 at `scale` shown pixels a garment pixel: no aliasing,
    /// no more blur than needed.
    std::size_t level_for(double scale) const;

    /// A point of the garment's picture (pixel centers at integers) in a level's own coordinates,
    /// border included.
    cv::Point2d position(cv::Point2d garment, std::size_t at_level) const;
};

/// The layer of `rgba` (CV_8UC4, straight alpha) that `weight` (CV_8UC1, same size; 255 = all of
/// the pixel) selects, cut to `where`, which may reach beyond the picture (transparent there).
Texture make_texture(const cv::Mat& rgba, const cv::Mat& weight, const cv::Rect& where);

}  // namespace closet::mesh
