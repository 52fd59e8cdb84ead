#pragma once

#include <optional>
#include <vector>

#include <opencv2/core/types.hpp>

namespace closet {

/// Where in a picture the thing is that is meant, in pixels from the middle of the top left one.
struct Pointing {
    std::vector<cv::Point2d> inside;   ///< on it
    std::vector<cv::Point2d> outside;  ///< on what does not belong to it
    std::optional<cv::Rect2d> box;     ///< around it

    bool empty() const { return inside.empty() && outside.empty() && !box; }

    /// The same in a picture of another size.
    Pointing scaled(double x, double y) const {
        Pointing result;
        for (const cv::Point2d& point : inside) {
            result.inside.emplace_back(point.x * x, point.y * y);
        }
        for (const cv::Point2d& point : outside) {
            result.outside.emplace_back(point.x * x, point.y * y);
        }
        if (box) {
            result.box = {box->x * x, box->y * y, box->width * x, box->height * y};
        }
        return result;
    }
};

}  // namespace closet
