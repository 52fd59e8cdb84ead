#pragma once

#include <array>
#include <vector>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// Where a garment ends below, by columns of the grid.
struct GarmentHem {
    bool is_there = false;
    std::vector<int> last;           ///< row of each column; -1 where the garment's torso is not
    int left = 0, right = 0;         ///< first and last column of the hem
    double left_y = 0, right_y = 0;  ///< rows there
    double along = 0;                ///< the spine, 0 shoulders .. 1 hips
    std::vector<std::array<int, 2>> runs;  ///< from `first_row` on: the torso's columns
    int first_row = 0;

    /// The hem at a column, going on beside it.
    double at(int x) const;
};

/// `view`'s body is more or less upright. Between open fronts the hem is where they end.
GarmentHem find_hem(const GridView& view, bool open_front);

/// x of the spine in a row of the grid.
double spine_x(const GridView& view, double y);

}  // namespace closet::removal
