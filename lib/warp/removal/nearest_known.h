#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>

namespace closet::removal {

/// The known pixel that is nearest to each pixel of a mask.
class NearestKnown {
  public:
    /// `known` (CV_8UC1): 255 where it is known, else 0; somewhere it is.
    explicit NearestKnown(const cv::Mat& known);

    /// Of a pixel of the mask.
    cv::Point at(cv::Point pixel) const {
        return places_[static_cast<std::size_t>(labels_.at<int>(pixel))];
    }

  private:
    cv::Mat labels_;                 ///< CV_32SC1: indices of `places_`
    std::vector<cv::Point> places_;  ///< of known pixels; the first one is no label
};

}  // namespace closet::removal
