#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include <opencv2/core/types.hpp>

#include "infer/tracked.h"

namespace closet {

/// True when nothing seen before says anything about this view: after a cut, and where the pictures
/// (`before`: size of the last one) change their size.
inline bool starts_scene(const TimedView& view, cv::Size before) {
    return view.scene_start || view.picture->size() != before;
}

/// The first views up to the next one that starts a scene. `views` is not empty.
inline std::span<const TimedView> first_scene(std::span<const TimedView> views) {
    const cv::Size size = views.front().picture->size();
    const auto end = std::find_if(views.begin() + 1, views.end(), [size](const TimedView& view) {
        return starts_scene(view, size);
    });
    return views.first(static_cast<std::size_t>(end - views.begin()));
}

}  // namespace closet
