#pragma once

#include <string>

#include <opencv2/core/mat.hpp>

namespace closet::test {

/// What a window manager does, on a display without one. Throws std::runtime_error.

/// Asks the program of the window to close it, as a click on its cross does.
void ask_to_close(const std::string& display, unsigned window);

/// The pixels of a window as they are on the screen, B G R.
cv::Mat picture_of(const std::string& display, unsigned window);

}  // namespace closet::test
