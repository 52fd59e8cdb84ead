#pragma once

#include <map>
#include <memory>
#include <vector>

#include "core/garment.h"
#include "warp/paint/patch.h"

namespace closet::figures {

/// The garment in black with a dot at each of `points` (garment pixels, at most 400), in a color
/// that tells which. Alpha and anchors stay, so it is warped as the garment is.
std::shared_ptr<const Garment> with_markers(const Garment& garment,
                                            const std::vector<cv::Point2f>& points, int radius);

struct Marker {
    cv::Point2d place;  ///< center of the dot, frame pixels
    double mass = 0;    ///< its visible area, frame pixels
};

/// Where the dots of a warped garment are, by their number; those that cannot be seen are absent.
std::map<int, Marker> find_markers(const Patch& patch);

/// A grid of points on the garment's torso, `step` garment pixels apart.
std::vector<cv::Point2f> torso_grid(const Garment& garment, int step);

}  // namespace closet::figures
