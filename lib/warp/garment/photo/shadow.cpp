#include "warp/garment/photo/shadow.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/photo/ground.h"
#include "warp/garment/photo/matting.h"
#include "warp/garment/photo/morphology.h"

namespace closet {
namespace {

// Chosen on half of the photos of results/cut-out.md, which tells how they do on the others.
// Lengths are pixels at the analysis size, colors CIE Lab.

/// Noise is smoothed away by as much before slopes are measured.
constexpr double kSmooth = 1.5;
/// Steeper slopes than this a pixel are edges: a shadow's are softer, a garment's steeper.
constexpr float kEdgeSlope = 0.55F;
/// Slopes of noise, times the median of what the plain ground has.
constexpr float kAboveNoiseSlope = 3.5F;
/// Darker shadows are not soft ones.
constexpr float kDarkest = 40;
/// How much brighter than the plane, and how much off its tint, a shadow's pixel can be.
constexpr float kBrighter = 1.0F;
constexpr float kTint = 3.5F;
/// Of the picture: less shadow is not worth a model.
constexpr double kLeastShadow = 0.004;
/// What differs from the plane by more is shadow, not unevenness.
constexpr float kVisible = 4;
/// Of the outline: so much must be edge where the ground's shadow ends.
constexpr double kLeastEdge = 0.6;
constexpr float kOutlineReach = 3;
/// Where a shadow fades into plain ground, slopes above the first are edges, and at most a share of
/// the second may be.
constexpr float kFadingSlope = 0.3F;
constexpr double kMostHardRim = 0.3;
/// The ground's colors are taken this far from an edge, whose own mixture they are not.
constexpr float kFromEdge = 1;

cv::Mat slope_of(const cv::Mat& smooth) {
    cv::Mat dx;
    cv::Mat dy;
    // Of a window of 3 x 3, a pixel.
    cv::Scharr(smooth, dx, CV_32F, 1, 0, 1.0 / 32);
    cv::Scharr(smooth, dy, CV_32F, 0, 1, 1.0 / 32);
    cv::Mat slope(smooth.size(), CV_32F);
    for (int y = 0; y < smooth.rows; ++y) {
        const auto* x_row = dx.ptr<cv::Vec3f>(y);
        const auto* y_row = dy.ptr<cv::Vec3f>(y);
        auto* to = slope.ptr<float>(y);
        for (int x = 0; x < smooth.cols; ++x) {
            to[x] = std::sqrt(x_row[x].dot(x_row[x]) + y_row[x].dot(y_row[x]));
        }
    }
    return slope;
}

/// The parts of `open` that hold a pixel of `seed`, without what only passages narrower than twice
/// `gap` lead to.
cv::Mat reached(const cv::Mat& open, const cv::Mat& seed, float gap) {
    cv::Mat labels;
    const cv::Mat wide = shrink(open, gap);
    const int count = cv::connectedComponents(wide, labels, 4);
    std::vector<uchar> kept(static_cast<size_t>(count), 0);
    for (int y = 0; y < labels.rows; ++y) {
        for (int x = 0; x < labels.cols; ++x) {
            if (seed.at<uchar>(y, x) != 0) {
                kept[static_cast<size_t>(labels.at<int>(y, x))] = 255;
            }
        }
    }
    kept[0] = 0;
    cv::Mat result(open.size(), CV_8U);
    for (int y = 0; y < labels.rows; ++y) {
        for (int x = 0; x < labels.cols; ++x) {
            result.at<uchar>(y, x) = kept[static_cast<size_t>(labels.at<int>(y, x))];
        }
    }
    return widen(result, gap) & open;
}

/// The plain ground that is connected with the picture's border.
cv::Mat plain_ground(const cv::Mat& distance, float threshold) {
    constexpr float kGap = 3;
    cv::Mat border = cv::Mat::zeros(distance.size(), CV_8U);
    cv::rectangle(border, {0, 0, border.cols, border.rows}, 255, 2 * static_cast<int>(kGap) + 3);
    return reached(distance < threshold, border, kGap);
}

}  // namespace

cv::Mat shaded_ground(const cv::Mat& lab, const cv::Mat& plane, float threshold, float gap) {
    cv::Mat smooth;
    cv::GaussianBlur(lab, smooth, {}, kSmooth);
    const cv::Mat difference = smooth - plane;
    const cv::Mat distance = distance_from_ground(difference);
    const cv::Mat plain = plain_ground(distance, std::max(threshold, 1.0F));
    const cv::Mat slope = slope_of(smooth);
    const float edge = std::max(kEdgeSlope, kAboveNoiseSlope * median_where(slope, plain));

    cv::Mat open(lab.size(), CV_8U);
    for (int y = 0; y < lab.rows; ++y) {
        for (int x = 0; x < lab.cols; ++x) {
            const auto& off = difference.at<cv::Vec3f>(y, x);
            const bool shadow = slope.at<float>(y, x) < edge && off[0] > -kDarkest &&
                                off[0] < kBrighter &&
                                off[1] * off[1] + off[2] * off[2] < kTint * kTint;
            open.at<uchar>(y, x) = shadow || plain.at<uchar>(y, x) != 0 ? 255 : 0;
        }
    }
    const cv::Mat ground = reached(open, plain, gap);
    const cv::Mat shadow = ground & (distance > kVisible);
    if (cv::countNonZero(shadow) < kLeastShadow * static_cast<double>(lab.total())) {
        return {};
    }
    const cv::Mat rim = ground & ~plain & widen(plain, 2);
    if (cv::countNonZero(rim & (slope > kFadingSlope)) > kMostHardRim * cv::countNonZero(rim)) {
        return {};
    }
    const cv::Mat outline = ground & ~shrink(ground, 1.5F);
    const cv::Mat edges = widen(slope >= edge, kOutlineReach);
    const int length = cv::countNonZero(outline);
    if (length == 0 || cv::countNonZero(outline & edges) < kLeastEdge * length) {
        return {};
    }
    return continue_colors(smooth, shrink(ground, kFromEdge));
}

}  // namespace closet
