#include "warp/garment/collar.h"

#include <cmath>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/label.h"
#include "warp/garment/neckline.h"

namespace closet {
namespace {

/// In pixels: nothing can be seen of smaller collars.
constexpr double kMinWidth = 16;
/// Shares of the neck's width.
constexpr double kBesideNeck = 0.06;
constexpr double kWellBelow = 0.08;
/// Softness of the new edge, in pixels: that of a sharp photo.
constexpr double kEdgeSigma = 0.8;

/// Whether the points can be the ends of an upright garment's neckline: within the picture, apart,
/// and no steeper than one in two. `left` lies left in the image.
bool plausible(const cv::Mat& rgba, cv::Point2f left, cv::Point2f right) {
    const cv::Rect2f picture(0, 0, static_cast<float>(rgba.cols), static_cast<float>(rgba.rows));
    return picture.contains(left) && picture.contains(right) &&
           cv::norm(right - left) >= kMinWidth &&
           std::abs(right.y - left.y) <= (right.x - left.x) / 2;
}

/// What lies above a neckline between two neck points, as a soft mask (CV_8U).
cv::Mat above(cv::Size size, std::vector<cv::Point2d> neckline, cv::Point2d left,
              cv::Point2d right) {
    const cv::Point2d along = right - left;
    const cv::Point2d up(along.y, -along.x);
    // A path that ends well below the neck points goes on towards them, inside of the rib.
    const cv::Point2d inwards = along * kBesideNeck;
    const double below = kWellBelow * along.x;
    cv::Point2d first = neckline.front();
    if (first.y > left.y + below && first.x > left.x + inwards.x) {
        first = left + inwards;
        neckline.insert(neckline.begin(), first);
    }
    if (neckline.back().y > right.y + below && neckline.back().x < right.x - inwards.x) {
        neckline.push_back(right - inwards);
    }
    // Whatever stands above the ends is the back of the collar too.
    neckline.push_back(neckline.back() + up);
    neckline.push_back(first + up);
    constexpr int kBits = 4;
    std::vector<cv::Point> outline;
    for (const auto& p : neckline) {
        outline.emplace_back(cvRound(p.x * (1 << kBits)), cvRound(p.y * (1 << kBits)));
    }
    cv::Mat mask(size, CV_8U, cv::Scalar(0));
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{outline}, 255, cv::LINE_AA, kBits);
    cv::GaussianBlur(mask, mask, {}, kEdgeSigma);
    return mask;
}

bool take_away(cv::Mat& rgba, const cv::Mat& mask) {
    bool any = false;
    for (int y = 0; y < rgba.rows; ++y) {
        for (int x = 0; x < rgba.cols; ++x) {
            auto& alpha = rgba.at<cv::Vec4b>(y, x)[3];
            const int share = mask.at<uchar>(y, x);
            if (share > 0 && alpha > 0) {
                alpha = static_cast<uchar>(alpha * (255 - share) / 255);
                any = true;
            }
        }
    }
    return any;
}

}  // namespace

bool remove_collar_inside(cv::Mat& rgba, cv::Point2f left_neck, cv::Point2f right_neck) {
    auto left = left_neck;
    auto right = right_neck;
    if (left.x > right.x) {
        std::swap(left, right);
    }
    if (!plausible(rgba, left, right)) {
        return false;
    }
    const auto neckline = find_neckline(rgba, left, right);
    if (neckline.empty()) {
        return hide_label(rgba, left, right);
    }
    return take_away(rgba, above(rgba.size(), neckline, left, right));
}

}  // namespace closet
