#pragma once

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// Hair that lies on shoulders and collar. Old clothes that show between it and the garment would
/// become ground or skin, a bright fringe beside the hair; where more hair than ground and bare
/// skin is around they become hair.
struct HairFill {
    cv::Rect where;    ///< of the grid; empty where no hair is near
    cv::Mat3f colors;  ///< Y Cb Cr, of `where`
    cv::Mat1b share;   ///< of `where`: 255 becomes hair
    Sources sources;   ///< of `where`

    /// For `wanted` (CV_8UC1 on the grid, not 0), all within `part`; `bare` (likewise) becomes
    /// skin.
    HairFill(const GridView& view, const cv::Mat& wanted, const cv::Mat& bare, cv::Rect part);

    /// 0..1, at a place of the grid.
    float at(int x, int y) const {
        return where.contains({x, y}) ? static_cast<float>(share(y - where.y, x - where.x)) / 255
                                      : 0.0F;
    }
};

}  // namespace closet::removal
