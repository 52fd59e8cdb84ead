#include "warp/mesh/coarse.h"

#include <opencv2/core.hpp>

namespace closet::mesh {

std::vector<Triangle> coarse_triangles(const cv::Mat1i& points, const cv::Mat1b& is_cell) {
    std::vector<Triangle> triangles;
    cv::Mat1b is_left_over = is_cell.clone();
    for (const int side : {4, 2, 1}) {
        for (int row = 0; row + side < points.rows; row += side) {
            for (int column = 0; column + side < points.cols; column += side) {
                cv::Mat1b block = is_left_over({column, row, side, side});
                if (cv::countNonZero(block) < side * side) {
                    continue;
                }
                block.setTo(0);
                const auto index = [&](int down, int across) {
                    return static_cast<std::uint32_t>(points(row + down, column + across));
                };
                const std::array corners{index(0, 0), index(0, side), index(side, 0),
                                         index(side, side)};
                for (const Triangle& triangle : triangles_of(corners, false)) {
                    triangles.push_back(triangle);
                }
            }
        }
    }
    return triangles;
}

}  // namespace closet::mesh
