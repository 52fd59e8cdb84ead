#pragma once

#include <opencv2/core/mat.hpp>

namespace closet {

/// Mends one half of a garment by the other, which a garment with white prints or stripes needs:
/// where the outline cuts through them they look like ground, and ground looks like them.
/// - Bites are filled that are small and narrow, where the other half has none, and not in the
///   deepest place of a concave outline (armpit, crotch, neckline).
/// - Long gaps of the ground's color are opened where the other half has a gap as well.
/// `garment` is CV_8UC1, 255 inside, not empty, of a photo of at most kCutOutAnalysisSide px;
/// `distance` (CV_32FC1, Lab) the photo's from the ground. Unchanged where nothing of the ground's
/// color is seen beside the outline.
cv::Mat mend_halves(const cv::Mat& garment, const cv::Mat& distance);

}  // namespace closet
