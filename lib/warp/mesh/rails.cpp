#include "warp/mesh/rails.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>

namespace closet::mesh {
namespace {

constexpr double kSmoothRailsPx = 9;
constexpr double kAboveHemPx = 6;    ///< where the last trustworthy width is read
constexpr int kWidthRows = 20;       ///< looked at for a width
constexpr double kSliceHalf = 0.04;  ///< half thickness of a slice, in sleeve lengths
constexpr std::size_t kSlicePixels = 20;
constexpr int kSleevePixels = 200;
constexpr double kOutlier = 0.01;  ///< share of pixels left out at either edge of a slice
constexpr double kSmoothSlices = 1.2;

double slice_position(std::size_t i) {
    return static_cast<double>(i) / (SleeveChart::kSlices - 1);
}

/// Fills gaps (NaN) linearly, ends with the nearest value; false where all are gaps.
template <class Table>
bool fill_gaps(Table& table) {
    const std::size_t size = table.size();
    std::size_t last = size;
    for (std::size_t i = 0; i < size; ++i) {
        if (std::isnan(table[i])) {
            continue;
        }
        for (std::size_t k = last == size ? 0 : last + 1; k < i; ++k) {
            table[k] = last == size
                           ? table[i]
                           : mix(table[last], table[i],
                                 static_cast<double>(k - last) / static_cast<double>(i - last));
        }
        last = i;
    }
    for (std::size_t k = last + 1; last < size && k < size; ++k) {
        table[k] = table[last];
    }
    return last < size;
}

void shape_rail(std::vector<double>& rail, const SideAnchors& points) {
    const auto size = static_cast<int>(rail.size());
    const int tip = std::clamp(cvRound(points.tip.y), 0, size - 1);
    const int armpit = std::clamp(cvRound(points.armpit.y), tip, size - 1);
    for (int y = 0; y <= armpit; ++y) {
        const double t =
            std::clamp((y - points.tip.y) / (points.armpit.y - points.tip.y), 0.0, 1.0);
        rail[static_cast<std::size_t>(y)] = mix(points.tip.x, points.armpit.x, t);
    }
    fill_gaps(rail);
    const int end = std::clamp(cvRound(points.hem.y - kAboveHemPx), armpit, size - 1);
    std::fill(rail.begin() + end, rail.end(), rail[static_cast<std::size_t>(end)]);
    smooth(rail, kSmoothRailsPx);
}

}  // namespace

double Rails::width_below(double y) const {
    std::vector<double> widths;
    for (int i = 0; i < kWidthRows; ++i) {
        widths.push_back(right_at(y + i) - left_at(y + i));
    }
    std::nth_element(widths.begin(), widths.begin() + kWidthRows / 2, widths.end());
    return widths[kWidthRows / 2];
}

Rails find_rails(const cv::Mat& label, const OutlineAnchors& anchors) {
    const auto size = static_cast<std::size_t>(label.rows);
    Rails rails{std::vector<double>(size, NAN), std::vector<double>(size, NAN)};
    for (std::size_t y = 0; y < size; ++y) {
        const auto* row = label.ptr<std::uint8_t>(static_cast<int>(y));
        for (int x = 0; x < label.cols; ++x) {
            if (row[x] == kTorso) {
                rails.left[y] = std::isnan(rails.left[y]) ? x : rails.left[y];
                rails.right[y] = x;
            }
        }
    }
    shape_rail(rails.left, anchors.side[0]);
    shape_rail(rails.right, anchors.side[1]);
    return rails;
}

std::optional<SleeveChart> find_sleeve(const cv::Mat& region, const SideAnchors& points) {
    SleeveChart chart;
    chart.start = mix(points.tip, points.armpit, 0.5);
    const cv::Point2d cuff = mix(points.cuff_outer, points.cuff_inner, 0.5);
    chart.length = length_of(cuff - chart.start);
    chart.armhole = length_of(points.tip - points.armpit);
    if (chart.length < 2 || chart.armhole < 2 || cv::countNonZero(region) < kSleevePixels) {
        return std::nullopt;
    }
    chart.along = (cuff - chart.start) / chart.length;
    const cv::Point2d normal = quarter_turn(chart.along);
    std::array<std::vector<double>, SleeveChart::kSlices> slices;
    for (int y = 0; y < region.rows; ++y) {
        const auto* row = region.ptr<std::uint8_t>(y);
        for (int x = 0; x < region.cols; ++x) {
            if (row[x] == 0) {
                continue;
            }
            const cv::Point2d off = cv::Point2d(x, y) - chart.start;
            const double t = off.dot(chart.along) / chart.length;
            for (std::size_t i = 0; i < slices.size(); ++i) {
                if (std::abs(t - slice_position(i)) < kSliceHalf) {
                    slices[i].push_back(off.dot(normal));
                }
            }
        }
    }
    // Before the armpit a slice runs into the body: there the inner edge is not the region's.
    const double armpit = (points.armpit - chart.start).dot(chart.along) / chart.length;
    const bool outer_is_high = (points.tip - chart.start).dot(normal) > 0;
    std::array<double, SleeveChart::kSlices> outer{}, inner{};
    for (std::size_t i = 0; i < slices.size(); ++i) {
        std::vector<double>& r = slices[i];
        outer[i] = inner[i] = NAN;
        if (r.size() > kSlicePixels) {
            std::sort(r.begin(), r.end());
            const auto skip = static_cast<std::size_t>(kOutlier * static_cast<double>(r.size()));
            const double low = r[skip];
            const double high = r[r.size() - 1 - skip];
            outer[i] = outer_is_high ? high : low;
            if (slice_position(i) > armpit + kSliceHalf) {
                inner[i] = outer_is_high ? low : high;
            }
        }
    }
    if (!fill_gaps(outer) || !fill_gaps(inner)) {
        return std::nullopt;
    }
    smooth(outer, kSmoothSlices);
    smooth(inner, kSmoothSlices);
    chart.low = outer_is_high ? inner : outer;
    chart.high = outer_is_high ? outer : inner;
    return chart;
}

}  // namespace closet::mesh
