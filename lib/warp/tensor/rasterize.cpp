#include "warp/tensor/rasterize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "warp/tensor/arithmetic.h"
#include "warp/tensor/upload.h"

namespace closet::tensor {
namespace {

using std::int64_t;

// Those of mesh/rasterize.cpp.
constexpr int64_t kTexelFraction = 16;
constexpr double kTexelOne = 1 << kTexelFraction;
constexpr int64_t kEdgeFraction = 20;
constexpr double kEdgeOne = 1 << kEdgeFraction;

constexpr int64_t kCorners = 4;

/// The pixels of a canvas that a shape may cover.
struct Extent {
    int64_t first_row = 0, rows = 0, first_column = 0, columns = 0;
};

Extent extent_of(const mesh::Shape& shape, cv::Size canvas) {
    double left = std::numeric_limits<double>::max(), top = left;
    double right = std::numeric_limits<double>::lowest(), bottom = right;
    for (const mesh::Corner& corner : shape.corners) {
        left = std::min(left, corner.at.x);
        right = std::max(right, corner.at.x);
        top = std::min(top, corner.at.y);
        bottom = std::max(bottom, corner.at.y);
    }
    // Columns are rounded from fixed point: one more at either side.
    const auto on = [](double v, int end) {
        return static_cast<int64_t>(std::clamp(std::ceil(v), 0.0, static_cast<double>(end)));
    };
    const int64_t first_row = on(top, canvas.height), first_column = on(left - 1, canvas.width);
    return {first_row, on(bottom, canvas.height) - first_row, first_column,
            on(right + 1, canvas.width) - first_column};
}

/// All shapes of all layers, as tables for the device.
struct Tables {
    std::vector<double> corners;  ///< S x 4 x (x, y, u, v)
    /// 8 x S: first row, first column, width, number of the first row of all, of the first sample,
    /// the layer's first slot, the texture's first pixel and stride
    std::array<std::vector<int64_t>, 8> of_shape;
    int64_t shapes = 0, all_rows = 0, all_samples = 0;

    void add(const mesh::Shape& shape, const Extent& extent, int64_t first_slot,
             const Atlas::Place& texture) {
        for (const mesh::Corner& corner : shape.corners) {
            corners.insert(corners.end(), {corner.at.x, corner.at.y,
                                           static_cast<double>(corner.texture.x) * kTexelOne,
                                           static_cast<double>(corner.texture.y) * kTexelOne});
        }
        const std::array numbers{extent.first_row, extent.first_column, extent.columns,
                                 all_rows,         all_samples,         first_slot,
                                 texture.first,    texture.stride};
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            of_shape[i].push_back(numbers[i]);
        }
        ++shapes;
        all_rows += extent.rows;
        all_samples += extent.rows * extent.columns;
    }
};

/// 0, 1, ... n - 1.
at::Tensor counting(int64_t n, c10::Device device) {
    return at::arange(n, at::TensorOptions(at::kLong).device(device));
}

/// Which part each of n numbers belongs to, where part i begins at firsts[i]; none is empty.
at::Tensor owners(const at::Tensor& firsts, int64_t n) {
    return at::zeros({n}, firsts.options()).scatter_(0, firsts, 1).cumsum(0) - 1;
}

/// What `Edge` of mesh/rasterize.cpp holds: S x 4 each.
struct Edges {
    at::Tensor first, end, x, step;                 ///< integers
    at::Tensor x_at_0, x_per_row;                   ///< doubles
    std::array<at::Tensor, 2> uv_at_0, uv_per_row;  ///< doubles
};

/// `corners`: S x 4 x 4, doubles.
Edges edges_of(const at::Tensor& corners) {
    const at::Tensor next =
        at::cat({corners.narrow(1, 1, kCorners - 1), corners.narrow(1, 0, 1)}, 1);
    const auto x = [](const at::Tensor& t) { return t.select(2, 0); };
    const auto y = [](const at::Tensor& t) { return t.select(2, 1); };
    const at::Tensor is_upwards =
        y(next).lt(y(corners)) | (y(next).eq(y(corners)) & x(next).lt(x(corners)));
    const at::Tensor a = chosen(is_upwards.unsqueeze(2), next, corners);
    const at::Tensor b = chosen(is_upwards.unsqueeze(2), corners, next);
    const at::Tensor first = at::ceil(y(a)), end = at::ceil(y(b));
    const at::Tensor is_none = first.ge(end);  // it may be level
    const at::Tensor per_row = at::reciprocal(y(b) - y(a) + is_none) * is_none.bitwise_not();
    Edges edges;
    edges.first = first.to(at::kLong);
    edges.end = end.to(at::kLong);
    edges.x_per_row = (x(b) - x(a)) * per_row;
    edges.x_at_0 = x(a) - y(a) * edges.x_per_row;
    const auto rounded = [](const at::Tensor& t) { return at::floor(t + 0.5).to(at::kLong); };
    edges.step = rounded(edges.x_per_row * kEdgeOne);
    edges.x = rounded((x(a) + (first - y(a)) * edges.x_per_row) * kEdgeOne);
    for (int64_t c = 0; c < 2; ++c) {
        const auto i = static_cast<std::size_t>(c);
        const at::Tensor from = a.select(2, 2 + c);
        edges.uv_per_row[i] = (b.select(2, 2 + c) - from) * per_row;
        edges.uv_at_0[i] = from - y(a) * edges.uv_per_row[i];
    }
    return edges;
}

/// What is known of each row of each shape, as numbers that its samples need: 11 x R.
enum RowField : int64_t {
    kBegin,
    kEnd,
    kFirstColumn,
    kFirstSample,
    kU,
    kV,
    kStepU,
    kStepV,
    kSlot,  ///< of column 0
    kPixel,
    kStride,
    kShape,
    kFields
};

at::Tensor rows_of(const Tables& tables, const at::Tensor& corners, const at::Tensor& of_shape,
                   int64_t columns) {
    const c10::Device device = corners.device();
    const at::Tensor shape = owners(of_shape[3], tables.all_rows);
    const at::Tensor known = rows_at(of_shape.t(), shape).t();  // 8 x R
    const at::Tensor in_shape = counting(tables.all_rows, device) - known[3];
    const at::Tensor row = known[0] + in_shape;
    const Edges edges = edges_of(corners);
    const auto of_edges = [&](const at::Tensor& t) { return rows_at(t, shape); };  // R x 4

    // Of a convex shape two edges cross each of its rows.
    const at::Tensor at_row = row.unsqueeze(1);
    const at::Tensor first = of_edges(edges.first);
    const at::Tensor crosses = first.le(at_row) & of_edges(edges.end).gt(at_row);
    const at::Tensor y = at_row.to(at::kDouble);
    const at::Tensor x = of_edges(edges.x_at_0) + of_edges(edges.x_per_row) * y;
    constexpr double kFar = 1e30;
    const at::Tensor left = (x + crosses.bitwise_not() * kFar).argmin(1, /*keepdim=*/true);
    const at::Tensor right = (x - crosses.bitwise_not() * kFar).argmax(1, /*keepdim=*/true);
    const at::Tensor column = at::bitwise_right_shift(
        of_edges(edges.x) + (at_row - first) * of_edges(edges.step) + ((1 << kEdgeFraction) - 1),
        kEdgeFraction);
    const auto of = [](const at::Tensor& t, const at::Tensor& edge) {
        return t.gather(1, edge).squeeze(1);
    };
    const at::Tensor begin = of(column, left).clamp(0, columns);
    const at::Tensor end = of(column, right).clamp(0, columns) * crosses.any(1);

    const at::Tensor left_x = of(x, left);
    const at::Tensor width = of(x, right) - left_x;
    const at::Tensor per_pixel = at::reciprocal(width + width.le(0) * (1 - width));
    const at::Tensor in = begin.to(at::kDouble) - left_x;
    std::vector<at::Tensor> fields(kFields);
    for (const int64_t c : {0, 1}) {
        const auto i = static_cast<std::size_t>(c);
        const at::Tensor uv = of_edges(edges.uv_at_0[i]) + of_edges(edges.uv_per_row[i]) * y;
        const at::Tensor from = of(uv, left);
        const at::Tensor step = (of(uv, right) - from) * per_pixel;
        const at::Tensor low = rows_at(corners.select(2, 2 + c).amin(1), shape);
        const at::Tensor high = rows_at(corners.select(2, 2 + c).amax(1), shape);
        const at::Tensor most = high - low;
        fields[static_cast<std::size_t>(kU + c)] =
            at::minimum(at::maximum(from + in * step, low), high).to(at::kLong);
        fields[static_cast<std::size_t>(kStepU + c)] =
            at::minimum(at::maximum(step, -most), most).to(at::kLong);
    }
    fields[kBegin] = begin;
    fields[kEnd] = end;
    fields[kFirstColumn] = known[1];
    fields[kFirstSample] = known[4] + in_shape * known[2];
    fields[kSlot] = known[5] + row * columns;
    fields[kPixel] = known[6];
    fields[kStride] = known[7];
    fields[kShape] = shape;
    return at::stack(fields);
}

/// Between `a` and `b` by `weight` of 256, rounded as CLOSET_MIX rounds.
at::Tensor mixed(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight) {
    return at::bitwise_right_shift(a * 256 + (b - a) * weight + 128, 8);
}

/// Bilinear samples at positions with kTexelFraction fraction bits: N x 4, 32-bit integers.
at::Tensor sample(const at::Tensor& pixels, const at::Tensor& first, const at::Tensor& stride,
                  const at::Tensor& u, const at::Tensor& v) {
    const at::Tensor at = first + at::bitwise_right_shift(v, kTexelFraction) * stride +
                          at::bitwise_right_shift(u, kTexelFraction);
    const auto weight = [](const at::Tensor& t) {
        return at::bitwise_and(at::bitwise_right_shift(t, kTexelFraction - 8), 255)
            .to(at::kInt)
            .unsqueeze(1);
    };
    const auto pixel = [&](const at::Tensor& index) { return rows_at(pixels, index).to(at::kInt); };
    const at::Tensor down = weight(v);
    const at::Tensor below = at + stride;
    return mixed(mixed(pixel(at), pixel(below), down), mixed(pixel(at + 1), pixel(below + 1), down),
                 weight(u));
}

/// Shapes of one layer that are seen through each other where it folds: a sleeve at the elbow.
constexpr int kFolds = 3;

}  // namespace

at::Tensor over(const at::Tensor& below, const at::Tensor& above, const at::Tensor& alpha) {
    const at::Tensor product = below * (255 - alpha) + 128;
    return above + at::bitwise_right_shift(product + at::bitwise_right_shift(product, 8), 8);
}

int64_t samples_of(std::span<const mesh::DrawnLayer* const> layers, cv::Size canvas) {
    int64_t samples = 0;
    for (const mesh::DrawnLayer* layer : layers) {
        for (const mesh::Shape& shape : mesh::shapes_of(layer->corners, layer->triangles)) {
            const Extent extent = extent_of(shape, canvas);
            samples += std::max<int64_t>(extent.rows, 0) * std::max<int64_t>(extent.columns, 0);
        }
    }
    return samples;
}

at::Tensor rasterize(std::span<const mesh::DrawnLayer* const> layers, cv::Size canvas,
                     Atlas& atlas) {
    const c10::Device device = atlas.device();
    const auto count = static_cast<int64_t>(layers.size());
    const int64_t area = canvas.area();
    const int64_t slots = area + 1;  // the last one takes what is not painted
    Tables tables;
    for (int64_t i = 0; i < count; ++i) {
        const mesh::DrawnLayer& layer = *layers[static_cast<std::size_t>(i)];
        if (layer.triangles.empty()) {
            continue;
        }
        const Atlas::Place place = atlas.place(*layer.texture, layer.level);
        for (const mesh::Shape& shape : mesh::shapes_of(layer.corners, layer.triangles)) {
            const Extent extent = extent_of(shape, canvas);
            if (extent.rows > 0 && extent.columns > 0) {
                tables.add(shape, extent, i * slots, place);
            }
        }
    }
    at::Tensor painted = at::zeros({count * slots, 4}, at::TensorOptions(at::kInt).device(device));
    if (tables.all_samples > 0) {
        const at::Tensor corners = upload(tables.corners, {tables.shapes, kCorners, 4}, device);
        std::vector<int64_t> numbers;
        for (const auto& of_all : tables.of_shape) {
            numbers.insert(numbers.end(), of_all.begin(), of_all.end());
        }
        const at::Tensor of_shape =
            upload(numbers, {static_cast<int64_t>(tables.of_shape.size()), tables.shapes}, device);
        const at::Tensor rows = rows_of(tables, corners, of_shape, canvas.width);
        const at::Tensor row = owners(rows[kFirstSample], tables.all_samples);
        const auto of_row = [&](int64_t field) { return rows_at(rows[field], row); };
        const at::Tensor number = counting(tables.all_samples, device);
        const at::Tensor column = of_row(kFirstColumn) + number - of_row(kFirstSample);
        const at::Tensor begin = of_row(kBegin);
        const at::Tensor inside = column.ge(begin) & column.lt(of_row(kEnd));
        const at::Tensor along = column - begin;
        const at::Tensor shape = of_row(kShape);
        const auto walked = [&](int64_t c) {
            const at::Tensor range = corners.select(2, 2 + c);
            const at::Tensor low = rows_at(range.amin(1).to(at::kLong), shape);
            const at::Tensor high = rows_at(range.amax(1).to(at::kLong), shape);
            return at::minimum(at::maximum(of_row(kU + c) + along * of_row(kStepU + c), low), high);
        };
        const at::Tensor colors =
            sample(atlas.pixels(), of_row(kPixel), of_row(kStride), walked(0), walked(1));

        // Of the samples of one pixel the last one lies on top, the last of the others below it.
        const at::Tensor nowhere = rows_at(of_shape[5], shape) + area;
        const at::Tensor slot = of_row(kSlot) + column;
        at::Tensor seen = inside & colors.select(1, 3).gt(0);
        for (int fold = 0; fold < kFolds; ++fold) {
            const at::Tensor candidate = chosen(seen, slot, nowhere);
            const at::Tensor last = at::full({count * slots}, -1, number.options())
                                        .scatter_reduce_(0, candidate, number, "amax");
            const at::Tensor is_last = seen & rows_at(last, candidate).eq(number);
            const at::Tensor below =
                at::zeros_like(painted).index_copy_(0, chosen(is_last, slot, nowhere), colors);
            painted = over(below, painted, painted.narrow(1, 3, 1));
            seen = seen & is_last.bitwise_not();
        }
    }
    return painted.view({count, slots, 4})
        .narrow(1, 0, area)
        .permute({0, 2, 1})
        .contiguous()
        .view({count, 4, canvas.height, canvas.width});
}

}  // namespace closet::tensor
