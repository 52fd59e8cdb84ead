#include "warp/garment/snap.h"

#include "warp/garment/morphology.h"

namespace closet {
namespace {

/// Certainly garment: this deep inside, or this share of the local depth in narrow parts,
constexpr double kDeep = 24;
constexpr double kDeepShare = 0.55;
/// where local means within this many pixels,
constexpr int kLocal = 30;
/// or as far as this from the ground's colour.
constexpr double kFarFromGround = 14;
/// Grey levels a unit of Lab: the watershed sees 8 bits, and faint edges are what it is for.
constexpr double kStretch = 7;
constexpr double kMinAreaKept = 0.75;
/// What the watershed cuts off was halo where its distance from the ground is below this share of
/// the garment's beside it; else the edge it found was a fold.
constexpr double kHaloShare = 0.45;
/// How far "beside" reaches, in pixels.
constexpr double kBeside = 6;

/// What a snap cut off although it is as far from the ground as the garment beside it is.
cv::Mat wrongly_cut(const cv::Mat& garment, const cv::Mat& snapped, const cv::Mat& distance) {
    cv::Mat weight;
    cv::Mat(shrink(snapped, 1)).convertTo(weight, CV_32F, 1.0 / 255);
    cv::Mat level = distance.mul(weight);
    cv::GaussianBlur(level, level, {}, kBeside);
    cv::GaussianBlur(weight, weight, {}, kBeside);
    level /= cv::max(weight, 1e-4);
    cv::Mat smooth;
    cv::GaussianBlur(distance, smooth, {}, 2);
    return garment & ~snapped & (smooth > level * kHaloShare) & (weight > 1e-4);
}

}  // namespace

cv::Mat snap_outline(const cv::Mat& garment, const cv::Mat& difference, const cv::Mat& distance,
                     bool near_white) {
    cv::Mat depth;
    cv::distanceTransform(garment, depth, cv::DIST_L2, cv::DIST_MASK_5);
    cv::Mat local;
    const int side = 2 * kLocal + 1;
    cv::dilate(depth, local, cv::getStructuringElement(cv::MORPH_RECT, {side, side}));
    local = cv::min(local * kDeepShare, kDeep);
    const cv::Mat strong = shrink((distance > kFarFromGround) & garment, 2);
    const cv::Mat core = ((depth > local) | strong) & garment;

    cv::Mat smooth;
    cv::GaussianBlur(difference, smooth, {}, 1);
    cv::Mat relief;
    smooth.convertTo(relief, CV_8U, kStretch, 128);
    cv::Mat markers = cv::Mat::zeros(garment.size(), CV_32S);
    markers.setTo(1, garment == 0);
    markers.setTo(2, core);
    cv::watershed(relief, markers);

    // The line between the two belongs to the garment where it lies inside.
    const cv::Mat inside = shrink(garment, 2);
    cv::Mat snapped = (markers == 2) | ((markers == -1) & inside);
    snapped = open_mask(snapped, 2);
    if (cv::countNonZero(snapped) <= kMinAreaKept * cv::countNonZero(garment)) {
        return garment.clone();
    }
    snapped |= wrongly_cut(garment, snapped, distance);
    if (near_white) {
        const float unit = static_cast<float>(std::max(garment.cols, garment.rows)) / 1024;
        // Folds are as strong as the outline here: what they cut off in narrow bites comes back.
        snapped = close_mask(snapped, 28 * unit) & garment;
    }
    return open_mask(close_mask(snapped, 1), 2);
}

}  // namespace closet
