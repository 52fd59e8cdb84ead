#include "warp/mesh/rasterize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "core/body_frame.h"
#include "warp/mesh/texture_places.h"
#include "warp/paint/kernel.h"

namespace closet::mesh {
namespace {

using std::int32_t;
using std::size_t;
using std::uint32_t;
using std::uint8_t;

using Positions [[gnu::vector_size(32)]] = int32_t;  ///< of eight pixels

constexpr int kTexelFraction = 16;
constexpr double kTexelOne = 1 << kTexelFraction;
constexpr Positions kLanes{0, 1, 2, 3, 4, 5, 6, 7};

/// Texture coordinates along a row of a shape, kept within the shape's own range, from which
/// rounding may lead away. kTexelFraction fraction bits.
struct Walk {
    int32_t x, y, step_x, step_y;
    int32_t low_x, high_x, low_y, high_y;
};

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

/// Rows first .. end - 1; where there are none, all else means nothing. Columns in whole
/// fixed-point steps (kEdgeFraction), which doubles hold exactly.
struct Edge {
    std::int64_t first, end;
    double fixed_x, fixed_step;  ///< on row `first`, per row
    double x_at_0, x_per_row;
    Coordinates texture_at_0, texture_per_row;
};

CLOSET_INTO_KERNEL double rounded(double value) {
    return std::floor(value + 0.5);
}

CLOSET_INTO_KERNEL void make_edge(const Corner* a, const Corner* b, Edge& edge) {
    if (b->at.y < a->at.y || (b->at.y == a->at.y && b->at.x < a->at.x)) {
        std::swap(a, b);
    }
    edge.first = static_cast<std::int64_t>(std::ceil(a->at.y));
    edge.end = static_cast<std::int64_t>(std::ceil(b->at.y));
    if (edge.first < edge.end) {
        const double per_row = 1 / (b->at.y - a->at.y);
        edge.x_per_row = (b->at.x - a->at.x) * per_row;
        edge.x_at_0 = a->at.x - a->at.y * edge.x_per_row;
        edge.fixed_step = rounded(edge.x_per_row * kEdgeOne);
        edge.fixed_x = rounded(
            (a->at.x + (static_cast<double>(edge.first) - a->at.y) * edge.x_per_row) * kEdgeOne);
        const Coordinates from = texture_at(*a);
        edge.texture_per_row = (texture_at(*b) - from) * per_row;
        edge.texture_at_0 = from - a->at.y * edge.texture_per_row;
    }
}

using Rows [[gnu::vector_size(32)]] = double;  ///< four rows
constexpr int kRowsAtOnce = 4;
constexpr int kMostRows = 32;  ///< of a shape that are worked out together
constexpr Rows kRowLanes{0, 1, 2, 3};

/// Numbers of rows; beyond those that are asked for there is room for kRowsAtOnce - 1.
using RowNumbers = std::array<double, kMostRows + kRowsAtOnce>;

/// A shape's left or right side on some rows.
struct SideRows {
    RowNumbers fixed_x, x, texture_x, texture_y;
};

CLOSET_INTO_KERNEL void store(const Rows& rows, double* to) {
    std::memcpy(to, &rows, sizeof rows);
}

CLOSET_INTO_KERNEL void load(const double* from, Rows& rows) {
    std::memcpy(&rows, from, sizeof rows);
}

/// Rows from `row` up to, not including, `end` of a side that begins at edge `i` and goes on to
/// `next(i)`, where edges end.
template <class Next>
CLOSET_INTO_KERNEL void read_side(const Edge* edges, size_t i, const Next& next, std::int64_t row,
                                  std::int64_t end, SideRows& side) {
    for (size_t k = 0; row < end;) {
        while (edges[i].end <= row) {
            i = next(i);
        }
        const Edge& edge = edges[i];
        const auto n = static_cast<size_t>(std::min(edge.end, end) - row);
        Rows y = static_cast<double>(row) + kRowLanes;
        Rows down = static_cast<double>(row - edge.first) + kRowLanes;
        for (size_t done = 0; done < n; done += kRowsAtOnce) {
            store(edge.fixed_x + edge.fixed_step * down, &side.fixed_x[k + done]);
            store(edge.x_at_0 + edge.x_per_row * y, &side.x[k + done]);
            store(edge.texture_at_0[0] + edge.texture_per_row[0] * y, &side.texture_x[k + done]);
            store(edge.texture_at_0[1] + edge.texture_per_row[1] * y, &side.texture_y[k + done]);
            y += double{kRowsAtOnce};
            down += double{kRowsAtOnce};
        }
        k += n;
        row += static_cast<std::int64_t>(n);
    }
}

/// Rounds up numbers from 0 on, below 2^31.
CLOSET_INTO_KERNEL void round_up(Rows& numbers) {
    using Whole [[gnu::vector_size(16)]] = int32_t;
    const Rows down = __builtin_convertvector(__builtin_convertvector(numbers, Whole), Rows);
    numbers = down + (down < numbers ? Rows{} + 1.0 : Rows{});
}

CLOSET_INTO_KERNEL bool is_near(const cv::Point2d& p) {
    return std::abs(p.x) <= kFarthestPx && std::abs(p.y) <= kFarthestPx;
}

/// Twice the area of a triangle, positive where it turns from the x axis towards the y axis.
CLOSET_INTO_KERNEL double area_of(const Corner& a, const Corner& b, const Corner& c) {
    return (b.at.x - a.at.x) * (c.at.y - a.at.y) - (b.at.y - a.at.y) * (c.at.x - a.at.x);
}

CLOSET_INTO_KERNEL void keep_within(int32_t low, int32_t high, Positions& at) {
    at = at > low ? at : low + Positions{};
    at = at < high ? at : high + Positions{};
}

/// Writes down where `n` >= 1 pixels along a walk look in a texture whose rows lie `stride` bytes
/// apart, and asks for its bytes: they are farther away than the nearest caches. Places of whole
/// eights of pixels are read and written.
CLOSET_INTO_KERNEL void write_span(const Walk& walk, int n, const uint8_t* texture, int32_t stride,
                                   int32_t* offsets, uint32_t* weights) {
    Positions x = walk.x + kLanes * walk.step_x;
    Positions y = walk.y + kLanes * walk.step_y;
    while (true) {
        keep_within(walk.low_x, walk.high_x, x);
        keep_within(walk.low_y, walk.high_y, y);
        const Positions offset = (y >> kTexelFraction) * stride + (x >> kTexelFraction) * 4;
        __builtin_prefetch(texture + offset[0]);
        __builtin_prefetch(texture + offset[0] + stride);
        constexpr int kDown = kTexelFraction - 8;
        const Positions weight = ((x >> kDown) & 255) | ((y >> kDown) & 255) << 16;
        Positions offset_was, weight_was;
        std::memcpy(&offset_was, offsets, sizeof offset_was);
        std::memcpy(&weight_was, weights, sizeof weight_was);
        const Positions is_own = kLanes < n;
        const Positions offset_now = is_own ? offset : offset_was;
        const Positions weight_now = is_own ? weight : weight_was;
        std::memcpy(offsets, &offset_now, sizeof offset_now);
        std::memcpy(weights, &weight_now, sizeof weight_now);
        n -= TexturePlaces::kAtOnce;
        if (n <= 0) {
            return;
        }
        offsets += TexturePlaces::kAtOnce;
        weights += TexturePlaces::kAtOnce;
        x += TexturePlaces::kAtOnce * walk.step_x;
        y += TexturePlaces::kAtOnce * walk.step_y;
    }
}

/// What rows of a shape are: columns, and the texture's coordinates at the first one.
struct ShapeRows {
    std::array<int32_t, kMostRows + kRowsAtOnce> begin, end, x, y, step_x, step_y;
};

/// The same of `n` rows. Texture coordinates stay between `low` and `high`.
CLOSET_INTO_KERNEL void read_rows(const SideRows& left, const SideRows& right, size_t n,
                                  double columns, const Coordinates& low, const Coordinates& high,
                                  ShapeRows& rows) {
    using Whole [[gnu::vector_size(16)]] = int32_t;
    const auto put = [](const Rows& numbers, int32_t* to) {
        const Whole whole = __builtin_convertvector(numbers, Whole);
        std::memcpy(to, &whole, sizeof whole);
    };
    const auto keep = [](Rows& numbers, double least, double most) {
        numbers = numbers > least ? numbers : least + Rows{};  // where it is no number
        numbers = numbers < most ? numbers : most + Rows{};
    };
    for (size_t i = 0; i < n; i += kRowsAtOnce) {
        Rows begin, end, left_x, right_x;
        load(&left.fixed_x[i], begin);
        load(&right.fixed_x[i], end);
        load(&left.x[i], left_x);
        load(&right.x[i], right_x);
        begin *= 1 / kEdgeOne;
        end *= 1 / kEdgeOne;
        keep(begin, 0, columns);
        keep(end, 0, columns);
        round_up(begin);
        round_up(end);
        put(begin, &rows.begin[i]);
        put(end, &rows.end[i]);
        const Rows per_column = 1.0 / (right_x - left_x);
        const Rows beyond = begin - left_x;
        const auto walk = [&](const RowNumbers& from, const RowNumbers& to, double least,
                              double most, int32_t* at, int32_t* step) {
            Rows first, last;
            load(&from[i], first);
            load(&to[i], last);
            Rows per = (last - first) * per_column;
            Rows start = first + beyond * per;
            keep(start, least, most);
            keep(per, least - most, most - least);  // slivers' are not
            put(start, at);
            put(per, step);
        };
        walk(left.texture_x, right.texture_x, low[0], high[0], &rows.x[i], &rows.step_x[i]);
        walk(left.texture_y, right.texture_y, low[1], high[1], &rows.y[i], &rows.step_y[i]);
    }
}

/// Paints a convex shape, given by its corners all around; `turn` is positive where they turn from
/// the x axis towards the y axis.
template <size_t kCorners>
CLOSET_INTO_KERNEL void paint_shape(const std::array<const Corner*, 4>& corners, double turn,
                                    TexturePlaces& places) {
    const PixelView& canvas = places.canvas();
    const PixelView& texture = places.texture();
    std::array<Edge, 4> edges;  // not kCorners: GCC 12 gives both shapes one place and warns
    size_t highest = 0;
    std::int64_t bottom = std::numeric_limits<std::int64_t>::min();
    Coordinates low = texture_at(*corners[0]), high = low;
    for (size_t i = 0; i < kCorners; ++i) {
        const Corner& corner = *corners[i];
        make_edge(&corner, corners[i + 1 < kCorners ? i + 1 : 0], edges[i]);
        highest = corner.at.y < corners[highest]->at.y ? i : highest;
        bottom = std::max(bottom, edges[i].end);
        low = least(texture_at(corner), low);
        high = greatest(texture_at(corner), high);
    }
    bottom = std::min<std::int64_t>(bottom, canvas.rows);
    Walk walk{0,
              0,
              0,
              0,
              static_cast<int32_t>(low[0]),
              static_cast<int32_t>(high[0]),
              static_cast<int32_t>(low[1]),
              static_cast<int32_t>(high[1])};
    // Down from the highest corner along both sides.
    const auto after = [](size_t i) { return i + 1 < kCorners ? i + 1 : 0; };
    const auto before = [](size_t i) { return i > 0 ? i - 1 : kCorners - 1; };
    SideRows onwards, backwards;
    ShapeRows rows;
    auto row =
        std::max<std::int64_t>(static_cast<std::int64_t>(std::ceil(corners[highest]->at.y)), 0);
    while (row < bottom) {
        const std::int64_t until = std::min(row + kMostRows, bottom);
        read_side(edges.data(), highest, after, row, until, onwards);
        read_side(edges.data(), before(highest), before, row, until, backwards);
        const SideRows& left = turn > 0 ? backwards : onwards;
        const SideRows& right = turn > 0 ? onwards : backwards;
        read_rows(left, right, static_cast<size_t>(until - row),
                  static_cast<double>(canvas.columns), low, high, rows);
        for (size_t i = 0; row < until; ++row, ++i) {
            const int begin = rows.begin[i], end = rows.end[i];
            if (begin >= end) {
                continue;
            }
            walk.x = rows.x[i];
            walk.y = rows.y[i];
            walk.step_x = rows.step_x[i];
            walk.step_y = rows.step_y[i];
            const TexturePlaces::Row to_write = places.row(static_cast<int>(row), begin, end);
            write_span(walk, end - begin, texture.data, static_cast<int32_t>(texture.stride),
                       to_write.offsets, to_write.weights);
        }
    }
}

/// The corners of two triangles that share an edge, all around, where they are one cell of a grid.
CLOSET_INTO_KERNEL bool join(const Triangle& a, const Triangle& b,
                             std::array<uint32_t, 4>& around) {
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
    std::array<uint32_t, 4> around{};
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

CLOSET_TARGET_CLONES
void paint_triangles(const Corner* corners, const Triangle* triangles, size_t n,
                     TexturePlaces& places) {
    for (size_t i = 0; i < n;) {
        const Painted one = painted_at(corners, triangles, i, n);
        if (one.corners == 4) {
            paint_shape<4>(one.around, one.turn, places);
        } else if (one.corners == 3) {
            paint_shape<3>(one.around, one.turn, places);
        }
        i += one.triangles;
    }
}

}  // namespace

void rasterize(std::span<const Corner> corners, std::span<const Triangle> triangles,
               const cv::Mat& texture, cv::Mat& canvas) {
    CV_Assert(texture.type() == CV_8UC4 && canvas.type() == CV_8UC4);
    const auto picture = [](const cv::Mat& mat) {
        return PixelView{mat.data, static_cast<std::ptrdiff_t>(mat.step), mat.rows, mat.cols};
    };
    TexturePlaces places(picture(texture), picture(canvas));
    paint_triangles(corners.data(), triangles.data(), triangles.size(), places);
    places.paint();
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

}  // namespace closet::mesh
