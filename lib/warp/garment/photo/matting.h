#pragma once

#include <opencv2/core/mat.hpp>

namespace closet {

/// A cut-out with a soft edge.
struct Matte {
    cv::Mat rgba;          ///< CV_8UC4, straight alpha
    float faint_edge = 0;  ///< 0..1: share of the outline where garment and ground hardly differ
};

/// Soft edge and clean colors for a silhouette. `rgb` is CV_8UC3, `mask` CV_8UC1 (255 inside),
/// `ground` CV_32FC3 (RGB, 0..255), all of one size; `radius` is how far from the outline, in
/// pixels, the photo mixes garment and ground.
///
/// Within the radius alpha is the projection of the pixel's color on the line from the ground to
/// the garment's color, which is continued from inside; where the two hardly differ, it is the
/// softened silhouette. Visible pixels of the band get the continued color, so no ground shows.
Matte matte(const cv::Mat& rgb, const cv::Mat& mask, const cv::Mat& ground, float radius);

/// The same for a silhouette on an unknown ground: alpha is the softened silhouette.
Matte matte(const cv::Mat& rgb, const cv::Mat& mask, float radius);

/// Continues a picture's colors (CV_8UC3; CV_32FC3 comes back) from where `known` (CV_8UC1) is set
/// to everywhere: push-pull over a pyramid (Gortler et al., The Lumigraph, 1996).
cv::Mat continue_colors(const cv::Mat& colors, const cv::Mat& known);

}  // namespace closet
