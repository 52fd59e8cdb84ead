#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <variant>
#include <vector>

namespace closet {

/// A tensor whose numbers are known when the file is read, in row-major order.
struct OnnxConstant {
    std::vector<std::int64_t> shape;  ///< empty for a scalar
    std::variant<std::vector<float>, std::vector<std::int64_t>> numbers;

    bool is_float() const { return numbers.index() == 0; }
    std::size_t size() const;
    double at(std::size_t index) const;  ///< of either kind

    /// Of either kind, converted. Integers beyond float's precision are rounded; floats beyond
    /// int64's range become its limits.
    std::vector<float> floats() const;
    std::vector<std::int64_t> integers() const;
};

/// Products of extents beyond this are refused wherever a shape is computed.
inline constexpr std::int64_t kMostNumbers = std::int64_t{1} << 31;

/// The same of axes: attention over windows has 6.
inline constexpr std::size_t kMostAxes = 8;

/// The product of extents, or kMostNumbers + 1 where it is larger, or an extent negative.
std::int64_t numbers_in(const std::vector<std::int64_t>& shape);

// The operators that files use to work out shapes, and weights that are stored in another form.
// Shapes and axes must have been checked; results have at most kMostNumbers numbers.

/// Entry i of the result is entry `source(i)` of the constant.
OnnxConstant rearranged(const OnnxConstant& from, std::vector<std::int64_t> shape,
                        const std::function<std::size_t(std::size_t)>& source);

/// Axis i of the result is axis `axes[i]` of the constant.
OnnxConstant transposed(const OnnxConstant& from, const std::vector<std::size_t>& axes);

/// The shape of both, their axes matched from the last one; false where they do not fit, or the
/// result is beyond kMostNumbers or kMostAxes.
bool broadcast_shapes(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b,
                      std::vector<std::int64_t>& result);

/// `operation` number by number, in float64, with the axes of both matched. The result is of
/// floats where one of them is.
OnnxConstant combined(const OnnxConstant& a, const OnnxConstant& b,
                      const std::vector<std::int64_t>& shape,
                      const std::function<double(double, double)>& operation);

}  // namespace closet
