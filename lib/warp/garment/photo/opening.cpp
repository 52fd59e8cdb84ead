#include "warp/garment/photo/opening.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

/// In pixels: nothing can be seen of smaller openings.
constexpr double kMinWidth = 16;
/// Shares of the opening's width.
constexpr double kBesideNeck = 0.06;
constexpr double kWellBelow = 0.08;
/// Softness of the new edge, in pixels: that of a sharp photo.
constexpr double kEdgeSigma = 0.8;

/// What lies above the edge, as a soft mask (CV_8U).
cv::Mat above(cv::Size size, std::vector<cv::Point2d> edge, cv::Point2d left, cv::Point2d right) {
    const cv::Point2d along = right - left;
    const cv::Point2d up(along.y, -along.x);
    // A path that ends well below the neck points goes on towards them, inside of the rib.
    const cv::Point2d inwards = along * kBesideNeck;
    const double below = kWellBelow * along.x;
    cv::Point2d first = edge.front();
    if (first.y > left.y + below && first.x > left.x + inwards.x) {
        first = left + inwards;
        edge.insert(edge.begin(), first);
    }
    if (edge.back().y > right.y + below && edge.back().x < right.x - inwards.x) {
        edge.push_back(right - inwards);
    }
    // Whatever stands above the ends is the back too.
    edge.push_back(edge.back() + up);
    edge.push_back(first + up);
    constexpr int kBits = 4;
    std::vector<cv::Point> outline;
    for (const auto& p : edge) {
        outline.emplace_back(cvRound(p.x * (1 << kBits)), cvRound(p.y * (1 << kBits)));
    }
    cv::Mat mask(size, CV_8U, cv::Scalar(0));
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{outline}, 255, cv::LINE_AA, kBits);
    cv::GaussianBlur(mask, mask, {}, kEdgeSigma);
    return mask;
}

}  // namespace

bool is_opening(const cv::Mat& rgba, cv::Point2f left, cv::Point2f right) {
    const cv::Rect2f picture(0, 0, static_cast<float>(rgba.cols), static_cast<float>(rgba.rows));
    return picture.contains(left) && picture.contains(right) &&
           cv::norm(right - left) >= kMinWidth &&
           std::abs(right.y - left.y) <= (right.x - left.x) / 2;
}

cv::Matx23d patch_of_opening(cv::Point2d left, cv::Point2d right, double width, int side) {
    const cv::Point2d along = (right - left) / width;
    const cv::Point2d middle = (left + right) / 2;
    const double half = side / 2.0;
    return {along.x, -along.y, middle.x - half * (along.x - along.y),
            along.y, along.x,  middle.y - half * (along.y + along.x)};
}

bool take_away_above(cv::Mat& rgba, std::vector<cv::Point2d> edge, cv::Point2d left,
                     cv::Point2d right) {
    const cv::Mat mask = above(rgba.size(), std::move(edge), left, right);
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

}  // namespace closet
