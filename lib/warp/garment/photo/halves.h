#pragma once

#include <opencv2/core/mat.hpp>

namespace closet {

/// Mends one half of a garment by the other.
/// - What sticks out on one half alone, of the ground's color, is a streak of the ground, and goes.
/// The rest is for garments with white prints or stripes, where these are seen beside the outline:
/// cut through by it they look like ground, and ground looks like them.
/// - Bites are filled that are small and narrow, where the other half has none, and not in the
///   deepest place of a concave outline (armpit, crotch, neckline).
/// - Long gaps of the ground's color are opened where the other half has a gap as well.
/// `garment` is CV_8UC1, 255 inside, not empty, of a photo of at most kCutOutAnalysisSide px;
/// `distance` (CV_32FC1, Lab) the photo's from the ground.
cv::Mat mend_halves(const cv::Mat& garment, const cv::Mat& distance);

}  // namespace closet
