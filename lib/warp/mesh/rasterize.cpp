#include "warp/mesh/rasterize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "core/body_frame.h"
#include "warp/paint/kernel.h"

namespace closet::mesh {
namespace {

using std::int32_t;
using std::size_t;
using std::uint16_t;
using std::uint64_t;
using std::uint8_t;

using namespace kernel;

constexpr int kTexelFraction = 16;

/// A walk through a texture: positions and steps with kTexelFraction fraction bits.
struct TextureWalk {
    int32_t x, y, step_x, step_y;
};

/// The 8 leading bits of a fraction, in all words.
inline Words8 splat(int32_t fraction) {
    const auto weight = static_cast<uint16_t>((fraction >> (kTexelFraction - 8)) & 255);
    return Words8{} + weight;
}

/// Two horizontally neighboring texture pixels, interpolated vertically.
inline Words8 column_pair(const uint8_t* texture, size_t stride, int32_t x, int32_t y) {
    const uint8_t* at = texture + static_cast<size_t>(y >> kTexelFraction) * stride +
                        static_cast<size_t>(x >> kTexelFraction) * 4;
    return mix_words(load_pair(at), load_pair(at + stride), splat(y));
}

/// Two samples over two canvas pixels: source + canvas * (255 - source alpha) / 255.
inline Words8 over(Words8 source, Words8 canvas) {
    const Words8 alpha = __builtin_shufflevector(source, source, 3, 3, 3, 3, 7, 7, 7, 7);
    const Words8 product = canvas * (uint16_t{255} - alpha) + uint16_t{128};
    return source + ((product + (product >> 8)) >> 8);
}

/// Paints `n` >= 1 pixels (R G B A premultiplied) over `out`: bilinear samples, resolved to 1/256
/// pixel, along the walk. The pixels right and below of each position must exist in the texture,
/// whose rows lie `stride` bytes apart.
CLOSET_TARGET_CLONES
void paint_span(uint8_t* out, const uint8_t* texture, size_t stride, TextureWalk walk, int n) {
    for (; n >= 2; n -= 2, out += 8) {
        const int32_t x1 = walk.x + walk.step_x;
        const int32_t y1 = walk.y + walk.step_y;
        const Words8 a = column_pair(texture, stride, walk.x, walk.y);
        const Words8 b = column_pair(texture, stride, x1, y1);
        const Words8 left = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        const Words8 right = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
        const Words8 fa = splat(walk.x);
        const Words8 fb = splat(x1);
        const Words8 weight = __builtin_shufflevector(fa, fb, 0, 1, 2, 3, 8, 9, 10, 11);
        const Words8 painted = over(mix_words(left, right, weight), load_pair(out));
        const Bytes8 two = __builtin_convertvector(painted, Bytes8);
        std::memcpy(out, &two, 8);
        walk.x = x1 + walk.step_x;
        walk.y = y1 + walk.step_y;
    }
    if (n == 1) {
        const Words8 a = column_pair(texture, stride, walk.x, walk.y);
        const Words8 right = __builtin_shufflevector(a, a, 4, 5, 6, 7, 4, 5, 6, 7);
        std::uint32_t raw;
        std::memcpy(&raw, out, 4);
        const Words8 painted = over(mix_words(a, right, splat(walk.x)), words_of(raw));
        const Bytes8 one = __builtin_convertvector(painted, Bytes8);
        std::memcpy(out, &one, 4);
    }
}

// Note [Edges]
// An edge runs from its upper to its lower end (ties: from left to right), whichever triangle asks.
// On row y it lies at x(y), a fixed-point number that is the same for both triangles; a span covers
// the pixels from ceil(x) of its left edge up to, not including, ceil(x) of its right edge, and an
// edge covers the rows from ceil(y) of its upper end up to, not including, ceil(y) of its lower.
// Thus each pixel inside a mesh is painted once, in whichever direction the triangles turn.
constexpr int kEdgeFraction = 20;
constexpr double kEdgeOne = 1 << kEdgeFraction;
constexpr int kTextureFraction = 16;

struct Edge {
    std::int64_t x = 0;     ///< fixed point, on row `first`
    std::int64_t step = 0;  ///< fixed point, per row
    std::int64_t first = 0, end = 0;

    std::int64_t column(std::int64_t row) const {
        return (x + (row - first) * step + (std::int64_t{1} << kEdgeFraction) - 1) >> kEdgeFraction;
    }
};

Edge make_edge(cv::Point2d a, cv::Point2d b) {
    if (b.y < a.y || (b.y == a.y && b.x < a.x)) {
        std::swap(a, b);
    }
    Edge edge;
    edge.first = static_cast<std::int64_t>(std::ceil(a.y));
    edge.end = static_cast<std::int64_t>(std::ceil(b.y));
    if (edge.first < edge.end) {
        const double slope = (b.x - a.x) / (b.y - a.y);
        edge.step = std::llround(slope * kEdgeOne);
        edge.x = std::llround((a.x + (static_cast<double>(edge.first) - a.y) * slope) * kEdgeOne);
    }
    return edge;
}

/// A texture coordinate as a function of the position on the canvas, kept within the triangle's
/// own range against the rounding of slivers.
struct Plane {
    double origin = 0, per_x = 0, per_y = 0;
    double low = 0, high = 0;

    std::int32_t at(double x, double y) const {
        const double value = std::clamp(origin + per_x * x + per_y * y, low, high);
        return static_cast<std::int32_t>(value * (1 << kTextureFraction));
    }
};

Plane make_plane(const Corner* const (&c)[3], float cv::Point2f::*member, double area) {
    const double t0 = c[0]->texture.*member;
    const double t1 = c[1]->texture.*member;
    const double t2 = c[2]->texture.*member;
    const cv::Point2d u = c[1]->at - c[0]->at;
    const cv::Point2d v = c[2]->at - c[0]->at;
    Plane plane;
    plane.per_x = ((t1 - t0) * v.y - (t2 - t0) * u.y) / area;
    plane.per_y = ((t2 - t0) * u.x - (t1 - t0) * v.x) / area;
    plane.origin = t0 - plane.per_x * c[0]->at.x - plane.per_y * c[0]->at.y;
    plane.low = std::min({t0, t1, t2});
    plane.high = std::max({t0, t1, t2});
    return plane;
}

bool is_near(cv::Point2d p) {
    return std::abs(p.x) <= kFarthestPx && std::abs(p.y) <= kFarthestPx;
}

void paint_triangle(const Corner* const (&c)[3], const cv::Mat& texture, cv::Mat& canvas) {
    const cv::Point2d u = c[1]->at - c[0]->at;
    const cv::Point2d v = c[2]->at - c[0]->at;
    const double area = u.x * v.y - u.y * v.x;
    if (area == 0 || !is_near(c[0]->at) || !is_near(c[1]->at) || !is_near(c[2]->at)) {
        return;
    }
    const Edge edges[3] = {make_edge(c[0]->at, c[1]->at), make_edge(c[1]->at, c[2]->at),
                           make_edge(c[2]->at, c[0]->at)};
    const std::int64_t top =
        std::max<std::int64_t>(std::min({edges[0].first, edges[1].first, edges[2].first}), 0);
    const std::int64_t bottom =
        std::min<std::int64_t>(std::max({edges[0].end, edges[1].end, edges[2].end}), canvas.rows);
    if (top >= bottom) {
        return;
    }
    const Plane x_plane = make_plane(c, &cv::Point2f::x, area);
    const Plane y_plane = make_plane(c, &cv::Point2f::y, area);
    for (std::int64_t row = top; row < bottom; ++row) {
        // Of three edges exactly two cross a row.
        std::int64_t begin = 0, end = 0;
        bool one = false;
        for (const Edge& edge : edges) {
            if (row >= edge.first && row < edge.end) {
                (one ? end : begin) = edge.column(row);
                one = true;
            }
        }
        if (begin > end) {
            std::swap(begin, end);
        }
        begin = std::max<std::int64_t>(begin, 0);
        end = std::min<std::int64_t>(end, canvas.cols);
        if (begin >= end) {
            continue;
        }
        const auto n = static_cast<int>(end - begin);
        const auto y = static_cast<double>(row);
        const auto x = static_cast<double>(begin);
        TextureWalk walk{x_plane.at(x, y), y_plane.at(x, y), 0, 0};
        if (n > 1) {
            walk.step_x = (x_plane.at(x + n - 1, y) - walk.x) / (n - 1);
            walk.step_y = (y_plane.at(x + n - 1, y) - walk.y) / (n - 1);
        }
        paint_span(canvas.ptr(static_cast<int>(row)) + 4 * begin, texture.data, texture.step, walk,
                   n);
    }
}

/// Smaller halves are of no use: a garment of 8 pixels is a dot.
constexpr int kSmallestLevel = 8;

std::uint8_t divided(unsigned product) {
    return static_cast<std::uint8_t>((product + 127) / 255);
}

cv::Mat premultiplied(const cv::Mat& rgba, const cv::Mat& weight) {
    cv::Mat result(rgba.size(), CV_8UC4);
    for (int y = 0; y < rgba.rows; ++y) {
        const auto* from = rgba.ptr<cv::Vec4b>(y);
        const auto* share = weight.ptr<std::uint8_t>(y);
        auto* to = result.ptr<cv::Vec4b>(y);
        for (int x = 0; x < rgba.cols; ++x) {
            const unsigned alpha = divided(unsigned{from[x][3]} * share[x]);
            to[x] = {divided(from[x][0] * alpha), divided(from[x][1] * alpha),
                     divided(from[x][2] * alpha), static_cast<std::uint8_t>(alpha)};
        }
    }
    return result;
}

/// Half the size, odd sizes rounded up: pixel i is the mean of pixels 2i and 2i + 1 (transparent
/// beyond the picture).
cv::Mat halved(const cv::Mat& image) {
    cv::Mat even;
    cv::copyMakeBorder(image, even, 0, image.rows % 2, 0, image.cols % 2, cv::BORDER_CONSTANT);
    cv::Mat half;
    cv::resize(even, half, {even.cols / 2, even.rows / 2}, 0, 0, cv::INTER_AREA);
    return half;
}

}  // namespace

void rasterize(std::span<const Corner> corners, std::span<const Triangle> triangles,
               const cv::Mat& texture, cv::Mat& canvas) {
    CV_Assert(texture.type() == CV_8UC4 && canvas.type() == CV_8UC4);
    for (const auto& [a, b, c] : triangles) {
        const Corner* const points[3] = {&corners[a], &corners[b], &corners[c]};
        paint_triangle(points, texture, canvas);
    }
}

std::size_t Texture::level_for(double scale) const {
    const double halvings = scale > 0 ? std::floor(-std::log2(scale)) : 0.0;
    return static_cast<std::size_t>(
        std::clamp(halvings, 0.0, std::max(static_cast<double>(level.size()) - 1.0, 0.0)));
}

cv::Point2d Texture::position(cv::Point2d garment, std::size_t at_level) const {
    const double shrink = std::ldexp(1.0, -static_cast<int>(at_level));
    return {(garment.x - where.x + 0.5) * shrink - 0.5 + kBorder,
            (garment.y - where.y + 0.5) * shrink - 0.5 + kBorder};
}

Texture make_texture(const cv::Mat& rgba, const cv::Mat& weight, const cv::Rect& where) {
    Texture texture;
    texture.where = where;
    cv::Mat image(where.size(), CV_8UC4, cv::Scalar::all(0));
    const cv::Rect inside = where & cv::Rect({0, 0}, rgba.size());
    if (!inside.empty()) {
        premultiplied(rgba(inside), weight(inside)).copyTo(image(inside - where.tl()));
    }
    while (true) {
        cv::Mat bordered;
        cv::copyMakeBorder(image, bordered, Texture::kBorder, Texture::kBorder, Texture::kBorder,
                           Texture::kBorder, cv::BORDER_CONSTANT);
        texture.level.push_back(bordered);
        if (std::min(image.rows, image.cols) < 2 * kSmallestLevel) {
            return texture;
        }
        image = halved(image);
    }
}

}  // namespace closet::mesh
