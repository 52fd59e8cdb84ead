#pragma once

#include <cstdint>

#include <opencv2/core/types.hpp>

namespace closet {

namespace flags {
inline constexpr const char* kNoWindow = "--no-window";
}

/// Asks for a display before a toolkit does: Qt ends the process where it finds none. Returns its
/// size in pixels, of all monitors together. Throws ConfigError, naming what to do without.
cv::Size find_display();

/// The size in pixels of a window of X, without its frame; empty where there is none.
cv::Size size_of_x_window(std::uint32_t window);

}  // namespace closet
