#include "warp/removal/cloth_folds.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet::removal {
namespace {

constexpr double kFoldWidths = 0.05, kFadeWidths = 0.03;   ///< shoulder widths, the study's
constexpr float kMostFold = 28.0F;                         ///< levels
constexpr float kOtherLuma = 70.0F, kOtherChroma = 35.0F;  ///< levels: no such cloth
constexpr double kSurelyLower = 170;                       ///< of 255

}  // namespace

ClothFolds::ClothFolds(const GridView& view, cv::Rect part, const cv::Vec3f& cloth) : part_(part) {
    cv::threshold(view.classes->of(Surface::kLowerClothes)(part), sure_, kSurelyLower, 255,
                  cv::THRESH_BINARY);
    view.colors()(part).convertTo(now_, CV_32F);
    for (int y = 0; y < sure_.rows; ++y) {
        for (int x = 0; x < sure_.cols; ++x) {
            const cv::Vec3f off = now_(y, x) - cloth;
            if (std::abs(off[0]) > kOtherLuma || std::hypot(off[1], off[2]) > kOtherChroma) {
                sure_.at<std::uint8_t>(y, x) = 0;
            }
        }
    }
    shrink(sure_, 2);
    cv::Mat1f weight;
    sure_.convertTo(weight, CV_32F, 1.0 / 255);
    smooth_ = now_.clone();
    smooth_.setTo(cv::Scalar::all(0), ~sure_);
    const int window = 2 * view.px(kFoldWidths) + 1;
    cv::blur(smooth_, smooth_, {window, window}, {-1, -1}, cv::BORDER_REPLICATE);
    cv::blur(weight, share_, {window, window}, {-1, -1}, cv::BORDER_REPLICATE);
    const int fading = 2 * view.px(kFadeWidths) + 1;
    cv::blur(weight, fade_, {fading, fading}, {-1, -1}, cv::BORDER_REPLICATE);
}

std::optional<cv::Vec3f> ClothFolds::at(cv::Point place) const {
    const cv::Point p = place - part_.tl();
    if (!part_.contains(place) || sure_.at<std::uint8_t>(p) == 0) {
        return std::nullopt;
    }
    cv::Vec3f fold = now_(p) - smooth_(p) * (1.0F / std::max(share_(p), 0.05F));
    for (int c = 0; c < 3; ++c) {
        fold[c] =
            std::clamp(fold[c], -kMostFold, kMostFold) * std::clamp(2 * fade_(p) - 1, 0.0F, 1.0F);
    }
    return fold;
}

}  // namespace closet::removal
