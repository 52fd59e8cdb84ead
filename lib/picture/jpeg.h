#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core/mat.hpp>

namespace closet {

/// decode_picture of a JPEG; see there.
cv::Mat decode_jpeg(std::span<const std::uint8_t> bytes);

}  // namespace closet
