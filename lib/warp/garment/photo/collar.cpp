#include "warp/garment/photo/collar.h"

#include <cmath>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/median.h"
#include "warp/garment/photo/ground.h"
#include "warp/garment/photo/matting.h"
#include "warp/garment/photo/morphology.h"
#include "warp/garment/photo/neckline.h"
#include "warp/garment/photo/opening.h"

namespace closet {
namespace {

// Lengths are shares of the neck's width. Labels sit in the middle, above the front neckline.
constexpr double kHalfWidth = 0.30;
constexpr double kAbove = 0.35;
constexpr double kBelow = 0.35;
/// From the cloth's median color, in Lab: black cloth's folds stay below, white labels have 60.
constexpr float kForeign = 18;
/// Of the examined cloth: more is a pattern or a print, no label.
constexpr double kMostForeign = 0.25;
/// Of the neck's width, squared: less is a thread, more no label.
constexpr double kLeastArea = 0.0002;
constexpr double kMostArea = 0.08;
/// The label's own edge and shadow, of the neck's width.
constexpr double kLabelMargin = 0.025;

cv::Vec3f median_color(const cv::Mat& lab, const cv::Mat& where) {
    cv::Vec3f median;
    std::vector<float> values;
    for (int c = 0; c < 3; ++c) {
        values.clear();
        for (int y = 0; y < lab.rows; ++y) {
            for (int x = 0; x < lab.cols; ++x) {
                if (where.at<uchar>(y, x) != 0) {
                    values.push_back(lab.at<cv::Vec3f>(y, x)[c]);
                }
            }
        }
        median[c] = upper_median(values);
    }
    return median;
}

/// Pixels of another color than the cloth's; empty where the cloth is not of one color.
cv::Mat foreign_spots(const cv::Mat& rgb, const cv::Mat& cloth) {
    const int all = cv::countNonZero(cloth);
    if (all == 0) {
        return {};
    }
    const cv::Mat lab = to_lab(rgb);
    const cv::Vec3f color = median_color(lab, cloth);
    cv::Mat foreign(cloth.size(), CV_8U, cv::Scalar(0));
    for (int y = 0; y < lab.rows; ++y) {
        for (int x = 0; x < lab.cols; ++x) {
            if (cloth.at<uchar>(y, x) != 0 &&
                cv::norm(lab.at<cv::Vec3f>(y, x) - color) > double{kForeign}) {
                foreign.at<uchar>(y, x) = 255;
            }
        }
    }
    return cv::countNonZero(foreign) > kMostForeign * all ? cv::Mat() : foreign;
}

/// Paints labels in the back of a collar over with the cloth around them: small spots of another
/// color between and above the neck points (pixels of `rgba`, CV_8UC4, image-left one first) on
/// cloth of one color. Alpha stays. Returns whether there was one; patterned cloth is left alone.
bool hide_label(cv::Mat& rgba, cv::Point2f left, cv::Point2f right) {
    const double width = cv::norm(right - left);
    const cv::Point2f middle = (left + right) / 2;
    const cv::Rect area =
        cv::Rect(cvRound(middle.x - kHalfWidth * width), cvRound(middle.y - kAbove * width),
                 cvRound(2 * kHalfWidth * width), cvRound((kAbove + kBelow) * width)) &
        cv::Rect({}, rgba.size());
    if (area.empty()) {
        return false;
    }
    cv::Mat patch = rgba(area);
    cv::Mat rgb;
    cv::Mat alpha;
    cv::cvtColor(patch, rgb, cv::COLOR_RGBA2RGB);
    cv::extractChannel(patch, alpha, 3);
    // The outline's soft edge has colors of its own.
    const cv::Mat cloth = shrink(alpha > 250, static_cast<float>(0.01 * width));
    const cv::Mat foreign = foreign_spots(rgb, cloth);
    if (foreign.empty()) {
        return false;
    }
    // Letters and the parts of a label become one.
    const auto margin = static_cast<float>(kLabelMargin * width);
    const cv::Mat spots = close_mask(foreign, margin);
    cv::Mat labels;
    cv::Mat stats;
    cv::Mat centroids;
    const int count = cv::connectedComponentsWithStats(spots, labels, stats, centroids, 8);
    cv::Mat hidden(spots.size(), CV_8U, cv::Scalar(0));
    for (int i = 1; i < count; ++i) {
        const int* s = stats.ptr<int>(i);
        const double share = s[cv::CC_STAT_AREA] / (width * width);
        const bool cut = s[cv::CC_STAT_LEFT] == 0 ||
                         s[cv::CC_STAT_LEFT] + s[cv::CC_STAT_WIDTH] == spots.cols ||
                         s[cv::CC_STAT_TOP] + s[cv::CC_STAT_HEIGHT] == spots.rows;
        if (!cut && share > kLeastArea && share < kMostArea) {
            hidden.setTo(255, labels == i);
        }
    }
    if (cv::countNonZero(hidden) == 0) {
        return false;
    }
    hidden = widen(hidden, margin);
    const cv::Mat known = cloth & ~hidden;
    if (cv::countNonZero(known) == 0) {
        return false;
    }
    const cv::Mat colors = continue_colors(rgb, known);
    for (int y = 0; y < patch.rows; ++y) {
        for (int x = 0; x < patch.cols; ++x) {
            if (hidden.at<uchar>(y, x) != 0 && cloth.at<uchar>(y, x) != 0) {
                auto& p = patch.at<cv::Vec4b>(y, x);
                const auto& c = colors.at<cv::Vec3f>(y, x);
                p = {cv::saturate_cast<uchar>(c[0]), cv::saturate_cast<uchar>(c[1]),
                     cv::saturate_cast<uchar>(c[2]), p[3]};
            }
        }
    }
    return true;
}

}  // namespace

bool remove_collar_inside(cv::Mat& rgba, cv::Point2f left_neck, cv::Point2f right_neck) {
    auto left = left_neck;
    auto right = right_neck;
    if (left.x > right.x) {
        std::swap(left, right);
    }
    if (!is_opening(rgba, left, right)) {
        return false;
    }
    const auto neckline = find_neckline(rgba, left, right);
    if (neckline.empty()) {
        return hide_label(rgba, left, right);
    }
    return take_away_above(rgba, neckline, left, right);
}

}  // namespace closet
