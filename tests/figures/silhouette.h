#pragma once

#include <opencv2/core/mat.hpp>

#include "core/pose.h"
#include "warp/warps.h"

namespace closet::figures {

/// Where the garment's alpha is over 1/2 on the first person: CV_8UC1 of the frame's size, 255 or
/// 0. All 0 where it is not worn.
cv::Mat silhouette(GarmentWarp& warp, const PosedFrame& posed);
cv::Mat silhouette(GarmentWarp& warp, const Wearer& wearer, cv::Size size);

}  // namespace closet::figures
