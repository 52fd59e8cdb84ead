#include "warp/garment/photo/waistband.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/photo/ground.h"
#include "warp/garment/photo/opening.h"

namespace closet {
namespace {

/// The surroundings of a waist at one size, lying level: a third of a photo's pixels, so that
/// neither cost nor the weave's unrest depend on the photo.
constexpr double kWaistPx = 240;  ///< between the waistband's ends
constexpr int kWaistSide = 320;

/// Columns that are looked at, from end to end.
constexpr int kColumns = 113;
constexpr double kMostAside = 0.94;  ///< of the half width: at the ends front and back meet

// The front's edge hangs from the waistband's ends: depth * (1 - u^2)^power of the waist's width,
// u from -1 to 1. That of the shared trousers is 0.08 and 1.2; the seam below a waistband goes
// beside the outline and is found by none of these.
constexpr double kLeastDepth = 0.03, kMostDepth = 0.30, kDepthStep = 0.004;
constexpr std::array<double, 4> kPowers{0.6, 0.8, 1.0, 1.2};
/// Colors are compared so far from the edge, in pixels of the patch; what is to be garment above.
constexpr double kProbeApart = 1.5, kInsideAbove = 2.5;
/// What is seen may stray so far from the curve, in pixels of the patch, at this cost of a step.
constexpr int kStray = 2;
constexpr float kStepCost = 0.4F;
/// An edge is seen in each of five parts of it: levels of Lab by which it changes the same way. The
/// shared trousers' edge, of one cloth with the back's inside, has 3.8, what is none at most 1.7.
constexpr std::size_t kParts = 5;
constexpr float kSeenEverywhere = 2.9F;
constexpr float kAgreement = 0.9F;    ///< 0..1, of the columns
constexpr float kLeastChange = 2.0F;  ///< along the curve itself
/// The inside is in shade. A brighter lining counts only where it is clearly another color.
constexpr float kOtherColor = 6.0F;
/// Of edges that are seen about as well the upper one: below are the front's seams.
constexpr float kAsGood = 0.75F;
constexpr double kSameEdge = 0.015;  ///< of the waist's width
/// The front is stretched upwards so far below its edge, of the waist's width.
constexpr double kDrawnFrom = 0.5;

struct WaistPatch {
    cv::Mat lab;     ///< CV_32FC3
    cv::Mat opaque;  ///< CV_32FC1, 0..255
    cv::Matx23d to_source;

    /// Of a place with fractions: means of the nearest four.
    template <class Value>
    static Value at(const cv::Mat& plane, double x, double y) {
        const int i = std::clamp(static_cast<int>(x), 0, plane.cols - 2);
        const int j = std::clamp(static_cast<int>(y), 0, plane.rows - 2);
        const auto a = static_cast<float>(x - i), b = static_cast<float>(y - j);
        return (plane.at<Value>(j, i) * (1 - a) + plane.at<Value>(j, i + 1) * a) * (1 - b) +
               (plane.at<Value>(j + 1, i) * (1 - a) + plane.at<Value>(j + 1, i + 1) * a) * b;
    }
};

WaistPatch waist_patch(const cv::Mat& rgba, cv::Point2d left, cv::Point2d right) {
    WaistPatch patch;
    patch.to_source = patch_of_opening(left, right, kWaistPx, kWaistSide);
    // Finer detail than the patch's would be noise in it.
    const double scale = cv::norm(right - left) / kWaistPx;
    const double sigma = std::max(0.5 * scale, 0.3);
    const auto reach = static_cast<int>(cv::norm(right - left) / kWaistPx * kWaistSide);
    const cv::Point middle((left + right) / 2);
    const cv::Rect part =
        cv::Rect(middle - cv::Point(reach, reach), cv::Size(2 * reach, 2 * reach)) &
        cv::Rect({}, rgba.size());
    cv::Mat smooth;
    cv::GaussianBlur(rgba(part), smooth, {}, sigma, sigma, cv::BORDER_REPLICATE);
    const cv::Matx23d to_part = patch.to_source - cv::Matx23d(0, 0, part.x, 0, 0, part.y);
    cv::Mat pixels;
    cv::warpAffine(smooth, pixels, to_part, {kWaistSide, kWaistSide},
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT,
                   cv::Scalar::all(0));
    cv::Mat rgb;
    cv::cvtColor(pixels, rgb, cv::COLOR_RGBA2RGB);
    patch.lab = to_lab(rgb);
    cv::extractChannel(pixels, patch.opaque, 3);
    patch.opaque.convertTo(patch.opaque, CV_32F);
    return patch;
}

/// -1..1 of a column.
constexpr double aside_of(int column) {
    return kMostAside * (2.0 * column / (kColumns - 1) - 1);
}

double x_of(int column) {
    return kWaistSide / 2.0 + kWaistPx / 2 * aside_of(column);
}

/// What changes across a place of the edge, Lab below less above; nothing where that is hardly
/// below the outline.
std::optional<cv::Vec3f> change_at(const WaistPatch& patch, double x, double y) {
    if (WaistPatch::at<float>(patch.opaque, x, y - kProbeApart - kInsideAbove) < 200) {
        return std::nullopt;
    }
    return WaistPatch::at<cv::Vec3f>(patch.lab, x, y + kProbeApart) -
           WaistPatch::at<cv::Vec3f>(patch.lab, x, y - kProbeApart);
}

constexpr int kWays = 2 * kStray + 1;
/// What changes along a curve and beside it.
using Changes = std::array<std::array<std::optional<cv::Vec3f>, kWays>, kColumns>;
using Ways = std::array<int, kColumns>;

struct HangingEdge {
    double depth = 0, power = 1;
    float everywhere = 0;  ///< least of the parts' means
    Ways ways{};           ///< of each column: how far below the curve, pixels, and kStray

    double curve(int column) const {
        const double u = aside_of(column);
        return kWaistSide / 2.0 + kWaistPx * depth * std::pow(1 - u * u, power);
    }
};

/// Of ways from end to end that stray little from the curve the one along which most changes in a
/// direction (Lab, length 1), by dynamic programming. No column counts more than `most`.
Ways follow(const Changes& changes, const cv::Vec3f& direction, float most) {
    std::array<std::array<float, kWays>, kColumns> gain{};
    std::array<Ways, kWays> from{};
    for (std::size_t column = 0; column < kColumns; ++column) {
        for (int way = 0; way < kWays; ++way) {
            const auto i = static_cast<std::size_t>(way);
            float before = column == 0 ? 0.0F : -INFINITY;
            for (int other = std::max(0, way - 1);
                 column > 0 && other <= std::min(kWays - 1, way + 1); ++other) {
                const float total = gain[column - 1][static_cast<std::size_t>(other)] -
                                    kStepCost * most * static_cast<float>(std::abs(way - other));
                if (total > before) {
                    before = total;
                    from[i][column] = other;
                }
            }
            const auto& change = changes[column][i];
            gain[column][i] =
                before + (change ? std::clamp(change->dot(direction), -most, most) : 0.0F);
        }
    }
    Ways ways{};
    auto way = static_cast<std::size_t>(std::max_element(gain.back().begin(), gain.back().end()) -
                                        gain.back().begin());
    for (std::size_t column = kColumns; column-- > 0;) {
        ways[column] = static_cast<int>(way);
        way = static_cast<std::size_t>(from[way][column]);
    }
    return ways;
}

/// Sets `everywhere` of an edge whose ways are set; it stays 0 where the columns do not agree.
void rate(const Changes& changes, const cv::Vec3f& direction, HangingEdge& edge) {
    std::array<float, kParts> parts{};
    std::array<int, kParts> counts{};
    cv::Vec3f sum(0, 0, 0);
    float lengths = 0;
    for (std::size_t column = 0; column < kColumns; ++column) {
        if (const auto& change = changes[column][static_cast<std::size_t>(edge.ways[column])]) {
            const std::size_t part = column * kParts / kColumns;
            parts[part] += change->dot(direction);
            ++counts[part];
            sum += *change;
            lengths += static_cast<float>(cv::norm(*change));
        }
    }
    if (static_cast<float>(cv::norm(sum)) < kAgreement * lengths) {
        return;
    }
    edge.everywhere = INFINITY;
    for (std::size_t i = 0; i < kParts; ++i) {
        const float mean = counts[i] > 4 ? parts[i] / static_cast<float>(counts[i]) : 0.0F;
        edge.everywhere = std::min(edge.everywhere, mean);
    }
}

/// An edge of this form as it is seen.
HangingEdge seen_edge(const WaistPatch& patch, double depth, double power) {
    HangingEdge edge{depth, power};
    Changes changes;
    cv::Vec3f mean(0, 0, 0);
    int count = 0;
    for (int column = 0; column < kColumns; ++column) {
        auto& here = changes[static_cast<std::size_t>(column)];
        for (int way = 0; way < kWays; ++way) {
            here[static_cast<std::size_t>(way)] =
                change_at(patch, x_of(column), edge.curve(column) + way - kStray);
        }
        if (const auto& change = here[kStray]) {
            mean += *change;
            ++count;
        }
    }
    mean *= 1 / static_cast<float>(std::max(count, 1));
    const auto length = static_cast<float>(cv::norm(mean));
    if (length < (mean[0] > 0 ? kLeastChange : kOtherColor)) {
        return edge;
    }
    const cv::Vec3f direction = mean * (1 / length);
    edge.ways = follow(changes, direction, 2 * length);
    rate(changes, direction, edge);
    return edge;
}

std::optional<HangingEdge> find_edge(const WaistPatch& patch) {
    std::vector<HangingEdge> seen;
    float best = 0;
    for (double depth = kLeastDepth; depth <= kMostDepth; depth += kDepthStep) {
        for (const double power : kPowers) {
            const HangingEdge edge = seen_edge(patch, depth, power);
            if (edge.everywhere >= kSeenEverywhere) {
                best = std::max(best, edge.everywhere);
                seen.push_back(edge);
            }
        }
    }
    const auto upper = std::find_if(seen.begin(), seen.end(), [&](const HangingEdge& edge) {
        return edge.everywhere >= kAsGood * best;
    });
    if (upper == seen.end()) {
        return std::nullopt;
    }
    // The first that is good is on the edge's flank.
    HangingEdge found = *upper;
    for (const HangingEdge& edge : seen) {
        if (edge.depth < upper->depth + kSameEdge && edge.everywhere > found.everywhere) {
            found = edge;
        }
    }
    return found;
}

/// From one end of the waist to the other, in pixels of the picture.
std::vector<cv::Point2d> path_of(const HangingEdge& edge, const WaistPatch& patch, cv::Point2d left,
                                 cv::Point2d right) {
    std::vector<cv::Point2d> path{left};
    for (int column = 0; column < kColumns; ++column) {
        // Whole steps are a staircase: the mean of nine columns.
        double stray = 0;
        for (int k = -4; k <= 4; ++k) {
            const int other = std::clamp(column + k, 0, kColumns - 1);
            stray += (edge.ways[static_cast<std::size_t>(other)] - kStray) / 9.0;
        }
        const cv::Vec2d p =
            patch.to_source * cv::Vec3d(x_of(column), edge.curve(column) + stray, 1);
        path.emplace_back(p[0], p[1]);
    }
    path.push_back(right);
    return path;
}

/// y of a path at each column from its first point on; it goes to the right.
std::vector<double> rows_of(const std::vector<cv::Point2d>& path) {
    std::vector<double> rows;
    const int first = cvCeil(path.front().x);
    std::size_t i = 0;
    for (int x = first; x <= cvFloor(path.back().x); ++x) {
        while (i + 2 < path.size() && path[i + 1].x < x) {
            ++i;
        }
        const double t = (x - path[i].x) / std::max(path[i + 1].x - path[i].x, 1e-6);
        rows.push_back(path[i].y + std::clamp(t, 0.0, 1.0) * (path[i + 1].y - path[i].y));
    }
    return rows;
}

/// Draws the front up to the line between the waist's ends, which is where the wearer's waist will
/// be: else what they wore would be seen above it. It is stretched less and less down to
/// kDrawnFrom.
void draw_up(cv::Mat& rgba, const std::vector<cv::Point2d>& path) {
    const cv::Point2d left = path.front(), right = path.back();
    const std::vector<double> rows = rows_of(path);
    const int first = cvCeil(left.x);
    const double reach = kDrawnFrom * (right.x - left.x);
    cv::Mat map(rgba.size(), CV_32FC2);
    for (int y = 0; y < rgba.rows; ++y) {
        auto* from = map.ptr<cv::Vec2f>(y);
        for (int x = 0; x < rgba.cols; ++x) {
            from[x] = {static_cast<float>(x), static_cast<float>(y)};
            const auto i = static_cast<std::size_t>(std::max(x - first, 0));
            if (x < first || i >= rows.size()) {
                continue;
            }
            const double line = left.y + (x - left.x) / (right.x - left.x) * (right.y - left.y);
            const double up = std::max(rows[i] - line, 0.0);
            const double below = std::clamp((y - line) / (up + reach), 0.0, 1.0);
            from[x][1] += static_cast<float>(up * (1 - below) * (1 - below));
        }
    }
    cv::Mat drawn;
    cv::remap(rgba, drawn, map, {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    rgba = drawn;
}

}  // namespace

bool remove_waistband_inside(cv::Mat& rgba, cv::Point2f left_waist, cv::Point2f right_waist) {
    auto left = left_waist;
    auto right = right_waist;
    if (left.x > right.x) {
        std::swap(left, right);
    }
    if (!is_opening(rgba, left, right)) {
        return false;
    }
    const WaistPatch patch = waist_patch(rgba, left, right);
    const std::optional<HangingEdge> edge = find_edge(patch);
    if (!edge) {
        return false;
    }
    const std::vector<cv::Point2d> path = path_of(*edge, patch, left, right);
    const bool changed = take_away_above(rgba, path, left, right);
    draw_up(rgba, path);
    return changed;
}

}  // namespace closet
