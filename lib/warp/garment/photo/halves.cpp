#include "warp/garment/photo/halves.h"

#include <algorithm>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/photo/morphology.h"
#include "warp/garment/photo/photo_check.h"

namespace closet {
namespace {

constexpr double kPale = 6;           ///< distance from the ground's color: a print of it
constexpr double kLeastPale = 0.012;  ///< of what is seen inside of the outline
// Pixels of a photo of 1024. Chosen on dress_052234; of the other shared photos three have such
// prints (00126, 00151, garment_03244).
constexpr float kInside = 3, kRim = 40;
constexpr float kMostNarrow = 20;  ///< bites are narrower than twice this
constexpr double kMostArea = 512;  ///< of a bite
constexpr float kSameHalves = 4;   ///< both halves of a garment are to so many
constexpr float kSmoothed = 8;     ///< outline, to tell where it is concave
constexpr double kConcave = 0.02;  ///< of the photo: as deep as armpits are at least
constexpr float kCorner = 20;      ///< around their deepest place
constexpr double kMirrored = 0.7;  ///< of a bite or gap, on the other half
/// Bands: distance of the cloth beside them from the ground's color, half their width, where they
/// lie, of the garment's height, how far they reach to either side, of its width, and how slim.
constexpr double kClothColor = 14;
constexpr float kMostBand = 18;
constexpr double kCollarReach = 0.3, kLeastBand = 0.1, kSlimBand = 2;
/// Gaps and bumps: distance from the ground's color; gaps: how high, of the photo's height and of
constexpr double kGapColor = 2.5, kLongGap = 0.1, kSlimGap = 2;

/// Calls `use(part, box, area)` for each connected part of a mask: `part` is CV_8UC1 of `box`.
template <class Use>
void for_each_part(const cv::Mat& mask, Use&& use) {
    cv::Mat labels, stats, centers;
    const int count = cv::connectedComponentsWithStats(mask, labels, stats, centers, 4, CV_32S);
    for (int i = 1; i < count; ++i) {
        const int* s = stats.ptr<int>(i);
        const cv::Rect box(s[cv::CC_STAT_LEFT], s[cv::CC_STAT_TOP], s[cv::CC_STAT_WIDTH],
                           s[cv::CC_STAT_HEIGHT]);
        use(cv::Mat(labels(box) == i), box, s[cv::CC_STAT_AREA]);
    }
}

/// The deepest places of what is concave.
cv::Mat corners(const cv::Mat& garment, float unit) {
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(close_mask(garment, kSmoothed * unit), contours, cv::RETR_EXTERNAL,
                     cv::CHAIN_APPROX_NONE);
    cv::Mat result = cv::Mat::zeros(garment.size(), CV_8U);
    for (const auto& contour : contours) {
        std::vector<int> hull;
        cv::convexHull(contour, hull);
        if (contour.size() < 4 || hull.size() < 3) {
            continue;
        }
        std::sort(hull.begin(), hull.end());  // what convexityDefects takes
        std::vector<cv::Vec4i> defects;
        cv::convexityDefects(contour, hull, defects);
        for (const cv::Vec4i& defect : defects) {
            if (defect[3] / 256.0 > kConcave * std::max(garment.cols, garment.rows)) {
                cv::circle(result, contour[static_cast<std::size_t>(defect[2])],
                           cvRound(kCorner * unit), 255, cv::FILLED);
            }
        }
    }
    return result;
}

/// What is small and narrow, ground, and garment on the other half.
void fill_bites(const cv::Mat& other, float unit, cv::Mat& garment) {
    // Nothing is filled across the picture's border.
    const int border = cvCeil(kMostNarrow * unit) + 2;
    cv::Mat wide;
    cv::copyMakeBorder(garment, wide, border, border, border, border, cv::BORDER_CONSTANT, 0);
    const cv::Mat closed =
        close_mask(wide, kMostNarrow * unit)(cv::Rect({border, border}, garment.size()));
    const cv::Mat there = widen(other, kSameHalves * unit);
    const cv::Mat corner = corners(garment, unit);
    const double most = kMostArea * double{unit} * double{unit};
    for_each_part(closed & ~garment, [&](const cv::Mat& bite, cv::Rect box, int area) {
        if (area < most && cv::countNonZero(bite & corner(box)) == 0 &&
            cv::countNonZero(bite & there(box)) > kMirrored * area) {
            garment(box).setTo(255, bite);
        }
    });
}

/// What is long, of the ground's color, and ground on the other half.
void open_gaps(const cv::Mat& other, const cv::Mat& distance, cv::Mat& garment) {
    const cv::Mat pale = garment & (distance < kGapColor);
    for_each_part(open_mask(pale, 2), [&](const cv::Mat& gap, cv::Rect box, int area) {
        if (box.height > kLongGap * garment.rows && box.height > kSlimGap * box.width &&
            cv::countNonZero(gap & ~other(box)) > kMirrored * area) {
            garment(box).setTo(0, gap);
        }
    });
}

/// A band of the ground's color that lies between two parts of the garment across its axis, high
/// up: a white collar between a dark front and the dark inside of its back, say. At its ends it is
/// as open to the ground as a slit.
void fill_collar(double axis, const cv::Mat& distance, float unit, cv::Mat& garment) {
    const cv::Rect box = cv::boundingRect(garment);
    const cv::Mat cloth = open_mask(distance > kClothColor, 1);
    const cv::Mat between = close_mask(cloth, kMostBand * unit) & ~cloth;
    const cv::Rect high(box.x, box.y, box.width, cvRound(kCollarReach * box.height));
    for_each_part(between(high), [&](const cv::Mat& band, cv::Rect part, int area) {
        const double left = axis - high.x - part.x;
        const double right = part.width - left;
        const double least = kLeastBand * box.width;
        // What closing fills of a corner is wide and short.
        if (std::min(left, right) > least && part.width > kSlimBand * area / part.width) {
            garment(high)(part).setTo(255, band);
        }
    });
}

/// What is of the ground's color, sticks out by more than half its width where it hangs on, and is
/// ground on the other half.
void drop_bumps(const cv::Mat& other, const cv::Mat& distance, float unit, cv::Mat& garment) {
    const cv::Mat alone = garment & ~widen(other, kSameHalves * unit);
    const cv::Mat kept = garment & ~open_mask(alone & (distance < kGapColor), 1);
    const cv::Mat beside = widen(kept, 1);
    for_each_part(garment & ~kept, [&](const cv::Mat& bump, cv::Rect box, int area) {
        const double foot = cv::countNonZero(bump & beside(box));
        if (2 * area > foot * foot) {
            garment(box).setTo(0, bump);
        }
    });
}

}  // namespace

cv::Mat mend_halves(const cv::Mat& garment, const cv::Mat& distance) {
    const float unit = static_cast<float>(std::max(garment.cols, garment.rows)) / 1024;
    const double axis = best_mirror(garment, 4 * kMirrorSide).axis;
    cv::Mat other;
    cv::warpAffine(garment, other, cv::Matx23d(-1, 0, 2 * axis, 0, 1, 0), garment.size(),
                   cv::INTER_NEAREST);
    cv::Mat mended = garment.clone();
    fill_collar(axis, distance, unit, mended);
    drop_bumps(other, distance, unit, mended);
    const cv::Mat rim = shrink(garment, kInside * unit) & ~shrink(garment, kRim * unit);
    if (cv::countNonZero(rim & (distance < kPale)) < kLeastPale * cv::countNonZero(rim)) {
        return mended;
    }
    open_gaps(other, distance, mended);
    fill_bites(other, unit, mended);
    return mended;
}

}  // namespace closet
