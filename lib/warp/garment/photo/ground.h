#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>

namespace closet {

/// A photo's plain ground: a plane in CIE Lab over the picture. Constants and method: study of
/// garment photos, section 1.
struct Ground {
    cv::Vec3f center;           ///< color in the middle of the picture
    cv::Vec3f per_width;        ///< change from the left to the right side
    cv::Vec3f per_height;       ///< change from the top to the bottom
    float threshold = 0;        ///< distances below this are ground: 0.3 (one gray level) .. 5
    float share_of_border = 0;  ///< 0..1: how much of the picture's border is ground
};

/// RGB (CV_8UC3) as CIE Lab (CV_32FC3; L 0..100).
cv::Mat to_lab(const cv::Mat& rgb);

/// Fits the ground to the picture's border (2.5 % of the shorter side). `lab` is CV_32FC3.
/// The threshold is left 0: see set_threshold.
Ground fit_ground(const cv::Mat& lab);

/// The ground's colors at every pixel of a picture of this size: Lab as CV_32FC3.
cv::Mat ground_lab(const Ground& ground, cv::Size size);

/// How far a color difference (CV_32FC3, Lab) is from the ground: sqrt(L^2 + 1.5 (a^2 + b^2)),
/// since a tint tells a white garment from white paper better than brightness does. CV_32FC1.
cv::Mat distance_from_ground(const cv::Mat& difference);

/// Sets the threshold from the distances at the picture's border, and the border's share below it.
void set_threshold(Ground& ground, const cv::Mat& distance);

}  // namespace closet
