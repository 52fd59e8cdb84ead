#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>

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

/// Trousers or a skirt that old upper clothes hid, continued up to the garment's hem.
///
/// Note [Hidden trousers]
/// The study's region a. Their outline goes straight from the ends of the garment's hem to their
/// own edges below the old hem; across the hips they keep the colors that they have right below it;
/// folds are mirrored at the old hem. All that is measured is kept over time in shoulder widths
/// from the hips, so that nothing jumps.
class HiddenTrousers {
  public:
    static constexpr std::size_t kBins = 24;

    struct Known {
        bool is_there = false;
        double unseen_s = 0;                  ///< since the old hem was found last
        float strength = 0;                   ///< 0..1, following slowly
        std::array<double, kBins> old_hem{};  ///< down from the hips, shoulder widths
        double left = 0, right = 0, left_y = 0, right_y = 0;  ///< the edges, likewise
        double old_along = 0;                  ///< of the old hem, as GarmentHem::along
        std::array<cv::Vec3f, kBins> color{};  ///< from the left edge to the right one
    };

    /// Measures; `old` (CV_8UC1, not 0) is where the old clothes are. `passed_s` since the last
    /// call, `share` of what is known is replaced. False where there is nothing to go on.
    bool find(const GridView& view, const cv::Mat& old, const GarmentHem& hem, double passed_s,
              float share, Known& known);

    /// Of the old hem, as GarmentHem::along.
    double old_along() const { return now_.old_along; }
    /// Row below which all is as it was.
    double last_row(int x) const;
    /// 0..1: whether a pixel is within the trousers' outline, between garment and old hem.
    float inside(int x, int y) const;

    /// Y Cb Cr in `part` of the grid.
    void paint(const GridView& view, cv::Rect part, cv::Mat3f& colors, Sources& sources) const;

  private:
    struct Edges {
        double left, right;
    };
    Edges edges_at(double y) const;

    Known now_;  ///< in pixels of the grid: places are absolute
    GarmentHem hem_;
    double hip_x_ = 0, unit_ = 1;
};

}  // namespace closet::removal
