#pragma once

#include <array>

#include <opencv2/core/mat.hpp>

#include "warp/classes/planes.h"

namespace closet::classes {

/// The guided filter (He, Sun and Tang 2010) with a guide of three colors, for four maps at once,
/// at half of the picture's size (the "fast" one, He and Sun 2015): within each small square a map
/// becomes the linear function of the colors that is nearest to it, so that its edges move to
/// those of the picture.
class GuidedFilter {
  public:
    /// The guide: CV_8UC3, Y Cb Cr, both sides even. `epsilon`: how much colors must vary within a
    /// square to count, squares of shares of lightness. Maps are 0 but for `spans`, at half size.
    void look_at(const cv::Mat& colors, int radius, float epsilon, const Spans& spans);

    /// Where filtered maps are looked at, at half size: beyond, they are 0.
    const Spans& spans() const { return spans_; }

    /// `maps` are of half the guide's size. The linear functions of the colors are kept.
    void fit(const Planes<4>& maps);

    /// The filtered maps at half size, not limited to the maps' own range.
    void apply_half(Planes<4>& filtered) const;

    /// A row of the filtered maps at the guide's size, twice the pixels of its span: `filtered` has
    /// 4 planes of one row.
    void apply_row(int y, Planes<4>& filtered);

  private:
    int radius_ = 1;
    Spans spans_;
    std::array<cv::Mat, 3> guide_;  ///< CV_8UC1 each
    Planes<3> half_;                ///< the guide's numbers at half size
    Planes<9> moments_;             ///< means of three colors and their six products
    Planes<6> inverse_;             ///< of the colors' covariance
    Planes<16> linear_;             ///< for each map three slopes and an offset
    BoxMean mean_;
    std::vector<float> lines_;  ///< of linear_, between two rows, and of the guide
};

}  // namespace closet::classes
