#include "warp/old_clothes/stretch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <opencv2/core.hpp>

#include "warp/occlusion/half_view.h"

namespace closet::old_clothes {
namespace {

/// The least band, in shoulder widths.
constexpr float kLeastBand = 0.1F;
/// Beyond the reach the garment's own soft edge follows, for this many pixels.
constexpr double kEdgePx = 2.0;
/// Less reach is not drawn out, in shoulder widths.
constexpr float kNoReach = 1e-3F;
/// What lies farther beyond the edge is another part of the garment, in shoulder widths: edges are
/// smoothed, so they run a little inside or outside of the garment's own.
constexpr float kOwnEdge = 0.05F;

/// Bilinear, weighted by alpha; transparent beyond the picture.
cv::Vec4b sample(const cv::Mat& rgba, cv::Point2f at) {
    const float left = std::floor(at.x);
    const float top = std::floor(at.y);
    if (!(left >= -1 && top >= -1 && left < static_cast<float>(rgba.cols) &&
          top < static_cast<float>(rgba.rows))) {
        return {0, 0, 0, 0};
    }
    const int x = static_cast<int>(left);
    const int y = static_cast<int>(top);
    const int fx = static_cast<int>((at.x - left) * 256);
    const int fy = static_cast<int>((at.y - top) * 256);
    const std::array weight{(256 - fx) * (256 - fy), fx * (256 - fy), (256 - fx) * fy, fx * fy};
    std::array<cv::Vec4b, 4> pixel;
    if (x >= 0 && y >= 0 && x + 1 < rgba.cols && y + 1 < rgba.rows) {
        const auto* upper = rgba.ptr<cv::Vec4b>(y) + x;
        const auto* lower = rgba.ptr<cv::Vec4b>(y + 1) + x;
        pixel = {upper[0], upper[1], lower[0], lower[1]};
    } else {
        for (int k = 0; k < 4; ++k) {
            const cv::Point place(x + k % 2, y + k / 2);
            const bool is_inside = cv::Rect({0, 0}, rgba.size()).contains(place);
            pixel[static_cast<std::size_t>(k)] =
                is_inside ? rgba.at<cv::Vec4b>(place) : cv::Vec4b(0, 0, 0, 0);
        }
    }
    cv::Vec4b result(0, 0, 0, 0);
    if ((pixel[0][3] | pixel[1][3] | pixel[2][3] | pixel[3][3]) == 0) {
        return result;
    }
    if ((pixel[0][3] & pixel[1][3] & pixel[2][3] & pixel[3][3]) == 255) {  // nearly everywhere
        for (int c = 0; c < 3; ++c) {
            const int sum = weight[0] * pixel[0][c] + weight[1] * pixel[1][c] +
                            weight[2] * pixel[2][c] + weight[3] * pixel[3][c];
            result[c] = static_cast<std::uint8_t>((sum + (1 << 15)) >> 16);
        }
        result[3] = 255;
        return result;
    }
    std::array<std::int64_t, 4> sum{};
    for (std::size_t k = 0; k < 4; ++k) {
        const std::int64_t alpha = std::int64_t{weight[k]} * pixel[k][3];
        for (int c = 0; c < 3; ++c) {
            sum[static_cast<std::size_t>(c)] += alpha * pixel[k][c];
        }
        sum[3] += alpha;
    }
    for (int c = 0; c < 3 && sum[3] > 0; ++c) {
        result[c] =
            static_cast<std::uint8_t>((sum[static_cast<std::size_t>(c)] + sum[3] / 2) / sum[3]);
    }
    result[3] = static_cast<std::uint8_t>((sum[3] + (1 << 15)) >> 16);
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

/// Which depth of the garment a point beside an edge shows; in single precision, for one pixel
/// after the other.
class Curve {
  public:
    /// `from` and `to` are the positions of the first and the last sample.
    Curve(const Profile& profile, double from, double to, double unit)
        : from_(static_cast<float>(from)),
          per_length_(static_cast<float>((Profile::kSize - 1) / (to - from))),
          edge_width_(static_cast<float>(kEdgePx / unit)) {
        for (std::size_t i = 0; i < Profile::kSize; ++i) {
            edge_[i] = static_cast<float>(profile.edge[i]);
            reach_[i] = static_cast<float>(profile.reach[i]);
        }
    }

    struct Source {
        float depth;   ///< of the garment that the point shows
        float beyond;  ///< how far beyond the garment's edge the point is; negative: inside
        bool moved;
    };
    /// For a point `position` along the edge and `depth` outwards.
    Source at(float position, float depth) const {
        constexpr float kLast = Profile::kSize - 1;
        const float at = std::clamp((position - from_) * per_length_, 0.0F, kLast);
        const auto i = std::min(static_cast<std::size_t>(at), Profile::kSize - 2);
        const float share = at - static_cast<float>(i);
        const float edge = edge_[i] + share * (edge_[i + 1] - edge_[i]);
        const float reach = reach_[i] + share * (reach_[i + 1] - reach_[i]);
        const float beyond = depth - edge;
        const float band = std::max(static_cast<float>(kBandOfReach) * reach, kLeastBand);
        if (reach < kNoReach || beyond <= -band || beyond >= reach + edge_width_) {
            return {depth, beyond, false};
        }
        const float from =
            beyond >= reach ? beyond - reach : (beyond + band) * band / (band + reach) - band;
        return {edge + from, beyond, true};
    }

  private:
    float from_, per_length_, edge_width_;
    std::array<float, Profile::kSize> edge_{}, reach_{};
};

/// Draws the part of the target within `low` .. `high` of the strip. `move` takes a point of the
/// strip to the one that it shows.
template <class Move>
void draw(const Patch& source, const StripFrame& strip, cv::Point2d low, cv::Point2d high,
          const Move& move, Patch& target) {
    cv::Point2d first(INFINITY, INFINITY), last(-INFINITY, -INFINITY);
    for (const cv::Point2d corner : {strip.at(low.x, low.y), strip.at(low.x, high.y),
                                     strip.at(high.x, low.y), strip.at(high.x, high.y)}) {
        first = {std::min(first.x, corner.x), std::min(first.y, corner.y)};
        last = {std::max(last.x, corner.x), std::max(last.y, corner.y)};
    }
    const cv::Point2d corner(target.where.tl());
    const cv::Rect part =
        occlusion::even_part(cv::Rect2d(first - corner, last - corner), target.where.size()) &
        cv::Rect({0, 0}, target.where.size());
    const cv::Point2f step(cv::Point2d(strip.across.x, strip.along.x) / strip.unit);
    const cv::Point2f right(strip.across * strip.unit);
    const cv::Point2f down(strip.along * strip.unit);
    const cv::Point2f origin(strip.origin - cv::Point2d(source.where.tl()));
    const cv::Point2f least(low), most(high);
    for (int y = part.y; y < part.br().y; ++y) {
        auto* row = target.rgba.ptr<cv::Vec4b>(y);
        const cv::Point2f start(strip.of(corner + cv::Point2d(part.x, y)));
        for (int x = part.x; x < part.br().x; ++x) {
            cv::Point2f p = start + step * static_cast<float>(x - part.x);
            if (p.x < least.x || p.x > most.x || p.y < least.y || p.y > most.y) {
                continue;
            }
            const Curve::Source from = move(p);
            if (from.moved) {
                const cv::Vec4b drawn = sample(source.rgba, origin + right * p.x + down * p.y);
                row[x] = from.beyond > kOwnEdge ? over(row[x], drawn) : drawn;
            }
        }
    }
}

}  // namespace

bool is_reaching(const Profile& profile) {
    return profile.known && *std::max_element(profile.reach.begin(), profile.reach.end()) >=
                                static_cast<double>(kNoReach);
}

void stretch_end(const Patch& source, const StripFrame& strip, const StripRange& range,
                 const Profile& end, Patch& target) {
    if (!is_reaching(end)) {
        return;
    }
    const Curve curve(end, -range.half_width, range.half_width, strip.unit);
    const double most = *std::max_element(end.reach.begin(), end.reach.end());
    const double inside = std::max<double>(kBandOfReach * most, kLeastBand);
    const auto [first, last] = std::minmax_element(end.edge.begin(), end.edge.end());
    const auto move = [&](cv::Point2f& p) {
        const Curve::Source from = curve.at(p.x, p.y);
        p.y = from.depth;
        return from;
    };
    draw(source, strip, {-range.half_width, *first - inside},
         {range.half_width, *last + most + kEdgePx / strip.unit}, move, target);
}

void stretch_sides(const Patch& source, const StripFrame& strip, const StripRange& range,
                   const std::array<Profile, 2>& sides, Patch& target) {
    for (std::size_t side = 0; side < 2; ++side) {
        const Profile& profile = sides[side];
        if (!is_reaching(profile)) {
            continue;
        }
        const float sign = side == 0 ? -1.0F : 1.0F;
        const Curve curve(profile, range.first_row, range.last_row, strip.unit);
        const double most = *std::max_element(profile.reach.begin(), profile.reach.end());
        const double inside = std::max<double>(kBandOfReach * most, kLeastBand);
        const auto [first, last] = std::minmax_element(profile.edge.begin(), profile.edge.end());
        const double low = std::max(*first - inside, 0.0);
        const double high = *last + most + kEdgePx / strip.unit;
        const auto move = [&](cv::Point2f& p) {
            const Curve::Source from = curve.at(p.y, sign * p.x);
            p.x = sign * from.depth;
            return from;
        };
        draw(source, strip, {side == 0 ? -high : low, range.first_row},
             {side == 0 ? -low : high, range.last_row}, move, target);
    }
}

}  // namespace closet::old_clothes
