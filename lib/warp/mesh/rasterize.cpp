#include "warp/mesh/rasterize.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
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

using kernel::Bytes16;
using kernel::load_pair;
using kernel::Words8;
using Words16 [[gnu::vector_size(32)]] = uint16_t;   ///< four pixels
using Positions [[gnu::vector_size(16)]] = int32_t;  ///< of four pixels
using Counts [[gnu::vector_size(32)]] = std::int64_t;

constexpr int kTexelFraction = 16;
constexpr double kTexelOne = 1 << kTexelFraction;
constexpr int kBlock = 4;  ///< pixels that are painted at once
constexpr Positions kLanes{0, 1, 2, 3};
constexpr Counts kCounts{0, 1, 2, 3};

/// Texture coordinates along a row of a shape, kept within the shape's own range: what is
/// painted in blocks may lie beyond its end. kTexelFraction fraction bits.
struct Walk {
    int32_t x, y, step_x, step_y;
    int32_t low_x, high_x, low_y, high_y;
};

/// Two pixels each from two places, as words.
CLOSET_INTO_KERNEL void load_four(const uint8_t* one, const uint8_t* other, Words16& words) {
    const Words8 a = load_pair(one), b = load_pair(other);
    words = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// Between `a` and `b`, words of 8 bits, by `weight` of 256, rounded (kernel::mix_words).
#define CLOSET_MIX(a, b, weight) ((((a) << 8) + ((b) - (a)) * (weight) + uint16_t{128}) >> 8)

/// Paints the first `n` of four pixels (R G B A premultiplied) at `out` over what is there:
/// bilinear samples, resolved to 1/256 pixel. All four are read and written.
CLOSET_INTO_KERNEL void paint_block(uint8_t* out, const uint8_t* texture, int32_t stride,
                                    const Positions& x, const Positions& y, int n) {
    const Positions offsets = (y >> kTexelFraction) * stride + (x >> kTexelFraction) * 4;
    const auto fx = std::bit_cast<Words8>((x >> (kTexelFraction - 8)) & 255);
    const auto fy = std::bit_cast<Words8>((y >> (kTexelFraction - 8)) & 255);
    // Pixels 0 and 2, 1 and 3, each with its right neighbor, interpolated vertically.
    Words16 top02, low02, top13, low13;
    load_four(texture + offsets[0], texture + offsets[2], top02);
    load_four(texture + offsets[1], texture + offsets[3], top13);
    load_four(texture + offsets[0] + stride, texture + offsets[2] + stride, low02);
    load_four(texture + offsets[1] + stride, texture + offsets[3] + stride, low13);
    const Words16 fy02 =
        __builtin_shufflevector(fy, fy, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4);
    const Words16 fy13 =
        __builtin_shufflevector(fy, fy, 2, 2, 2, 2, 2, 2, 2, 2, 6, 6, 6, 6, 6, 6, 6, 6);
    const Words16 at02 = CLOSET_MIX(top02, low02, fy02);
    const Words16 at13 = CLOSET_MIX(top13, low13, fy13);
    const Words16 left = __builtin_shufflevector(at02, at13, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10,
                                                 11, 24, 25, 26, 27);
    const Words16 right = __builtin_shufflevector(at02, at13, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13,
                                                  14, 15, 28, 29, 30, 31);
    const Words16 weight =
        __builtin_shufflevector(fx, fx, 0, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 6, 6, 6, 6);
    const auto wanted = reinterpret_cast<Words16>(kCounts < n);
    const Words16 mixed = CLOSET_MIX(left, right, weight);
    const Words16 source = mixed & wanted;
    // source + canvas * (255 - source alpha) / 255
    Words16 canvas;
    load_four(out, out + 8, canvas);
    const Words16 alpha = __builtin_shufflevector(source, source, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11,
                                                  11, 11, 15, 15, 15, 15);
    const Words16 product = canvas * (uint16_t{255} - alpha) + uint16_t{128};
    const Words16 painted = source + ((product + (product >> 8)) >> 8);
    const Bytes16 four = __builtin_convertvector(painted, Bytes16);
    std::memcpy(out, &four, sizeof four);
}
#undef CLOSET_MIX

/// Paints `n` >= 1 pixels along a walk. The pixels right and below of each position must exist in
/// the texture, whose rows lie `stride` bytes apart. `room`: pixels that may be written.
CLOSET_INTO_KERNEL void paint_span(uint8_t* out, const uint8_t* texture, int32_t stride,
                                   const Walk& walk, int n, int room) {
    const auto within = [](const Positions& at, int32_t low, int32_t high) {
        const Positions above = at > low ? at : low + Positions{};
        return above < high ? above : high + Positions{};
    };
    Positions x = walk.x + kLanes * walk.step_x;
    Positions y = walk.y + kLanes * walk.step_y;
    while (true) {
        x = within(x, walk.low_x, walk.high_x);
        y = within(y, walk.low_y, walk.high_y);
        std::array<uint8_t, 4 * kBlock> few;
        uint8_t* target = out;
        if (room < kBlock) [[unlikely]] {
            target = few.data();
            std::memcpy(target, out, static_cast<size_t>(4 * room));
        }
        paint_block(target, texture, stride, x, y, n);
        if (room < kBlock) [[unlikely]] {
            std::memcpy(out, target, static_cast<size_t>(4 * room));
        }
        n -= kBlock;
        if (n <= 0) {
            return;
        }
        room -= kBlock;
        out += 4 * kBlock;
        x += kBlock * walk.step_x;
        y += kBlock * walk.step_y;
    }
}

// Note [Edges]
// An edge runs from its upper to its lower end (ties: from left to right), whichever shape asks.
// On row y it lies at x(y), a fixed-point number that is the same for both its shapes; a span
// covers the pixels from ceil(x) of its left edge up to, not including, ceil(x) of its right edge,
// and an edge covers the rows from ceil(y) of its upper end up to, not including, ceil(y) of its
// lower. Thus each pixel inside a mesh is painted once, in whichever direction the shapes turn.
//
// Two triangles that make a convex quadrilateral are painted as one shape. Texture coordinates are
// linear along its edges, as its neighbors have them, and along each row from edge to edge.
constexpr int kEdgeFraction = 20;
constexpr double kEdgeOne = 1 << kEdgeFraction;

using Coordinates [[gnu::vector_size(16)]] = double;  ///< x and y of a texture, times kTexelOne

CLOSET_INTO_KERNEL Coordinates least(const Coordinates& a, const Coordinates& b) {
    return a < b ? a : b;
}

CLOSET_INTO_KERNEL Coordinates greatest(const Coordinates& a, const Coordinates& b) {
    return a > b ? a : b;  // b where a is no number
}

CLOSET_INTO_KERNEL Coordinates texture_at(const Corner& corner) {
    return Coordinates{static_cast<double>(corner.texture.x),
                       static_cast<double>(corner.texture.y)} *
           kTexelOne;
}

struct Edge {
    std::int64_t x = 0;     ///< fixed point, on row `first`
    std::int64_t step = 0;  ///< fixed point, per row
    std::int64_t first = 0, end = 0;
    double x_at_0 = 0, x_per_row = 0;
    Coordinates texture_at_0{}, texture_per_row{};

    CLOSET_INTO_KERNEL std::int64_t column(std::int64_t row) const {
        return (x + (row - first) * step + (std::int64_t{1} << kEdgeFraction) - 1) >> kEdgeFraction;
    }
};

CLOSET_INTO_KERNEL std::int64_t rounded(double value) {
    return static_cast<std::int64_t>(std::floor(value + 0.5));
}

CLOSET_INTO_KERNEL Edge make_edge(const Corner* a, const Corner* b) {
    if (b->at.y < a->at.y || (b->at.y == a->at.y && b->at.x < a->at.x)) {
        std::swap(a, b);
    }
    Edge edge;
    edge.first = static_cast<std::int64_t>(std::ceil(a->at.y));
    edge.end = static_cast<std::int64_t>(std::ceil(b->at.y));
    if (edge.first < edge.end) {
        const double per_row = 1 / (b->at.y - a->at.y);
        edge.x_per_row = (b->at.x - a->at.x) * per_row;
        edge.x_at_0 = a->at.x - a->at.y * edge.x_per_row;
        edge.step = rounded(edge.x_per_row * kEdgeOne);
        edge.x = rounded((a->at.x + (static_cast<double>(edge.first) - a->at.y) * edge.x_per_row) *
                         kEdgeOne);
        const Coordinates from = texture_at(*a);
        edge.texture_per_row = (texture_at(*b) - from) * per_row;
        edge.texture_at_0 = from - a->at.y * edge.texture_per_row;
    }
    return edge;
}

CLOSET_INTO_KERNEL bool is_near(const cv::Point2d& p) {
    return std::abs(p.x) <= kFarthestPx && std::abs(p.y) <= kFarthestPx;
}

/// Twice the area of a triangle, positive where it turns from the x axis towards the y axis.
CLOSET_INTO_KERNEL double area_of(const Corner& a, const Corner& b, const Corner& c) {
    return (b.at.x - a.at.x) * (c.at.y - a.at.y) - (b.at.y - a.at.y) * (c.at.x - a.at.x);
}

struct Picture {
    uint8_t* data;
    std::ptrdiff_t stride;  ///< bytes
    int rows, columns;
};

/// Paints a convex shape, given by its corners all around; `turn` is positive where they turn from
/// the x axis towards the y axis.
template <size_t kCorners>
CLOSET_INTO_KERNEL void paint_shape(const std::array<const Corner*, kCorners>& corners, double turn,
                                    const Picture& texture, const Picture& canvas) {
    std::array<Edge, kCorners> edges;
    size_t highest = 0;
    std::int64_t bottom = std::numeric_limits<std::int64_t>::min();
    Coordinates low = texture_at(*corners[0]), high = low;
    for (size_t i = 0; i < kCorners; ++i) {
        const Corner& corner = *corners[i];
        edges[i] = make_edge(&corner, corners[(i + 1) % kCorners]);
        highest = corner.at.y < corners[highest]->at.y ? i : highest;
        bottom = std::max(bottom, edges[i].end);
        low = least(texture_at(corner), low);
        high = greatest(texture_at(corner), high);
    }
    bottom = std::min<std::int64_t>(bottom, canvas.rows);
    const Coordinates most = high - low;
    Walk walk{0,
              0,
              0,
              0,
              static_cast<int32_t>(low[0]),
              static_cast<int32_t>(high[0]),
              static_cast<int32_t>(low[1]),
              static_cast<int32_t>(high[1])};
    // Down from the highest corner along both sides.
    size_t onwards = highest, backwards = (highest + kCorners - 1) % kCorners;
    auto row =
        std::max<std::int64_t>(static_cast<std::int64_t>(std::ceil(corners[highest]->at.y)), 0);
    while (row < bottom) {
        while (edges[onwards].end <= row) {
            onwards = (onwards + 1) % kCorners;
        }
        while (edges[backwards].end <= row) {
            backwards = (backwards + kCorners - 1) % kCorners;
        }
        const Edge& left = edges[turn > 0 ? backwards : onwards];
        const Edge& right = edges[turn > 0 ? onwards : backwards];
        const std::int64_t until = std::min({left.end, right.end, bottom});
        for (; row < until; ++row) {
            const std::int64_t begin = std::max<std::int64_t>(left.column(row), 0);
            const std::int64_t end = std::min<std::int64_t>(right.column(row), canvas.columns);
            if (begin >= end) {
                continue;
            }
            const auto y = static_cast<double>(row);
            const double left_x = left.x_at_0 + left.x_per_row * y;
            const double right_x = right.x_at_0 + right.x_per_row * y;
            const Coordinates from = left.texture_at_0 + left.texture_per_row * y;
            const Coordinates to = right.texture_at_0 + right.texture_per_row * y;
            const Coordinates step = (to - from) * (1 / (right_x - left_x));
            const Coordinates at =
                least(greatest(from + (static_cast<double>(begin) - left_x) * step, low), high);
            const Coordinates limited = least(greatest(step, -most), most);  // slivers' are not
            walk.x = static_cast<int32_t>(at[0]);
            walk.y = static_cast<int32_t>(at[1]);
            walk.step_x = static_cast<int32_t>(limited[0]);
            walk.step_y = static_cast<int32_t>(limited[1]);
            paint_span(canvas.data + row * canvas.stride + 4 * begin, texture.data,
                       static_cast<int32_t>(texture.stride), walk, static_cast<int>(end - begin),
                       row + 1 < canvas.rows ? std::numeric_limits<int>::max() - kBlock
                                             : canvas.columns - static_cast<int>(begin));
        }
    }
}

constexpr size_t kAhead = 8;  ///< triangles

/// The corners of two triangles that share an edge, all around, where they are one cell of a grid.
CLOSET_INTO_KERNEL bool join(const Triangle& a, const Triangle& b,
                             std::array<std::uint32_t, 4>& around) {
    if (a[0] == b[0] && a[2] == b[1]) {
        around = {a[0], a[1], a[2], b[2]};
        return true;
    }
    around = {a[0], a[1], b[1], a[2]};
    return a[1] == b[0] && a[2] == b[2];
}

/// What is painted as one, beginning with a triangle.
struct Painted {
    std::array<const Corner*, 4> around;  ///< corners all around
    size_t corners;                       ///< 4, 3, or 0 where nothing is painted
    size_t triangles;                     ///< 1 or 2
    double turn;                          ///< positive: from the x axis towards the y axis
};

CLOSET_INTO_KERNEL Painted painted_at(const Corner* corners, const Triangle* triangles, size_t i,
                                      size_t n) {
    std::array<std::uint32_t, 4> around{};
    if (i + 1 < n && join(triangles[i], triangles[i + 1], around)) {
        const std::array<const Corner*, 4> four{&corners[around[0]], &corners[around[1]],
                                                &corners[around[2]], &corners[around[3]]};
        const double turns[4]{
            area_of(*four[0], *four[1], *four[2]), area_of(*four[1], *four[2], *four[3]),
            area_of(*four[2], *four[3], *four[0]), area_of(*four[3], *four[0], *four[1])};
        const double lowest = std::min(std::min(turns[0], turns[1]), std::min(turns[2], turns[3]));
        const double largest = std::max(std::max(turns[0], turns[1]), std::max(turns[2], turns[3]));
        const bool near = is_near(four[0]->at) && is_near(four[1]->at) && is_near(four[2]->at) &&
                          is_near(four[3]->at);
        if (near && (lowest > 0 || largest < 0)) {
            return {four, 4, 2, lowest};
        }
    }
    const auto& [a, b, c] = triangles[i];
    const std::array<const Corner*, 4> three{&corners[a], &corners[b], &corners[c], &corners[c]};
    const double turn = area_of(*three[0], *three[1], *three[2]);
    const bool is_seen =
        turn != 0 && is_near(three[0]->at) && is_near(three[1]->at) && is_near(three[2]->at);
    return {three, is_seen ? size_t{3} : size_t{0}, 1, turn};
}

/// Textures are too large for the nearest caches, and cells are too small for a processor to
/// foresee which rows are next: asks for those between two corners.
CLOSET_INTO_KERNEL void prefetch(const Corner& from, const Corner& to, const Picture& texture) {
    const auto first = static_cast<std::ptrdiff_t>(from.texture.y);
    const auto last = static_cast<std::ptrdiff_t>(to.texture.y) + 1;
    const uint8_t* at =
        texture.data + first * texture.stride + 4 * static_cast<std::ptrdiff_t>(from.texture.x);
    for (std::ptrdiff_t row = first; row <= last; ++row, at += texture.stride) {
        __builtin_prefetch(at);
    }
}

CLOSET_TARGET_CLONES
void paint_triangles(const Corner* corners, const Triangle* triangles, size_t n,
                     const Picture& texture, const Picture& canvas) {
    for (size_t i = 0; i < n;) {
        if (i + kAhead < n) {
            const Triangle& later = triangles[i + kAhead];
            prefetch(corners[later[0]], corners[later[2]], texture);
        }
        const Painted one = painted_at(corners, triangles, i, n);
        if (one.corners == 4) {
            paint_shape(one.around, one.turn, texture, canvas);
        } else if (one.corners == 3) {
            const std::array three{one.around[0], one.around[1], one.around[2]};
            paint_shape(three, one.turn, texture, canvas);
        }
        i += one.triangles;
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
    const auto picture = [](const cv::Mat& mat) {
        return Picture{mat.data, static_cast<std::ptrdiff_t>(mat.step), mat.rows, mat.cols};
    };
    paint_triangles(corners.data(), triangles.data(), triangles.size(), picture(texture),
                    picture(canvas));
}

std::vector<Shape> shapes_of(std::span<const Corner> corners, std::span<const Triangle> triangles) {
    std::vector<Shape> shapes;
    for (size_t i = 0; i < triangles.size();) {
        const Painted one = painted_at(corners.data(), triangles.data(), i, triangles.size());
        if (one.corners != 0) {
            shapes.push_back({{*one.around[0], *one.around[1], *one.around[2], *one.around[3]}});
        }
        i += one.triangles;
    }
    return shapes;
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
