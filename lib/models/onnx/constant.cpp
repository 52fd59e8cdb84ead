#include "models/onnx/constant.h"

#include <algorithm>
#include <limits>

namespace closet {

namespace {

std::int64_t to_integer(double value) {
    constexpr double kLimit = 9.2e18;  // below 2^63
    if (!(value > -kLimit)) {
        return std::numeric_limits<std::int64_t>::min();
    }
    return value < kLimit ? static_cast<std::int64_t>(value)
                          : std::numeric_limits<std::int64_t>::max();
}

/// The position in `shape` of entry `index` of `result`, whose last axes are matched.
std::size_t broadcast_index(std::size_t index, const std::vector<std::int64_t>& result,
                            const std::vector<std::int64_t>& shape) {
    std::size_t position = 0, step = 1;
    for (std::size_t back = 1; back <= result.size(); ++back) {
        const auto extent = static_cast<std::size_t>(result[result.size() - back]);
        const std::size_t entry = index % extent;
        index /= extent;
        if (back <= shape.size()) {
            const auto own = static_cast<std::size_t>(shape[shape.size() - back]);
            position += (own == 1 ? 0 : entry) * step;
            step *= own;
        }
    }
    return position;
}

}  // namespace

std::size_t OnnxConstant::size() const {
    return std::visit([](const auto& values) { return values.size(); }, numbers);
}

double OnnxConstant::at(std::size_t index) const {
    return std::visit([&](const auto& values) { return static_cast<double>(values[index]); },
                      numbers);
}

std::vector<float> OnnxConstant::floats() const {
    if (const auto* own = std::get_if<std::vector<float>>(&numbers)) {
        return *own;
    }
    const auto& own = std::get<std::vector<std::int64_t>>(numbers);
    std::vector<float> result(own.size());
    std::transform(own.begin(), own.end(), result.begin(),
                   [](std::int64_t value) { return static_cast<float>(value); });
    return result;
}

std::vector<std::int64_t> OnnxConstant::integers() const {
    if (const auto* own = std::get_if<std::vector<std::int64_t>>(&numbers)) {
        return *own;
    }
    const auto& own = std::get<std::vector<float>>(numbers);
    std::vector<std::int64_t> result(own.size());
    std::transform(own.begin(), own.end(), result.begin(),
                   [](float value) { return to_integer(double{value}); });
    return result;
}

std::int64_t numbers_in(const std::vector<std::int64_t>& shape) {
    std::int64_t product = 1;
    for (const std::int64_t extent : shape) {
        if (extent < 0 || extent > kMostNumbers) {
            return kMostNumbers + 1;
        }
        product = std::min(product * extent, kMostNumbers + 1);
    }
    return product;
}

OnnxConstant rearranged(const OnnxConstant& from, std::vector<std::int64_t> shape,
                        const std::function<std::size_t(std::size_t)>& source) {
    OnnxConstant result{std::move(shape), {}};
    const auto count = static_cast<std::size_t>(numbers_in(result.shape));
    std::visit(
        [&](const auto& values) {
            std::decay_t<decltype(values)> moved(count);
            for (std::size_t i = 0; i < count; ++i) {
                moved[i] = values[source(i)];
            }
            result.numbers = std::move(moved);
        },
        from.numbers);
    return result;
}

OnnxConstant transposed(const OnnxConstant& from, const std::vector<std::size_t>& axes) {
    const std::size_t rank = axes.size();
    std::vector<std::size_t> steps(rank, 1);
    for (std::size_t axis = rank; axis-- > 1;) {
        steps[axis - 1] = steps[axis] * static_cast<std::size_t>(from.shape[axis]);
    }
    std::vector<std::int64_t> shape(rank);
    for (std::size_t axis = 0; axis < rank; ++axis) {
        shape[axis] = from.shape[axes[axis]];
    }
    return rearranged(from, shape, [&](std::size_t index) {
        std::size_t position = 0;
        for (std::size_t axis = rank; axis-- > 0;) {
            const auto extent = static_cast<std::size_t>(shape[axis]);
            position += index % extent * steps[axes[axis]];
            index /= extent;
        }
        return position;
    });
}

bool broadcast_shapes(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b,
                      std::vector<std::int64_t>& result) {
    result.assign(std::max(a.size(), b.size()), 1);
    for (std::size_t back = 1; back <= result.size(); ++back) {
        const std::int64_t left = back <= a.size() ? a[a.size() - back] : 1;
        const std::int64_t right = back <= b.size() ? b[b.size() - back] : 1;
        if (left != right && left != 1 && right != 1) {
            return false;
        }
        result[result.size() - back] = left == 1 ? right : left;
    }
    return result.size() <= kMostAxes && numbers_in(result) <= kMostNumbers;
}

OnnxConstant combined(const OnnxConstant& a, const OnnxConstant& b,
                      const std::vector<std::int64_t>& shape,
                      const std::function<double(double, double)>& operation) {
    const auto count = static_cast<std::size_t>(numbers_in(shape));
    const auto result_of = [&](std::size_t i) {
        return operation(a.at(broadcast_index(i, shape, a.shape)),
                         b.at(broadcast_index(i, shape, b.shape)));
    };
    OnnxConstant result{shape, {}};
    if (a.is_float() || b.is_float()) {
        std::vector<float> values(count);
        for (std::size_t i = 0; i < count; ++i) {
            values[i] = static_cast<float>(result_of(i));
        }
        result.numbers = std::move(values);
    } else {
        std::vector<std::int64_t> values(count);
        for (std::size_t i = 0; i < count; ++i) {
            values[i] = to_integer(result_of(i));
        }
        result.numbers = std::move(values);
    }
    return result;
}

}  // namespace closet
