#pragma once

#include "encode/display/layer.h"

/// The looks that all panels share.
namespace closet::panel {

constexpr Colour kBackground{22, 18, 16, 0.68};  // bright pictures shine through, text stays clear
constexpr Colour kText{250, 248, 246};
constexpr Colour kLabel{206, 196, 188};
constexpr Colour kAccent{255, 206, 128};
constexpr Colour kRed{60, 60, 240};
constexpr Colour kRim{255, 255, 255, 0.14};

/// A dark panel with a thin bright rim, so that it has an edge on dark pictures too.
inline Layer make(cv::Rect box, int radius) {
    Layer layer = make_layer(box);
    paint_rounded_box(layer, {{0, 0}, box.size()}, radius, kRim);
    const cv::Rect inner(1, 1, box.width - 2, box.height - 2);
    // The rim is painted below the whole panel: what the background covers of it stays invisible.
    paint_rounded_box(layer, inner, radius - 1, kBackground);
    return layer;
}

}  // namespace closet::panel
