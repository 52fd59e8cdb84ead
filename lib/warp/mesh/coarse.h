#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <opencv2/core/mat.hpp>

namespace closet::mesh {

using Triangle = std::array<std::uint32_t, 3>;  ///< indices of corners, turning either way

/// The triangles of a cell of a grid with the corners `a b` above `c d`, to the left of the
/// garment's axis or not.
inline std::array<Triangle, 2> triangles_of(const std::array<std::uint32_t, 4>& cell,
                                            bool is_left) {
    const auto& [a, b, c, d] = cell;
    return is_left ? std::array{Triangle{a, b, d}, Triangle{a, d, c}}
                   : std::array{Triangle{a, b, c}, Triangle{b, d, c}};
}

/// A mesh for small pictures: four by four and two by two cells of a grid that are all there are
/// one. Where large cells meet small ones it has gaps that are as wide as the mesh bends there.
///
/// `points` are the indices of the grid's corners; `is_cell` is not 0 at the upper left corners of
/// those cells that are there.
std::vector<Triangle> coarse_triangles(const cv::Mat1i& points, const cv::Mat1b& is_cell);

}  // namespace closet::mesh
