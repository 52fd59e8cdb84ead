#include "warp/garment/photo/silhouette.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/median.h"
#include "warp/garment/photo/morphology.h"

namespace closet {
namespace {

/// Certainly garment: this deep inside, or this share of the local depth in narrow parts,
constexpr double kDeep = 24;
constexpr double kDeepShare = 0.55;
/// where local means within this many pixels,
constexpr int kLocal = 30;
/// or as far as this from the ground's color.
constexpr double kFarFromGround = 14;
/// Gray levels a unit of Lab: the watershed sees 8 bits, and faint edges are what it is for.
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

/// Moves a silhouette's outline to the strongest edge within about 24 px inside of it: a watershed
/// on the stretched color difference. What a low threshold adds around a garment (JPEG blocks,
/// faint shadows) goes. `garment` is CV_8UC1, 255 inside; `difference` (CV_32FC3, Lab, from the
/// ground) and `distance` (CV_32FC1) have its size. Returned unchanged where more than a quarter of
/// the area would go: then the strongest edge is a print, not the outline.
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

// Distances from the ground, in Lab.
constexpr double kFaint = 6;        ///< JPEG noise and faint shadows stay below
constexpr double kClear = 8;        ///< no noise reaches this
constexpr double kStrong = 14;      ///< the garment itself, unless it is white
constexpr double kNearWhite = 10;   ///< garments with a median below are near white
constexpr double kHoleColor = 2.5;  ///< a gap between sleeve and body is at most this far off
/// Parts below this share of the largest are dirt.
constexpr double kSmallestPart = 0.02;
/// Of the picture's height: shorter streaks are folds and noise at the outline.
constexpr double kSlitHeight = 0.015;
/// Of the picture: what closing fills of an armpit.
constexpr double kCornerArea = 0.0002;

/// The share of the garment's inside that is hardly darker than the ground: stripes and prints,
/// whose white parts are not holes.
double near_white_share(const cv::Mat& distance) {
    const cv::Mat seen = distance > kFaint;
    cv::Mat filled;
    cv::morphologyEx(seen, filled, cv::MORPH_CLOSE,
                     cv::getStructuringElement(cv::MORPH_RECT, {41, 41}));
    return static_cast<double>(cv::countNonZero(filled & ~seen)) /
           std::max(1, cv::countNonZero(seen));
}

struct Region {
    cv::Rect box;
    double area = 0;
    double mean = 0;    ///< distance from the ground
    double median = 0;  ///< distance from the ground
    bool at_border = false;
};

std::vector<Region> measure_regions(const cv::Mat& labels, const cv::Mat& stats,
                                    const cv::Mat& distance) {
    std::vector<Region> regions(static_cast<size_t>(stats.rows));
    std::vector<std::vector<float>> values(regions.size());
    for (int i = 1; i < stats.rows; ++i) {
        auto& region = regions[static_cast<size_t>(i)];
        const int* s = stats.ptr<int>(i);
        region.box = {s[cv::CC_STAT_LEFT], s[cv::CC_STAT_TOP], s[cv::CC_STAT_WIDTH],
                      s[cv::CC_STAT_HEIGHT]};
        region.area = s[cv::CC_STAT_AREA];
        region.at_border = region.box.x < 3 || region.box.y < 3 ||
                           region.box.br().x > labels.cols - 3 ||
                           region.box.br().y > labels.rows - 3;
    }
    for (int y = 0; y < labels.rows; ++y) {
        for (int x = 0; x < labels.cols; ++x) {
            const auto i = static_cast<size_t>(labels.at<int>(y, x));
            if (i != 0 && !regions[i].at_border) {
                values[i].push_back(distance.at<float>(y, x));
            }
        }
    }
    for (size_t i = 1; i < regions.size(); ++i) {
        if (values[i].empty()) {
            continue;
        }
        double sum = 0;
        for (const float v : values[i]) {
            sum += double{v};
        }
        regions[i].mean = sum / static_cast<double>(values[i].size());
        regions[i].median = double{upper_median(std::move(values[i]))};
    }
    return regions;
}

/// Whether an enclosed ground-colored region is a gap between sleeve and body.
bool is_gap(const Region& region, cv::Size size, double axis, double width, double threshold,
            bool near_white) {
    const double picture = static_cast<double>(size.area());
    const bool tall = region.box.height > 1.3 * region.box.width;
    if (tall && region.area > (near_white ? 0.004 : 0.0003) * picture &&
        region.median < 0.35 * threshold + 0.02) {
        return true;
    }
    const double off_center = std::abs(region.box.x + region.box.width / 2.0 - axis);
    return !near_white && region.area > 0.0005 * picture && region.mean < kHoleColor &&
           region.box.height > 1.5 * region.box.width && region.box.height > 0.06 * size.height &&
           off_center > 0.15 * width;
}

/// Ground that is connected with the picture's border, and gaps between sleeves and body.
cv::Mat find_ground(const cv::Mat& distance, double threshold, bool near_white) {
    const cv::Mat below = distance < threshold;
    const float radius = threshold < 1 ? 2 : 3;
    cv::Mat labels;
    cv::Mat stats;
    cv::Mat centroids;
    cv::connectedComponentsWithStats(shrink(below, radius), labels, stats, centroids, 4);
    const auto regions = measure_regions(labels, stats, distance);

    const bool holes = near_white_share(distance) <= 0.10;
    const cv::Rect seen = cv::boundingRect(distance > kFaint);
    const double axis = seen.x + seen.width / 2.0;
    std::vector<uchar> keep(regions.size(), 0);
    for (size_t i = 1; i < regions.size(); ++i) {
        const bool ground =
            regions[i].at_border ||
            (holes && is_gap(regions[i], distance.size(), axis, seen.width, threshold, near_white));
        keep[i] = ground ? 255 : 0;
    }
    cv::Mat ground(distance.size(), CV_8U);
    for (int y = 0; y < labels.rows; ++y) {
        for (int x = 0; x < labels.cols; ++x) {
            ground.at<uchar>(y, x) = keep[static_cast<size_t>(labels.at<int>(y, x))];
        }
    }
    return widen(ground, radius) & below;
}

/// Faint pixels (255) where the garment around is strong: at least 35 % of what is not ground
/// within some 18 px. There they are not garment but JPEG noise, shadow or a gap.
cv::Mat faint_beside_strong(const cv::Mat& ground, const cv::Mat& distance) {
    cv::Mat weight;
    cv::Mat strong;
    cv::Mat(~ground).convertTo(weight, CV_32F, 1.0 / 255);
    cv::Mat((distance > kStrong) & ~ground).convertTo(strong, CV_32F, 1.0 / 255);
    // At a quarter of the size: the share is that of a wide window.
    const cv::Size small{std::max(1, ground.cols / 4), std::max(1, ground.rows / 4)};
    for (cv::Mat* map : {&weight, &strong}) {
        cv::resize(*map, *map, small, 0, 0, cv::INTER_AREA);
        cv::GaussianBlur(*map, *map, {}, 18.0 / 4);
    }
    cv::Mat share = strong / cv::max(weight, 1e-3);
    cv::resize(share, share, ground.size(), 0, 0, cv::INTER_LINEAR);
    return (distance < kFaint) & (share > 0.35);
}

/// JPEG blocks of +-3 levels stick to a garment's outline: grows the ground by at most 16 px (one
/// chroma block) through what is faint beside a strong garment.
cv::Mat grow_through_halo(const cv::Mat& ground, const cv::Mat& faint) {
    cv::Mat grown = ground.clone();
    for (int step = 0; step < 16; ++step) {
        cv::Mat next;
        cv::dilate(grown, next, {});
        grown |= next & faint;
    }
    return grown;
}

/// Keeps the largest part and those that are not dirt, and fills pinholes.
cv::Mat drop_dirt(const cv::Mat& garment) {
    cv::Mat labels;
    cv::Mat stats;
    cv::Mat centroids;
    int largest = 0;
    const int count = cv::connectedComponentsWithStats(garment, labels, stats, centroids, 8);
    for (int i = 1; i < count; ++i) {
        largest = std::max(largest, stats.at<int>(i, cv::CC_STAT_AREA));
    }
    cv::Mat kept = cv::Mat::zeros(garment.size(), CV_8U);
    for (int i = 1; i < count; ++i) {
        if (stats.at<int>(i, cv::CC_STAT_AREA) > kSmallestPart * largest) {
            kept.setTo(255, labels == i);
        }
    }
    const int holes = cv::connectedComponentsWithStats(~kept, labels, stats, centroids, 4);
    for (int i = 1; i < holes; ++i) {
        if (stats.at<int>(i, cv::CC_STAT_AREA) < 0.0003 * static_cast<double>(garment.total())) {
            kept.setTo(255, labels == i);
        }
    }
    return kept;
}

/// Takes out again what smoothing and closing bridged: tall streaks of ground color that begin at
/// the ground (slits between sleeve and body) and the ends of sharp inner corners. `faint`:
/// faint_beside_strong of the photo before it was smoothed.
cv::Mat open_slits(const cv::Mat& garment, const cv::Mat& faint) {
    const cv::Mat pale = faint & garment;
    const cv::Mat beside_ground = widen(~garment, 3) & pale;
    cv::Mat labels;
    cv::Mat stats;
    cv::Mat centroids;
    const int count = cv::connectedComponentsWithStats(pale, labels, stats, centroids, 8);
    std::vector<char> touches(static_cast<size_t>(count), 0);
    for (int y = 0; y < labels.rows; ++y) {
        for (int x = 0; x < labels.cols; ++x) {
            if (beside_ground.at<uchar>(y, x) != 0) {
                touches[static_cast<size_t>(labels.at<int>(y, x))] = 1;
            }
        }
    }
    cv::Mat opened = garment.clone();
    for (int i = 1; i < count; ++i) {
        const int* s = stats.ptr<int>(i);
        const bool streak = s[cv::CC_STAT_HEIGHT] > kSlitHeight * garment.rows &&
                            s[cv::CC_STAT_HEIGHT] > 2 * s[cv::CC_STAT_WIDTH];
        const bool corner =
            s[cv::CC_STAT_AREA] < kCornerArea * static_cast<double>(garment.total());
        if (touches[static_cast<size_t>(i)] != 0 && (streak || corner)) {
            opened.setTo(0, labels == i);
        }
    }
    return drop_dirt(opened);
}

}  // namespace

Silhouette find_silhouette(const Ground& ground, const cv::Mat& difference, const cv::Mat& distance,
                           const cv::Mat& sharp) {
    const double threshold = double{ground.threshold};
    const bool near_white = double{median_where(distance, distance > threshold)} < kNearWhite;
    const cv::Mat strict = find_ground(distance, threshold, near_white);
    const cv::Mat grown =
        near_white ? strict : grow_through_halo(strict, faint_beside_strong(strict, distance));

    const float unit = static_cast<float>(std::max(distance.cols, distance.rows)) / 1024;
    // White fabric is of the ground's very color in places: bites are filled there, as far as
    // there is nothing clear beside them. Elsewhere nothing is filled that is ground for certain.
    const cv::Mat certain = near_white
                                ? open_mask(strict, 12 * unit) |
                                      (open_mask(strict, 1) & widen(distance > kClear, 6 * unit))
                                : open_mask(strict, 1);
    cv::Mat garment = close_mask(~grown, near_white ? 14 * unit : 8) & ~certain;
    garment = open_mask(garment, 3);
    // Bumps of whole JPEG blocks are narrow and faint: wide parts stay, and strong ones.
    const cv::Mat strong = open_mask((distance > kClear) & garment, 2);
    garment = drop_dirt(open_mask(garment, 13) | strong);
    if (cv::countNonZero(garment) == 0) {
        return {garment, near_white};
    }
    garment = snap_outline(garment, difference, distance, near_white);
    if (!near_white) {
        garment = open_slits(garment, faint_beside_strong(strict, sharp));
    }
    cv::Mat smooth;
    cv::GaussianBlur(garment, smooth, {}, near_white ? 3.5 * double{unit} : 1.0);
    return {smooth > 127, near_white};
}

}  // namespace closet
