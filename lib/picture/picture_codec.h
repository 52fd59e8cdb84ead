#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>

namespace closet {

// Pictures as files hold them. OpenCV's imgcodecs would do the same, and make every process load
// GDAL and 130 libraries more before it does anything.

/// Decodes a PNG, JPEG, WebP (a still one) or TIFF, recognized by its first bytes, as it is stored:
/// 8 or 16 bits a channel, gray, B G R or B G R A with straight alpha; gray with alpha becomes
/// B G R A, palettes are looked up, CMYK becomes B G R. No profile is applied and nothing is
/// turned. Empty where the data is damaged, cut off, of another format or of a kind that is not
/// supported. The caller bounds the size: a decoder allocates what the header says.
cv::Mat decode_picture(std::span<const std::uint8_t> bytes);

/// Deflates quickly or well.
enum class PngLevel { kQuick = 1, kDefault = 6, kSmallest = 9 };

/// The PNG of a picture: CV_8U, gray, B G R or B G R A, not empty. Throws MediaError where the
/// encoder fails.
std::vector<std::uint8_t> encode_png(const cv::Mat& picture, PngLevel level = PngLevel::kDefault);

/// The JPEG of a picture: CV_8U, gray, B G R or B G R A, whose alpha is left out; not empty.
/// `quality`: 1..100 as libjpeg has it. Throws MediaError beyond 65,500 pixels a side.
std::vector<std::uint8_t> encode_jpeg(const cv::Mat& picture, int quality = 95);

}  // namespace closet
