#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>

namespace closet {

/// Transparent pixels that `sample_affine` wants around its source.
inline constexpr int kSampleBorder = 2;

/// Fills `out` (CV_8UC4, straight alpha) by bilinear interpolation: pixel (x, y) shows the source
/// at `source_from_out` * (x, y, 1); pixel centers are at integers. Pixels that see nothing of the
/// source become transparent black.
///
/// `bordered` is the source within `kSampleBorder` transparent pixels on each side, colors bled
/// (bleed_color); coordinates count from the source's own corner. Positions are resolved to 1/256
/// pixel, samples are within 1 of the exact value. Shrinking by more than 2 would alias.
///
/// Several times faster than cv::warpAffine (0.56 ms for 400x500): it visits only pixels inside the
/// source's outline and needs no bounds checks there.
void sample_affine(const cv::Mat& bordered, const cv::Matx23d& source_from_out, cv::Mat& out);

/// Shrinks a CV_8UC4 picture with straight alpha (R G B A or B G R A) to `size`, at most its own
/// size and at least 1x1: each pixel is the mean of the area it covers, colors weighted by alpha,
/// so nothing of what lies under transparent pixels shows and nothing flickers at small sizes.
/// Where nothing is visible the result is transparent black.
/// Needs memory for the result and two rows only.
cv::Mat resize_area(const cv::Mat& source, cv::Size size);

/// Gives each fully transparent pixel beside a visible one the color of its visible neighbors
/// (alpha stays 0), so that bilinear interpolation of straight color finds no foreign color.
void bleed_color(cv::Mat& rgba);

}  // namespace closet
