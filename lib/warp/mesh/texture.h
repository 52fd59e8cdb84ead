#pragma once

#include <cstddef>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet::mesh {

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
    cv::Point2d position(cv::Point2d garment, std::size_t at_level) const {
        const double shrink = 1.0 / static_cast<double>(1U << at_level);
        return {(garment.x - where.x + 0.5) * shrink - 0.5 + kBorder,
                (garment.y - where.y + 0.5) * shrink - 0.5 + kBorder};
    }
};

/// The layer of `rgba` (CV_8UC4, straight alpha) that `weight` (CV_8UC1, same size; 255 = all of
/// the pixel) selects, cut to `where`, which may reach beyond the picture (transparent there).
Texture make_texture(const cv::Mat& rgba, const cv::Mat& weight, const cv::Rect& where);

}  // namespace closet::mesh
