#pragma once

#include <opencv2/core/mat.hpp>

#include "warp/classes/box_mean.h"

namespace closet::classes {

/// The guided filter (He, Sun and Tang 2010) with a guide of three colors, for four maps at once,
/// at half of the picture's size (the "fast" one, He and Sun 2015): within each small square a map
/// becomes the linear function of the colors that is nearest to it, so that its edges move to
/// those of the picture.
class GuidedFilter {
  public:
    /// The guide: CV_8UC3, Y Cb Cr, both sides even. `epsilon`: how much colors must vary within a
    /// square to count, squares of shares of lightness.
    void look_at(const cv::Mat& colors, int radius, float epsilon);

    /// `map` is of half the guide's size. The linear functions of the colors are kept for `at`.
    void fit(const FourMap<1>& map);

    /// The filtered map at half size, not limited to the map's own range.
    void apply_half(FourMap<1>& filtered) const;

    /// A row of the filtered map at the guide's size.
    void apply_row(const cv::Mat& colors, int y, std::vector<Four>& filtered);

  private:
    int radius_ = 1;
    FourMap<1> half_;     ///< the guide at half size: three colors and a 1
    FourMap<3> moments_;  ///< means of three colors and their six products
    FourMap<2> inverse_;  ///< of the colors' covariance, six numbers
    FourMap<3> products_, row_means_;
    FourMap<4> sums_, between_;
    FourMap<4> linear_;           ///< for each map three slopes and an offset
    std::vector<Fours<4>> line_;  ///< of linear_, between two rows
};

/// The guide's numbers of a color: shares of lightness, chroma scaled as CIELAB has it.
inline Four guide_of(cv::Vec3b color) {
    constexpr float kLuma = 1.0F / 255, kChroma = 1.0F / 130;
    return Four{static_cast<float>(color[0]) * kLuma, static_cast<float>(color[1]) * kChroma,
                static_cast<float>(color[2]) * kChroma, 1.0F};
}

}  // namespace closet::classes
