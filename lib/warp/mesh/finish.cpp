#include "warp/mesh/finish.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/paint/blend.h"
#include "warp/paint/blur_plane.h"
#include "warp/paint/kernel.h"
#include "warp/paint/pixel_row.h"

namespace closet::mesh {
namespace {

// Constants of the mesh study (section 4); lengths in shoulder widths.
constexpr double kBlur = 0.03;
/// The sleeve is sewn on up to the first distance from the shoulder, and lies free from the second.
constexpr double kSewnFrom = 0.35, kSewnTo = 0.75;
constexpr int kShrink = Shade::kShrink;

/// Slits are looked for so far beside, above and below the crotch; shoulder widths.
constexpr double kSlitsBeside = 0.7, kSlitsAbove = 0.35, kSlitsBelow = 0.4;
constexpr double kWidestSlit = 0.03;  ///< square shoulder widths
constexpr int kHalfOpaque = 128;
constexpr int kEdge = 2;  ///< soft edges of cloth, pixels

/// sign: 1 clears what is below, -1 what is above.
void cut_beyond(cv::Mat& canvas, cv::Point offset, const BodyFrame& body, const OwnClothes& waist,
                double drop, double sign) {
    const auto [high, low] = std::minmax_element(waist.waist.begin(), waist.waist.end());
    const double nearest = ((sign > 0 ? *high : *low) + drop) * body.unit;
    for (int y = 0; y < canvas.rows; ++y) {
        auto* row = canvas.ptr<cv::Vec4b>(y);
        const auto is_out = [&](int x) {
            const cv::Point2d off = cv::Point2d(x + offset.x, y + offset.y) - body.middle;
            return sign * (off.dot(body.down) - nearest) + 0.5 > 0;
        };
        if (!is_out(0) && !is_out(canvas.cols - 1)) {
            continue;  // nor is anything between
        }
        for (int x = 0; x < canvas.cols; ++x) {
            if (row[x][3] == 0) {
                continue;
            }
            const cv::Point2d off = cv::Point2d(x + offset.x, y + offset.y) - body.middle;
            const double end = waist.at(off.dot(body.across) / body.unit) + drop;
            const double outside = sign * (off.dot(body.down) - end * body.unit) + 0.5;
            if (outside <= 0) {
                continue;
            }
            const double keep = std::max(1.0 - outside, 0.0);
            for (int c = 0; c < 4; ++c) {
                row[x][c] = static_cast<std::uint8_t>(row[x][c] * keep + 0.5);
            }
        }
    }
}

/// Multiplies the colors of `n` pixels by 1 - strength * dark / 255; `sums` are dark times
/// pixel_row::weights_of(kShrink).
CLOSET_TARGET_CLONES
void darken_row(const std::uint16_t* __restrict sums, std::size_t n,
                std::uint8_t* __restrict rgba) {
    constexpr std::uint32_t kWeights = pixel_row::weights_of(kShrink);
    constexpr std::uint32_t kStrength = Shade::kStrengthOf256;
    for (std::size_t i = 0; i < n; ++i) {
        std::uint32_t pixel;
        std::memcpy(&pixel, rgba + 4 * i, sizeof pixel);
        const std::uint32_t dark = (sums[i] + kWeights / 2) / kWeights;
        const std::uint32_t keep = blend::div255(256U * 255U - kStrength * dark);
        pixel = ((pixel & 255) * keep >> 8) | (((pixel >> 8 & 255) * keep >> 8) << 8) |
                (((pixel >> 16 & 255) * keep >> 8) << 16) | (pixel & 0xFF000000);
        std::memcpy(rgba + 4 * i, &pixel, sizeof pixel);
    }
}

}  // namespace

void cut_below(cv::Mat& canvas, cv::Point offset, const BodyFrame& body, const OwnClothes& waist,
               double drop) {
    cut_beyond(canvas, offset, body, waist, drop, 1);
}

void cut_above(cv::Mat& canvas, cv::Point offset, const BodyFrame& body, const OwnClothes& waist,
               double drop) {
    cut_beyond(canvas, offset, body, waist, drop, -1);
}

std::optional<Shade> shade_beside(cv::Size canvas, const Layer& layer,
                                  std::span<const cv::Point2d> points, cv::Point offset,
                                  cv::Point2d shoulder, double unit) {
    if (layer.triangles.empty()) {
        return std::nullopt;
    }
    const double blur = std::max(kBlur * unit / kShrink, 0.5);
    const int reach = cvCeil(2 * blur) + 1;
    const cv::Size small((canvas.width + kShrink - 1) / kShrink,
                         (canvas.height + kShrink - 1) / kShrink);
    std::vector<Corner> corners;
    corners.reserve(points.size());
    double left = small.width, top = small.height, right = 0, bottom = 0;
    bool lies_free = false;
    const Texture& texture = layer.texture;
    double frame_area = 0;
    double texture_area = 0;
    for (const auto& [a, b, c] : layer.coarse) {
        const cv::Point2d u = points[b] - points[a];
        const cv::Point2d v = points[c] - points[a];
        const cv::Point2d s = layer.vertices[b].garment - layer.vertices[a].garment;
        const cv::Point2d t = layer.vertices[c].garment - layer.vertices[a].garment;
        frame_area += std::abs(u.cross(v));
        texture_area += std::abs(s.cross(t));
    }
    const std::size_t level =
        texture.level_for(std::sqrt(frame_area / std::max(texture_area, 1.0)) / kShrink);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const cv::Point2d p = (points[i] - cv::Point2d(offset)) / double{kShrink};
        corners.push_back({p, texture.position(layer.vertices[i].garment, level)});
        const cv::Point2d off = points[i] - shoulder;
        lies_free = lies_free || off.dot(off) > kSewnFrom * kSewnFrom * unit * unit;
        left = std::min(left, p.x);
        top = std::min(top, p.y);
        right = std::max(right, p.x);
        bottom = std::max(bottom, p.y);
    }
    if (!lies_free || right < 0 || bottom < 0) {
        return std::nullopt;
    }
    const cv::Rect box =
        cv::Rect(
            cv::Point(cvFloor(std::max(left, 0.0)) - reach, cvFloor(std::max(top, 0.0)) - reach),
            cv::Point(cvCeil(std::min<double>(right, small.width)) + reach,
                      cvCeil(std::min<double>(bottom, small.height)) + reach)) &
        cv::Rect({0, 0}, small);
    if (box.empty()) {
        return std::nullopt;
    }
    for (Corner& corner : corners) {
        corner.at -= cv::Point2d(box.tl());
    }
    cv::Mat painted(box.size(), CV_8UC4, cv::Scalar::all(0));
    rasterize(corners, layer.coarse, texture.level[level], painted);
    cv::Mat sleeve;
    cv::extractChannel(painted, sleeve, 3);
    for (int y = 0; y < sleeve.rows; ++y) {
        auto* row = sleeve.ptr<std::uint8_t>(y);
        for (int x = 0; x < sleeve.cols; ++x) {
            if (row[x] != 0) {
                const cv::Point2d at = cv::Point2d(x + box.x, y + box.y) * double{kShrink} +
                                       cv::Point2d(offset) - shoulder;
                const double free =
                    smoothstep(kSewnFrom * unit, kSewnTo * unit, std::sqrt(at.dot(at)));
                row[x] = static_cast<std::uint8_t>(row[x] * free);
            }
        }
    }
    blur_plane(sleeve, blur, reach, cv::BORDER_REFLECT_101);
    return Shade{box.tl() * kShrink, sleeve};
}

void darken(cv::Mat& canvas, const Shade& shade) {
    const cv::Size size = shade.dark.size() * kShrink;
    const cv::Rect where = cv::Rect(shade.corner, size) & cv::Rect({0, 0}, canvas.size());
    const auto width = static_cast<std::size_t>(shade.dark.cols);
    std::array<std::vector<std::uint16_t>, 2> wide;  // even, odd rows
    std::array<int, 2> rows{-1, -1};
    std::vector<std::uint16_t> sums(kShrink * width);
    const auto widened = [&](int j) {
        const auto i = static_cast<std::size_t>(j % 2);
        if (rows[i] != j) {
            rows[i] = j;
            wide[i].resize(sums.size());
            pixel_row::widen(shade.dark.ptr(j), kShrink, width, wide[i].data());
        }
        return wide[i].data();
    };
    for (int y = 0; y < where.height; ++y) {
        const int j = y / kShrink, phase = y % kShrink;
        const int beside = std::clamp(2 * phase < kShrink ? j - 1 : j + 1, 0, shade.dark.rows - 1);
        pixel_row::between(widened(j), widened(beside), kShrink, phase, sums.size(), sums.data());
        darken_row(sums.data(), static_cast<std::size_t>(where.width),
                   canvas.ptr(where.y + y) + 4 * std::ptrdiff_t{where.x});
    }
}

void close_slits(cv::Mat& canvas, cv::Point2d crotch, double unit) {
    const cv::Rect2d around(crotch.x - kSlitsBeside * unit, crotch.y - kSlitsAbove * unit,
                            2 * kSlitsBeside * unit, (kSlitsAbove + kSlitsBelow) * unit);
    const cv::Rect2d inside = around & cv::Rect2d({}, cv::Size2d(canvas.size()));
    const cv::Rect where(inside);
    if (where.empty()) {
        return;
    }
    cv::Mat cloth = canvas(where);
    cv::Mat open, labels, stats, centers;
    cv::extractChannel(cloth, open, 3);
    cv::compare(open, kHalfOpaque, open, cv::CMP_LT);
    const int count = cv::connectedComponentsWithStats(open, labels, stats, centers, 8, CV_32S);
    for (int i = 1; i < count; ++i) {
        const auto of = [&](int what) { return stats.at<int>(i, what); };
        const cv::Rect box(of(cv::CC_STAT_LEFT), of(cv::CC_STAT_TOP), of(cv::CC_STAT_WIDTH),
                           of(cv::CC_STAT_HEIGHT));
        const cv::Rect wide = cv::Rect(box.tl() - cv::Point(kEdge, kEdge),
                                       box.size() + cv::Size(2 * kEdge, 2 * kEdge));
        if (of(cv::CC_STAT_AREA) > kWidestSlit * unit * unit ||
            (wide & cv::Rect({}, where.size())) != wide) {
            continue;  // large, or not enclosed as far as is seen
        }
        const cv::Mat slit = labels(wide) == i;
        cv::Mat near, edge;
        cv::dilate(slit, near, {}, {-1, -1}, kEdge);
        cv::bitwise_and(near, ~open(wide), edge);
        const cv::Scalar color = cv::mean(cloth(wide), edge);
        for (int y = 0; y < wide.height; ++y) {
            auto* row = cloth.ptr<cv::Vec4b>(wide.y + y) + wide.x;
            const auto* is_near = near.ptr<std::uint8_t>(y);
            for (int x = 0; x < wide.width; ++x) {
                const double behind = is_near[x] != 0 ? 1 - row[x][3] / 255.0 : 0.0;
                const double opaque = behind * 255 / std::max(color[3], 1.0);
                for (int c = 0; c < 4 && behind > 0; ++c) {
                    row[x][c] = cv::saturate_cast<std::uint8_t>(row[x][c] + opaque * color[c]);
                }
            }
        }
    }
}

}  // namespace closet::mesh
