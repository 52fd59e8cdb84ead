#include "warp/garment/photo_check.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "warp/garment/person_check.h"

namespace closet {
namespace {

constexpr int kMinSide = 32;
/// Person photos, cut off at the lower border, still have 0.8; pictures of a scene below 0.5.
constexpr float kMinBorderShare = 0.6F;
/// Of the picture: smaller things cannot be told from dirt, and would be a blur on a body.
constexpr double kMinArea = 0.01;
/// Of the largest part: from here on a part is a thing of its own, not a belt or a cut-off sleeve.
constexpr double kSecondThing = 0.25;
/// Height of the box per width. Tank dresses are near 3, cropped jackets with spread arms near 0.5.
constexpr double kMinAspect = 0.25;
constexpr double kMaxAspect = 4;
/// Overlap of a silhouette and its mirror image. Shared garments: 0.9 and more.
constexpr double kMinSymmetry = 0.5;
/// Of a border's length: the garment is cut off there.
constexpr double kCutOff = 0.03;

constexpr const char* kMaskRemedy = "give its outline to `closet garment prepare` with --mask FILE";

std::vector<double> part_areas(const cv::Mat& garment) {
    cv::Mat labels;
    cv::Mat stats;
    cv::Mat centroids;
    const int count = cv::connectedComponentsWithStats(garment, labels, stats, centroids, 8);
    std::vector<double> areas;
    for (int i = 1; i < count; ++i) {
        areas.push_back(stats.at<int>(i, cv::CC_STAT_AREA));
    }
    std::sort(areas.rbegin(), areas.rend());
    return areas;
}

/// The best overlap (IoU) of a silhouette with its mirror image about an upright axis near the
/// middle of its box.
double symmetry(const cv::Mat& garment) {
    const cv::Mat inside = garment(cv::boundingRect(garment));
    cv::Mat small;
    const cv::Size size{96, 96};
    cv::resize(inside, small, size, 0, 0, cv::INTER_AREA);
    small = small > 127;
    cv::Mat mirrored;
    cv::flip(small, mirrored, 1);
    constexpr int kShift = 12;
    double best = 0;
    for (int shift = -kShift; shift <= kShift; ++shift) {
        const cv::Rect here{std::max(0, shift), 0, size.width - std::abs(shift), size.height};
        const cv::Rect there{std::max(0, -shift), 0, size.width - std::abs(shift), size.height};
        const double both = cv::countNonZero(small(here) & mirrored(there));
        const double all = cv::countNonZero(small) + cv::countNonZero(mirrored) - both;
        best = std::max(best, both / std::max(1.0, all));
    }
    return best;
}

std::vector<std::string> cut_off_sides(const cv::Mat& garment) {
    const std::array<std::pair<cv::Mat, const char*>, 4> sides{{
        {garment.row(0), "top"},
        {garment.row(garment.rows - 1), "bottom"},
        {garment.col(0), "left"},
        {garment.col(garment.cols - 1), "right"},
    }};
    std::vector<std::string> cut;
    for (const auto& [line, side] : sides) {
        if (cv::countNonZero(line) > kCutOff * static_cast<double>(line.total())) {
            cut.emplace_back(side);
        }
    }
    return cut;
}

}  // namespace

void check_size(const cv::Mat& rgb, const std::string& name) {
    if (rgb.type() != CV_8UC3 || rgb.cols < kMinSide || rgb.rows < kMinSide) {
        throw ConfigError(fmt::format(
            "{} is {}x{} pixels, too small to find a garment in: take a photo of at least {} "
            "pixels a side",
            name, rgb.cols, rgb.rows, kMinSide));
    }
}

void check_ground(const Ground& ground, const std::string& name) {
    if (ground.share_of_border < kMinBorderShare) {
        throw ConfigError(
            fmt::format("{} has no plain ground to cut the garment out of (only {:.0f} % of its "
                        "border is of one colour): take a photo on a plain ground, or {}",
                        name, double{ground.share_of_border} * 100, kMaskRemedy));
    }
}

void check_silhouette(const cv::Mat& rgb, const cv::Mat& garment, const std::string& name) {
    const std::vector<double> areas = part_areas(garment);
    if (areas.empty() || areas[0] < kMinArea * static_cast<double>(garment.total())) {
        throw ConfigError(
            fmt::format("{} shows nothing but its ground: take a photo that a garment fills, or {}",
                        name, kMaskRemedy));
    }
    if (is_person(person_signs(rgb, garment))) {
        throw ConfigError(fmt::format(
            "{} shows a person who wears the garment: take a photo of the garment alone, laid out "
            "flat on a plain ground, or {}",
            name, kMaskRemedy));
    }
    const auto things = std::count_if(areas.begin(), areas.end(),
                                      [&](double area) { return area > kSecondThing * areas[0]; });
    if (things > 1) {
        throw ConfigError(
            fmt::format("{} shows {} separate things: cut the photo to one garment, or {}", name,
                        things, kMaskRemedy));
    }
    if (const auto cut = cut_off_sides(garment); cut.size() > 1) {
        throw ConfigError(fmt::format(
            "{} shows something that runs out of the picture at the {} and the {}: take a photo "
            "of the whole garment, or {}",
            name, cut[0], cut[1], kMaskRemedy));
    }
    const cv::Rect box = cv::boundingRect(garment);
    const double aspect = static_cast<double>(box.height) / box.width;
    if (aspect < kMinAspect || aspect > kMaxAspect || symmetry(garment) < kMinSymmetry) {
        throw ConfigError(fmt::format(
            "{} shows something that has not the shape of a garment for the upper body, seen from "
            "the front: take a photo of one laid out flat and upright, or {}",
            name, kMaskRemedy));
    }
}

}  // namespace closet
