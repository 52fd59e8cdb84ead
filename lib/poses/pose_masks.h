#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>
#include <opencv2/core/mat.hpp>

#include "core/pose.h"
#include "poses/numbered_pictures.h"

namespace closet {

/// Width and height of a mask, and of a plane of labels, in a pose file: four times those of
/// BlazePose's masks.
inline constexpr int kLongestMaskSide = 1024;

/// True for what a pose file can hold: CV_8UC1 from 1 x 1 to kLongestMaskSide squared.
bool is_mask_picture(const cv::Mat& picture);

/// The picture without loss, as the base64 text of a PNG. `picture`: see is_mask_picture. Throws
/// Error where it cannot be compressed. `quick`: a few percent larger, in a twentieth of the time.
std::string mask_text(const cv::Mat& picture, bool quick = false);

/// The picture of such a text from an untrusted source: `count` of the size of masks, below each
/// other. Its size is read from the PNG's header before anything is decoded. Throws
/// pose_json::BadLine.
cv::Mat mask_of_text(const std::string& text, int count = 1);

/// Note [Masks in pose files]
/// All frames near a key frame share its picture and differ in where it lies (moved_mask). A
/// picture is written where it is first used, and later lines refer to its number. It is known for
/// as long as every line uses it, so a reader remembers the pictures of one line and nothing else;
/// what is used again after a pause is written again, under a new number.

/// Distinct pixels in the masks of one line at most: 256 people with BlazePose's 256 x 256.
inline constexpr std::size_t kMostMaskPixels = std::size_t{16} << 20;

/// No entry of PersonMask::mask_from_shown is larger in a pose file: 1024 pixels of a mask on less
/// than a thousandth of a frame pixel, a thousand frame widths away.
inline constexpr double kLargestMaskEntry = 1e9;

/// True for a mask that a pose file can hold: see is_mask_picture and kLargestMaskEntry.
bool is_writable(const PersonMask& mask);

/// Writes masks; see Note [Masks in pose files].
class WrittenMasks {
  public:
    /// Adds the value of "mask" of one person. `mask`: see is_writable. The picture must not change
    /// while frames share it. Throws Error where it cannot be compressed, or the masks of this line
    /// have more than kMostMaskPixels.
    void append(std::string& text, const PersonMask& mask);

    /// Call after each line.
    void end_line() { pictures_.end_line(); }

  private:
    WrittenPictures<cv::Mat> pictures_;
};

/// Reads masks from an untrusted source; see Note [Masks in pose files].
class ReadMasks {
  public:
    /// The value of "mask" of one person. Masks that share a picture share its pixels. Throws
    /// pose_json::BadLine.
    std::shared_ptr<const PersonMask> read(const nlohmann::json& json);

    /// Call after each line.
    void end_line() { pictures_.end_line(); }

  private:
    ReadPictures<cv::Mat> pictures_;
};

}  // namespace closet
