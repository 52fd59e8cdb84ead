#include <fmt/format.h>

#include "models/checkpoint/contents.h"

namespace closet {

namespace {

// Far above every real tensor, and low enough that a sum of two of them cannot overflow.
constexpr std::int64_t kMostElements = std::int64_t{1} << 62;
// PyTorch allows 64; weights have 4, videos 5.
constexpr std::size_t kMostAxes = 8;

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

}  // namespace closet
