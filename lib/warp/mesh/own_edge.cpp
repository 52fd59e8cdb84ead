#include "warp/mesh/own_edge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <opencv2/core.hpp>

#include "core/curve.h"
#include "core/picture_geometry.h"

namespace closet::mesh {
namespace {

constexpr double kClearFrom = 0.45, kClearTo = 0.85;  ///< difference of both sides, 0..1
constexpr double kBare = 0.4;                         ///< so much skin is skin
constexpr int kMostSteps = 60;
constexpr int kMostBandPx = 8;
constexpr std::size_t kMostSamples = 2 * (kMostSteps + kMostBandPx) + 1;
constexpr double kFarthest = 1e6;

/// 0..1, of the four pixels from (x, y) on.
double sample(const cv::Mat& plane, int x, int y, cv::Point2d at) {
    const auto a = static_cast<float>(at.x - x), b = static_cast<float>(at.y - y);
    const auto* upper = plane.ptr<std::uint8_t>(y) + x;
    const auto* lower = plane.ptr<std::uint8_t>(y + 1) + x;
    const auto mix = [](std::uint8_t from, std::uint8_t to, float share) {
        return static_cast<float>(from) + static_cast<float>(to - from) * share;
    };
    const float above = mix(upper[0], upper[1], a), below = mix(lower[0], lower[1], a);
    return static_cast<double>(above + (below - above) * b) / 255;
}

/// 0..1, between pixels; 0 beyond the classes.
double share_of(const std::vector<const cv::Mat*>& planes, cv::Point2d at) {
    if (!(std::abs(at.x) < kFarthest && std::abs(at.y) < kFarthest)) {
        return 0;
    }
    const int x = cvFloor(at.x), y = cvFloor(at.y);
    double sum = 0;
    for (const cv::Mat* plane : planes) {
        if (x < 0 || y < 0 || x + 1 >= plane->cols || y + 1 >= plane->rows) {
            return 0;
        }
        sum += sample(*plane, x, y, at);
    }
    return sum;
}

/// `count` samples of cloth, `step` apart.
void read_line(const std::vector<const cv::Mat*>& planes, cv::Point2d first, cv::Point2d step,
               std::size_t count, std::array<double, kMostSamples>& cloth) {
    const cv::Point2d last = first + step * static_cast<double>(count - 1);
    const cv::Size size = planes.empty() ? cv::Size() : planes.front()->size();
    const auto is_inside = [&](cv::Point2d at) {
        return at.x >= 0 && at.y >= 0 && at.x < size.width - 1 && at.y < size.height - 1;
    };
    if (!is_inside(first) || !is_inside(last)) {
        for (std::size_t i = 0; i < count; ++i) {
            cloth[i] = share_of(planes, first + step * static_cast<double>(i));
        }
        return;
    }
    std::fill_n(cloth.begin(), count, 0.0);
    for (const cv::Mat* plane : planes) {
        for (std::size_t i = 0; i < count; ++i) {
            const cv::Point2d at = first + step * static_cast<double>(i);
            cloth[i] += sample(*plane, static_cast<int>(at.x), static_cast<int>(at.y), at);
        }
    }
}

}  // namespace

OwnEdge::OwnEdge(const PersonClasses& classes, const GarmentChart& chart)
    : classes_(classes), skin_{&classes.of(Surface::kSkin)} {
    if (chart.covers_torso) {
        planes_.push_back(&classes.of(Surface::kUpperClothes));
    }
    if (chart.lower) {
        planes_.push_back(&classes.of(Surface::kLowerClothes));
    }
}

Estimate OwnEdge::nearest(cv::Point2d at, cv::Point2d outwards, double reach, bool on_skin,
                          int band_px) const {
    const double scale = classes_.classes_from_shown(0, 0);
    const cv::Point2d from = apply(classes_.classes_from_shown, at);
    const int steps = cvCeil(reach * scale);
    if (steps < 1 || steps > kMostSteps) {
        return {};
    }
    std::array<double, kMostSamples> cloth;
    const int band = std::clamp(band_px, 1, kMostBandPx), most = steps + band;
    read_line(planes_, from - outwards * most, outwards, 2 * static_cast<std::size_t>(most) + 1,
              cloth);
    Estimate found;
    double nearest = reach * scale;
    for (int i = band; i < 2 * most - band; ++i) {
        const auto k = static_cast<std::size_t>(i);
        if (!(cloth[k] >= 0.5 && cloth[k + 1] < 0.5)) {
            continue;
        }
        const double off = i - most + (cloth[k] - 0.5) / (cloth[k] - cloth[k + 1]);
        if (std::abs(off) >= nearest ||
            (!on_skin && share_of(skin_, from + outwards * (i - most + band)) > kBare)) {
            continue;
        }
        double inside = 0, outside = 0;
        for (std::size_t off_edge = 0; off_edge < static_cast<std::size_t>(band); ++off_edge) {
            inside += cloth[k - off_edge];
            outside += cloth[k + 1 + off_edge];
        }
        nearest = std::abs(off);
        found = {off / scale, smoothstep(kClearFrom, kClearTo, (inside - outside) / band)};
    }
    return found;
}

}  // namespace closet::mesh
