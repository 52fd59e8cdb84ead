#pragma once

#include <opencv2/core/types.hpp>

namespace closet {

/// Where "down" is in a stored picture that is turned by `rotation` degrees clockwise for display;
/// unit vector.
inline cv::Point2d screen_down(int rotation) {
    switch (rotation) {
        case 90:  // turned clockwise for display: the frame's right side is below
            return {1, 0};
        case 180:
            return {0, -1};
        case 270:
            return {-1, 0};
        default:
            return {0, 1};
    }
}

}  // namespace closet
