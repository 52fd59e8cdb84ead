#pragma once

#include <filesystem>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/pose.h"
#include "warp/warp.h"

namespace closet::figures {

/// The same picture and people once more; the pixels are shared.
PosedFrame another(const PosedFrame& posed);

/// What `warp` makes of a frame, around the person and `height` pixels high: CV_8UC3, B G R.
cv::Mat dressed_tile(Warp& warp, const PosedFrame& posed, int height);

/// Tiles of one height, row by row, as one picture. Throws Error where it cannot be written.
void write_sheet(const std::filesystem::path& path, const std::vector<std::vector<cv::Mat>>& rows);

}  // namespace closet::figures
