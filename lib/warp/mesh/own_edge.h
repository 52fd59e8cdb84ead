#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "warp/classes/person_classes.h"
#include "warp/mesh/chart.h"
#include "warp/mesh/silhouette.h"

namespace closet::mesh {

/// What the edge of own clothes is read from.
class OwnEdge {
  public:
    /// Of the clothes that a garment takes the place of.
    OwnEdge(const PersonClasses& classes, const GarmentChart& chart);

    /// How far from `at` along `outwards` (shown pixels; unit vector) clothes end, in shown pixels,
    /// and how sure that is. `on_skin`: also where skin begins. `band_px`, of the classes' grid, 8
    /// at most: inside of an edge and outside of it, which tell how clear it is.
    Estimate nearest(cv::Point2d at, cv::Point2d outwards, double reach, bool on_skin,
                     int band_px = 3) const;

  private:
    const PersonClasses& classes_;
    std::vector<const cv::Mat*> planes_, skin_;
};

}  // namespace closet::mesh
