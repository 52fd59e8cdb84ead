#include "models/checkpoint/tensor.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "core/error.h"
#include "core/half.h"
#include "models/checkpoint/contents.h"

namespace closet {
namespace {

// Far above every real tensor, and low enough that a sum of two of them cannot overflow.
constexpr std::int64_t kMostElements = std::int64_t{1} << 62;

// a * b for factors of 0 or more, or a refusal above kMostElements.
std::int64_t checked_product(std::int64_t a, std::int64_t b) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product) || product > kMostElements) {
        throw CheckpointError("a tensor's shape or strides are larger than any memory");
    }
    return product;
}

[[noreturn]] void refuse(const TensorEntry& tensor, const char* why) {
    throw CheckpointError(fmt::format("tensor '{}' {}", tensor.key, why));
}

constexpr std::int64_t kMostFloats = std::int64_t{1} << 28;

struct Half {
    std::uint16_t bits;
};
struct BFloat {
    std::uint16_t bits;
};

template <class T>
float as_float(T value) {
    return static_cast<float>(value);
}
template <>
float as_float(bool value) {
    return value ? 1.0F : 0.0F;
}
template <>
float as_float(BFloat value) {
    return float_from_bfloat16(value.bits);
}
template <>
float as_float(Half value) {
    return float_from_half(value.bits);
}

template <class T>
float load_float(std::span<const std::byte> storage, std::int64_t index) {
    return as_float(load<T>(storage.subspan(static_cast<std::size_t>(index) * sizeof(T))));
}
// Any byte but 0 is true; a bool object must not hold others.
template <>
float load_float<bool>(std::span<const std::byte> storage, std::int64_t index) {
    return as_float(storage[static_cast<std::size_t>(index)] != std::byte{0});
}

// Walks the innermost axis in a loop and the others like an odometer.
template <class T>
void gather(const TensorEntry& tensor, std::vector<float>& out) {
    const std::size_t outer_axes = tensor.shape.empty() ? 0 : tensor.shape.size() - 1;
    const std::int64_t inner = tensor.shape.empty() ? 1 : tensor.shape.back();
    const std::int64_t step = tensor.strides.empty() ? 0 : tensor.strides.back();
    std::vector<std::int64_t> position(outer_axes, 0);
    std::int64_t row = tensor.offset;
    for (std::size_t written = 0; written < out.size();) {
        for (std::int64_t i = 0; i < inner; ++i) {
            out[written++] = load_float<T>(tensor.storage, row + i * step);
        }
        for (std::size_t axis = outer_axes; axis-- > 0;) {
            if (tensor.shape[axis] == 1) {
                continue;  // its stride means nothing and may be of any size
            }
            row += tensor.strides[axis];
            if (++position[axis] < tensor.shape[axis]) {
                break;
            }
            row -= tensor.strides[axis] * tensor.shape[axis];
            position[axis] = 0;
        }
    }
}

}  // namespace

std::int64_t element_count(std::span<const std::int64_t> shape) {
    std::int64_t count = 1;
    for (const auto extent : shape) {
        if (extent == 0) {
            return 0;
        }
    }
    for (const auto extent : shape) {
        count = checked_product(count, extent);
    }
    return count;
}

std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> shape) {
    std::vector<std::int64_t> strides(shape.size());
    std::int64_t stride = 1;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
        strides[axis] = stride;
        stride = checked_product(stride, shape[axis] == 0 ? 1 : shape[axis]);
    }
    return strides;
}

void check_view(const TensorEntry& tensor) {
    if (tensor.shape.size() > kMostAxes) {
        refuse(tensor, "has more than 8 axes");
    }
    if (tensor.strides.size() != tensor.shape.size()) {
        refuse(tensor, "has not one stride an axis");
    }
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
        if (tensor.shape[axis] < 0 || tensor.strides[axis] < 0) {
            refuse(tensor, "has a negative extent or stride");
        }
    }
    if (tensor.offset < 0) {
        refuse(tensor, "begins before its storage");
    }
    if (element_count(tensor.shape) == 0) {
        return;
    }
    // kMostElements fits twice into an int64, and the sum is checked each time.
    std::int64_t last = tensor.offset;
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
        const std::int64_t step = checked_product(tensor.shape[axis] - 1, tensor.strides[axis]);
        last = last > kMostElements - step ? kMostElements : last + step;
    }
    const std::size_t stored = tensor.storage.size() / size_of(tensor.type);
    if (static_cast<std::uint64_t>(last) >= stored) {
        refuse(tensor, "reaches beyond its storage");
    }
}

std::string_view to_string(ElementType type) {
    switch (type) {
        case ElementType::kFloat64:
            return "float64";
        case ElementType::kFloat32:
            return "float32";
        case ElementType::kFloat16:
            return "float16";
        case ElementType::kBFloat16:
            return "bfloat16";
        case ElementType::kInt64:
            return "int64";
        case ElementType::kInt32:
            return "int32";
        case ElementType::kInt16:
            return "int16";
        case ElementType::kInt8:
            return "int8";
        case ElementType::kUInt8:
            return "uint8";
        case ElementType::kBool:
            break;
    }
    return "bool";
}

std::size_t size_of(ElementType type) {
    switch (type) {
        case ElementType::kFloat64:
        case ElementType::kInt64:
            return 8;
        case ElementType::kFloat32:
        case ElementType::kInt32:
            return 4;
        case ElementType::kFloat16:
        case ElementType::kBFloat16:
        case ElementType::kInt16:
            return 2;
        case ElementType::kInt8:
        case ElementType::kUInt8:
        case ElementType::kBool:
            break;
    }
    return 1;
}

std::vector<float> to_floats(const TensorEntry& tensor) {
    const std::int64_t count = element_count(tensor.shape);
    if (count > kMostFloats) {
        throw ModelError(
            fmt::format("the tensor '{}' cannot be used: it has {} numbers, more than the {} that "
                        "this program accepts",
                        tensor.key, count, kMostFloats));
    }
    std::vector<float> values(static_cast<std::size_t>(count));
    if (count == 0) {
        return values;
    }
    switch (tensor.type) {
        case ElementType::kFloat64:
            gather<double>(tensor, values);
            break;
        case ElementType::kFloat32:
            if (tensor.strides == dense_strides(tensor.shape)) {
                const auto start = static_cast<std::size_t>(tensor.offset) * sizeof(float);
                std::memcpy(values.data(), tensor.storage.data() + start,
                            values.size() * sizeof(float));
            } else {
                gather<float>(tensor, values);
            }
            break;
        case ElementType::kFloat16:
            gather<Half>(tensor, values);
            break;
        case ElementType::kBFloat16:
            gather<BFloat>(tensor, values);
            break;
        case ElementType::kInt64:
            gather<std::int64_t>(tensor, values);
            break;
        case ElementType::kInt32:
            gather<std::int32_t>(tensor, values);
            break;
        case ElementType::kInt16:
            gather<std::int16_t>(tensor, values);
            break;
        case ElementType::kInt8:
            gather<std::int8_t>(tensor, values);
            break;
        case ElementType::kUInt8:
            gather<std::uint8_t>(tensor, values);
            break;
        case ElementType::kBool:
            gather<bool>(tensor, values);
            break;
    }
    return values;
}

}  // namespace closet
