#pragma once

#include <string>

#include <opencv2/core/mat.hpp>

namespace closet {

/// Width and height of a mask in a pose file: four times those of BlazePose's.
inline constexpr int kLongestMaskSide = 1024;

/// True for what a pose file can hold: CV_8UC1 from 1 x 1 to kLongestMaskSide squared.
bool is_mask_picture(const cv::Mat& picture);

/// The picture without loss, as the base64 text of a PNG. `picture`: see is_mask_picture. Throws
/// Error where it cannot be compressed.
std::string mask_text(const cv::Mat& picture);

/// The picture of such a text from an untrusted source. Its size is read from the PNG's header
/// before anything is decoded. Throws pose_json::BadLine.
cv::Mat mask_of_text(const std::string& text);

}  // namespace closet
