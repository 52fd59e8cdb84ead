#pragma once

#include "encode/display/layer.h"

/// The looks that all panels share.
namespace closet::panel {

constexpr Color kBackground{22, 18, 16, 0.68};  // bright pictures shine through, text stays clear
constexpr Color kText{250, 248, 246};
constexpr Color kLabel{206, 196, 188};
constexpr Color kAccent{255, 206, 128};
constexpr Color kRed{60, 60, 240};
constexpr Color kRim{255, 255, 255, 0.14};

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
