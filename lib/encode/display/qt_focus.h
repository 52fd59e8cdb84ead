#pragma once

namespace closet {

/// Gives the keyboard back to the window itself. A click or Tab moves it to the picture inside,
/// which under Qt keeps the arrow keys for scrolling (opencv/opencv issue 20215). Does nothing
/// under other toolkits.
void return_focus_to_window();

}  // namespace closet
