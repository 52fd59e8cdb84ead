#pragma once

#include <cstdint>

namespace closet {

/// What the window asks of Qt that OpenCV has no call for. Both do nothing under other toolkits.

/// Gives the keyboard back to the window itself. A click or Tab moves it to the picture inside,
/// which keeps the arrow keys for scrolling (opencv/opencv issue 20215).
void return_focus_to_window();

/// Lets Qt draw and take in events without the 1 to 2 ms that cv::waitKeyEx sleeps at least; keys
/// are kept for that call. False where it is not Qt: nothing was drawn.
bool process_events();

/// The number that X gave to OpenCV's window `title`; 0 where it is not Qt or there is no such one.
std::uint32_t x_window_of(const char* title);

}  // namespace closet
