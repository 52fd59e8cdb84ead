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
constexpr double kLeastDepth = 0.03, kMostDepth = 0.30, kDepthStep = 0.003;
constexpr std::array<double, 4> kPowers{0.6, 0.8, 1.0, 1.2};
/// Colors are compared so far from the edge, in pixels of the patch; what is to be garment above.
constexpr double kApart = 1.5, kInsideAbove = 5;
/// An edge is seen in each of five parts of it: levels of Lab by which it changes the same way. The
/// shared trousers' edge, of one cloth with the back's inside, has 1.8; seams of the others 0.8.
constexpr std::size_t kParts = 5;
constexpr float kSeenEverywhere = 1.3F;
constexpr float kAgreement = 0.6F;  ///< 0..1, of the columns
/// The inside is in shade. A brighter lining counts only where it is clearly another color.
constexpr float kOtherColor = 6.0F;
/// Of edges that are seen about as well the upper one: below are the front's seams.
constexpr float kAsGood = 0.6F;
/// What is seen follows the curve so closely, in pixels of the patch; cost of a step.
constexpr int kStray = 5;
constexpr float kStepCost = 0.6F;

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

struct HangingEdge {
    double depth = 0, power = 1;
    cv::Vec3f change;       ///< mean of Lab below less above
    float everywhere = -1;  ///< least of the parts' means, along `change`

    double y(int column) const {
        const double u = aside_of(column);
        return kWaistSide / 2.0 + kWaistPx * depth * std::pow(1 - u * u, power);
    }
};

double x_of(int column) {
    return kWaistSide / 2.0 + kWaistPx / 2 * aside_of(column);
}

/// What changes across a place of the edge; nothing where it is hardly below the outline.
std::optional<cv::Vec3f> change_at(const WaistPatch& patch, double x, double y) {
    if (WaistPatch::at<float>(patch.opaque, x, y - kApart - kInsideAbove) < 200) {
        return std::nullopt;
    }
    return WaistPatch::at<cv::Vec3f>(patch.lab, x, y + kApart) -
           WaistPatch::at<cv::Vec3f>(patch.lab, x, y - kApart);
}

/// How well an edge of this form is seen; `everywhere` stays -1 where it is not believed.
HangingEdge seen_edge(const WaistPatch& patch, double depth, double power) {
    HangingEdge edge{depth, power, {0, 0, 0}};
    std::vector<std::pair<std::size_t, cv::Vec3f>> changes;
    cv::Vec3f sum(0, 0, 0);
    float lengths = 0;
    for (int column = 0; column < kColumns; ++column) {
        if (const auto change = change_at(patch, x_of(column), edge.y(column))) {
            changes.emplace_back(static_cast<std::size_t>(column) * kParts / kColumns, *change);
            sum += *change;
            lengths += static_cast<float>(cv::norm(*change));
        }
    }
    const auto length = static_cast<float>(cv::norm(sum));
    if (static_cast<int>(changes.size()) < kColumns / 2 || length < kAgreement * lengths ||
        length <= 0) {
        return edge;
    }
    edge.change = sum * (1 / static_cast<float>(changes.size()));
    if (edge.change[0] < 0 && cv::norm(edge.change) < double{kOtherColor}) {
        return edge;
    }
    std::array<float, kParts> parts{};
    std::array<int, kParts> counts{};
    for (const auto& [part, change] : changes) {
        parts[part] += change.dot(sum) / length;
        ++counts[part];
    }
    float least = INFINITY;
    for (std::size_t i = 0; i < kParts; ++i) {
        if (counts[i] > 4) {
            least = std::min(least, parts[i] / static_cast<float>(counts[i]));
        }
    }
    edge.everywhere = least;
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
        if (edge.depth < upper->depth + 0.015 && edge.everywhere > found.everywhere) {
            found = edge;
        }
    }
    return found;
}

/// The edge as it is seen: of ways from end to end that stray little from the curve the one along
/// which most changes, by dynamic programming. In pixels of the picture.
std::vector<cv::Point2d> follow(const WaistPatch& patch, const HangingEdge& edge) {
    constexpr int kWays = 2 * kStray + 1;
    const cv::Vec3f along = edge.change * (1 / static_cast<float>(cv::norm(edge.change)));
    const auto most = 2 * static_cast<float>(cv::norm(edge.change));
    std::array<std::array<float, kWays>, kColumns> gain{};
    std::array<std::array<int, kWays>, kColumns> from{};
    for (std::size_t column = 0; column < kColumns; ++column) {
        const int here = static_cast<int>(column);
        for (int way = 0; way < kWays; ++way) {
            const auto i = static_cast<std::size_t>(way);
            const auto change = change_at(patch, x_of(here), edge.y(here) + way - kStray);
            const float own = change ? std::clamp(change->dot(along), -most, most) / most : 0.0F;
            float before = column == 0 ? 0.0F : -INFINITY;
            for (int other = std::max(0, way - 1);
                 column > 0 && other <= std::min(kWays - 1, way + 1); ++other) {
                const float total = gain[column - 1][static_cast<std::size_t>(other)] -
                                    kStepCost * static_cast<float>(std::abs(way - other));
                if (total > before) {
                    before = total;
                    from[column][i] = other;
                }
            }
            gain[column][i] = before + own;
        }
    }
    std::vector<cv::Point2d> points(kColumns);
    auto way = static_cast<std::size_t>(std::max_element(gain.back().begin(), gain.back().end()) -
                                        gain.back().begin());
    for (int column = kColumns - 1; column >= 0; --column) {
        points[static_cast<std::size_t>(column)] = {
            x_of(column), edge.y(column) + static_cast<double>(way) - kStray};
        way = static_cast<std::size_t>(from[static_cast<std::size_t>(column)][way]);
    }
    // Whole steps are a staircase: the mean of nine columns.
    std::vector<cv::Point2d> path;
    for (int column = 0; column < kColumns; ++column) {
        double y = 0;
        for (int k = -4; k <= 4; ++k) {
            const int other = std::clamp(column + k, 0, kColumns - 1);
            y += (points[static_cast<std::size_t>(other)].y - edge.y(other)) / 9;
        }
        const cv::Vec2d in_picture =
            patch.to_source * cv::Vec3d(x_of(column), edge.y(column) + y, 1);
        path.emplace_back(in_picture[0], in_picture[1]);
    }
    return path;
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
    std::vector<cv::Point2d> path = follow(patch, *edge);
    path.insert(path.begin(), left);
    path.emplace_back(right);
    return take_away_above(rgba, std::move(path), left, right);
}

}  // namespace closet
