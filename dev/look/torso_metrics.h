#pragma once

#include <algorithm>
#include <cmath>

#include <opencv2/core/mat.hpp>

#include "core/pose.h"

namespace closet::figures {

/// The label-free figures of the warp study. All lengths are in shoulder widths.

/// A person as the study's figures see it: keypoints sorted by their place in the picture, "a" on
/// the left of it, and the person's mask at the frame's size.
struct Figure {
    cv::Point2d middle, down, across;  ///< between the shoulders; unit vectors
    double unit = 0;                   ///< shoulder width, at least half of the torso's length
    cv::Mat person;                    ///< CV_8UC1, 255 where the mask's probability is over 1/2
    cv::Mat torso;                     ///< the part of `person` that a garment has to cover
    cv::Mat around;                    ///< `person` widened by 6 % of the shoulder width
};

/// Needs a mask and sure shoulders; throws Error without them.
Figure measure_figure(const Pose& pose, cv::Size frame);

struct Cover {
    double coverage = 0;  ///< of `torso`, 0..1
    double spill = 0;     ///< share of the garment outside `around`, 0..1
};

/// `garment`: CV_8UC1, 255 where its alpha is over 1/2.
Cover measure_cover(const Figure& figure, const cv::Mat& garment);

/// Of numbers that come one after the other.
struct Mean {
    double sum = 0, low = INFINITY, high = -INFINITY;
    int count = 0;
    void add(double value) {
        sum += value;
        low = std::min(low, value);
        high = std::max(high, value);
        ++count;
    }
    double mean() const { return sum / std::max(count, 1); }
};

}  // namespace closet::figures
