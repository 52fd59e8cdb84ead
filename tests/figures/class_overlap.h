#pragma once

#include <opencv2/core/mat.hpp>

#include "core/pose.h"
#include "warp/classes/person_classes.h"

namespace closet::figures {

/// Where upper clothes are the likeliest class on the first person: CV_8UC1 of the shown picture's
/// size, 255 or 0; all 0 without labels. `colors`, where not null: all classes, CV_8UC3, B G R.
cv::Mat upper_clothes(const PosedFrame& posed, cv::Mat* colors = nullptr);

/// The number of the likeliest Surface at each pixel of a shown picture of this size: CV_8UC1,
/// ground beyond the classes. `colors`: as above.
void likeliest_classes(const PersonClasses& classes, cv::Size size, cv::Mat& likeliest,
                       cv::Mat* colors = nullptr);

/// Intersection over union of two masks of 0 and 255.
double overlap_of(const cv::Mat& a, const cv::Mat& b);

}  // namespace closet::figures
