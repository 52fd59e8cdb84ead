#include "warp/old_clothes/stretch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include <opencv2/core.hpp>

#include "warp/mesh/curve.h"

namespace closet::old_clothes {
namespace {

/// The least band, in shoulder widths.
constexpr double kLeastBand = 0.1;
/// Beyond the reach the garment's own soft edge follows, for this many pixels.
constexpr double kEdgePx = 2.0;
/// Less reach is not drawn out, in shoulder widths.
constexpr double kNothing = 1e-3;

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

template <std::size_t n>
double largest(const Reach::Profile<n>& profile) {
    return profile.known ? *std::max_element(profile.reach.begin(), profile.reach.end()) : 0.0;
}

}  // namespace

void stretch(const Patch& source, const StripFrame& strip, const StripRange& range,
             const Reach& reach, Patch& target) {
    const double end_most = largest(reach.end);
    const std::array side_most{largest(reach.side[0]), largest(reach.side[1])};
    if (end_most < kNothing && side_most[0] < kNothing && side_most[1] < kNothing) {
        return;
    }
    const double edge_width = kEdgePx / strip.unit;
    const double per_column = (Reach::kColumns - 1) / (2 * range.half_width);
    const double per_row = (Reach::kRows - 1) / (range.last_row - range.first_row);
    for (int y = 0; y < target.rgba.rows; ++y) {
        auto* row = target.rgba.ptr<cv::Vec4b>(y);
        for (int x = 0; x < target.rgba.cols; ++x) {
            const cv::Point2d place(target.where.x + x, target.where.y + y);
            const cv::Point2d p = strip.of(place);
            if (p.y < range.first_row || p.y > range.last_row + range.longest ||
                std::abs(p.x) > 2 * range.half_width) {
                continue;
            }
            cv::Point2d from = p;
            const std::size_t side = p.x < 0 ? 0 : 1;
            double beyond = -1;
            if (side_most[side] >= kNothing) {
                const auto& profile = reach.side[side];
                const double at = (p.y - range.first_row) * per_row;
                const double edge = mesh::look_up(std::span<const double>(profile.edge), at);
                const double t = std::abs(p.x) - edge;
                const double u =
                    edge +
                    undo(t, mesh::look_up(std::span<const double>(profile.reach), at), edge_width);
                from.x = side == 0 ? -u : u;
                beyond = std::max(beyond, t);
            }
            if (end_most >= kNothing && std::abs(from.x) <= range.half_width) {
                const double at = (from.x + range.half_width) * per_column;
                const double edge = mesh::look_up(std::span<const double>(reach.end.edge), at);
                const double t = p.y - edge;
                from.y = edge + undo(t, mesh::look_up(std::span<const double>(reach.end.reach), at),
                                     edge_width);
                beyond = std::max(beyond, t);
            }
            if (from == p) {
                continue;
            }
            const cv::Vec4b drawn =
                sample(source.rgba, strip.at(from.x, from.y) - cv::Point2d(source.where.tl()));
            row[x] = beyond > 0 ? over(row[x], drawn) : drawn;
        }
    }
}

}  // namespace closet::old_clothes
