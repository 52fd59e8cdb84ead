#include "warp/old_clothes/stretch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include <opencv2/core.hpp>

#include "warp/mesh/curve.h"
#include "warp/occlusion/half_view.h"

namespace closet::old_clothes {
namespace {

/// The least band, in shoulder widths.
constexpr double kLeastBand = 0.1;
/// Beyond the reach the garment's own soft edge follows, for this many pixels.
constexpr double kEdgePx = 2.0;
/// Less reach is not drawn out, in shoulder widths.
constexpr double kNothing = 1e-3;
/// What lies farther beyond the edge is another part of the garment, in shoulder widths: edges are
/// smoothed, so they run a little inside or outside of the garment's own.
constexpr double kOwnEdge = 0.05;

/// Where on the garment a point lies that is `t` beyond its edge (negative: inside).
double undo(double t, double reach, double edge_width) {
    const double band = std::max(kBandOfReach * reach, kLeastBand);
    if (reach < kNothing || t <= -band || t >= reach + edge_width) {
        return t;
    }
    return t >= reach ? t - reach : -band + (t + band) * band / (band + reach);
}

/// Bilinear, weighted by alpha; transparent beyond the picture.
cv::Vec4b sample(const cv::Mat& rgba, cv::Point2d at) {
    const double left = std::floor(at.x);
    const double top = std::floor(at.y);
    if (!(left >= -1 && top >= -1 && left < rgba.cols && top < rgba.rows)) {
        return {0, 0, 0, 0};
    }
    const int x = static_cast<int>(left);
    const int y = static_cast<int>(top);
    const auto fx = static_cast<float>(at.x - left);
    const auto fy = static_cast<float>(at.y - top);
    std::array<float, 4> sum{};
    for (int j = 0; j < 2; ++j) {
        for (int i = 0; i < 2; ++i) {
            if (x + i < 0 || y + j < 0 || x + i >= rgba.cols || y + j >= rgba.rows) {
                continue;
            }
            const auto& pixel = rgba.at<cv::Vec4b>(y + j, x + i);
            const float alpha = (i == 0 ? 1 - fx : fx) * (j == 0 ? 1 - fy : fy) * pixel[3];
            for (int c = 0; c < 3; ++c) {
                sum[static_cast<std::size_t>(c)] += alpha * pixel[c];
            }
            sum[3] += alpha;
        }
    }
    cv::Vec4b result(0, 0, 0, 0);
    if (sum[3] >= 0.5F) {
        for (int c = 0; c < 3; ++c) {
            result[c] = static_cast<std::uint8_t>(sum[static_cast<std::size_t>(c)] / sum[3] + 0.5F);
        }
        result[3] = static_cast<std::uint8_t>(sum[3] + 0.5F);
    }
    return result;
}

/// `top` over `below`, straight alpha.
cv::Vec4b over(cv::Vec4b top, cv::Vec4b below) {
    const int rest = below[3] * (255 - top[3]) / 255;
    const int whole = top[3] + rest;
    if (rest == 0 || whole == 0) {
        return top;
    }
    cv::Vec4b result;
    for (int c = 0; c < 3; ++c) {
        result[c] =
            static_cast<std::uint8_t>((top[c] * top[3] + below[c] * rest + whole / 2) / whole);
    }
    result[3] = static_cast<std::uint8_t>(whole);
    return result;
}

/// `source_of` gives the strip's point that a strip's point shows, and sets how far beyond the edge
/// it lies; it is asked for the points within `low` .. `high`.
template <class SourceOf>
void draw(const Patch& source, const StripFrame& strip, cv::Point2d low, cv::Point2d high,
          const SourceOf& source_of, Patch& target) {
    cv::Point2d first(INFINITY, INFINITY), last(-INFINITY, -INFINITY);
    for (const cv::Point2d corner : {strip.at(low.x, low.y), strip.at(low.x, high.y),
                                     strip.at(high.x, low.y), strip.at(high.x, high.y)}) {
        first = {std::min(first.x, corner.x), std::min(first.y, corner.y)};
        last = {std::max(last.x, corner.x), std::max(last.y, corner.y)};
    }
    const cv::Rect part = occlusion::even_part({first - cv::Point2d(target.where.tl()),
                                                last - cv::Point2d(target.where.tl())},
                                               target.where.size()) &
                          cv::Rect({0, 0}, target.where.size());
    for (int y = part.y; y < part.br().y; ++y) {
        auto* row = target.rgba.ptr<cv::Vec4b>(y);
        for (int x = part.x; x < part.br().x; ++x) {
            const cv::Point2d p = strip.of(
                {static_cast<double>(target.where.x + x), static_cast<double>(target.where.y + y)});
            if (p.x < low.x || p.x > high.x || p.y < low.y || p.y > high.y) {
                continue;
            }
            double beyond = 0;
            const cv::Point2d from = source_of(p, beyond);
            if (from == p) {
                continue;
            }
            const cv::Vec4b drawn =
                sample(source.rgba, strip.at(from.x, from.y) - cv::Point2d(source.where.tl()));
            row[x] = beyond > kOwnEdge ? over(row[x], drawn) : drawn;
        }
    }
}

/// A profile between its samples.
struct Curve {
    const Profile& profile;
    double first, per_unit;

    Curve(const Profile& p, double from, double to)
        : profile(p), first(from), per_unit((Profile::kSize - 1) / (to - from)) {}

    /// Where a point shows the garment that is `position` along the edge and `depth` outwards.
    double undo_at(double position, double depth, double edge_width, double& beyond) const {
        const double at = (position - first) * per_unit;
        const double edge = mesh::look_up(std::span<const double>(profile.edge), at);
        const double reach = mesh::look_up(std::span<const double>(profile.reach), at);
        beyond = depth - edge;
        const double from = undo(beyond, reach, edge_width);
        return from == beyond ? depth : edge + from;
    }
};

}  // namespace

bool is_reaching(const Profile& profile) {
    return profile.known &&
           *std::max_element(profile.reach.begin(), profile.reach.end()) >= kNothing;
}

void stretch_end(const Patch& source, const StripFrame& strip, const StripRange& range,
                 const Profile& end, Patch& target) {
    if (!is_reaching(end)) {
        return;
    }
    const double edge_width = kEdgePx / strip.unit;
    const Curve curve(end, -range.half_width, range.half_width);
    const double inside = std::max(kBandOfReach * range.longest, kLeastBand);
    const auto [first, last] = std::minmax_element(end.edge.begin(), end.edge.end());
    draw(
        source, strip, {-range.half_width, *first - inside},
        {range.half_width, *last + range.longest + edge_width},
        [&](cv::Point2d p, double& beyond) {
            return cv::Point2d(p.x, curve.undo_at(p.x, p.y, edge_width, beyond));
        },
        target);
}

void stretch_sides(const Patch& source, const StripFrame& strip, const StripRange& range,
                   const std::array<Profile, 2>& sides, Patch& target) {
    const double edge_width = kEdgePx / strip.unit;
    const double inside = std::max(kBandOfReach * range.widest, kLeastBand);
    for (std::size_t side = 0; side < 2; ++side) {
        const Profile& profile = sides[side];
        if (!is_reaching(profile)) {
            continue;
        }
        const double sign = side == 0 ? -1 : 1;
        const Curve curve(profile, range.first_row, range.last_row);
        const auto [first, last] = std::minmax_element(profile.edge.begin(), profile.edge.end());
        const double low = std::max(*first - inside, 0.0);
        const double high = *last + range.widest + edge_width;
        draw(
            source, strip, {side == 0 ? -high : low, range.first_row},
            {side == 0 ? -low : high, range.last_row},
            [&](cv::Point2d p, double& beyond) {
                return cv::Point2d(sign * curve.undo_at(p.y, sign * p.x, edge_width, beyond), p.y);
            },
            target);
    }
}

}  // namespace closet::old_clothes
