#include "warp/mesh/rasterize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "core/body_frame.h"
#include "warp/mesh/sample_span.h"

namespace closet::mesh {
namespace {

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

}  // namespace

void rasterize(std::span<const Corner> corners, std::span<const Triangle> triangles,
               const cv::Mat& texture, cv::Mat& canvas) {
    CV_Assert(texture.type() == CV_8UC4 && canvas.type() == CV_8UC4);
    for (const auto& [a, b, c] : triangles) {
        const Corner* const points[3] = {&corners[a], &corners[b], &corners[c]};
        paint_triangle(points, texture, canvas);
    }
}

}  // namespace closet::mesh
