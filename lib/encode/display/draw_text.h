#pragma once

#include <string>
#include <string_view>

#include "encode/display/layer.h"

namespace closet {

/// How text looks. OpenCV's stroke font is drawn at several times its size and shrunk, so strokes
/// have any width and smooth edges.
struct TextStyle {
    int em_px = 16;  ///< a line without leading; capitals are 0.7 of it
    bool bold = false;
};

/// All text here is plain_text without tabs.
int text_width(const std::string& text, TextStyle style);

/// The text, cut to at most `width_px` with "..." at its end where it is longer; empty where not
/// even that fits.
std::string clipped_text(const std::string& text, TextStyle style, int width_px);

/// Draws one line whose box of em_px height has its top left corner at `at` of the layer.
void draw_text(Layer& layer, const std::string& text, TextStyle style, cv::Point at, Color color);

/// `text` (UTF-8) in the characters that OpenCV's stroke fonts can draw: accents are dropped, signs
/// become their usual ASCII spelling, control characters blanks, and what has no equivalent, also
/// broken UTF-8, a dot. Tabs stay.
std::string plain_text(std::string_view text);

}  // namespace closet
