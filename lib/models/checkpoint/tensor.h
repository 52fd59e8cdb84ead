#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace closet {

/// What a tensor's numbers are, as PyTorch and safetensors name them.
enum class ElementType {
    kFloat64,
    kFloat32,
    kFloat16,
    kBFloat16,
    kInt64,
    kInt32,
    kInt16,
    kInt8,
    kUInt8,
    kBool,
};
std::string_view to_string(ElementType type);  ///< "float32" and so on
std::size_t size_of(ElementType type);         ///< bytes

/// One named tensor of a checkpoint: a strided view of a storage. Checked when the file was read:
/// every element lies inside `storage`.
struct TensorEntry {
    std::string key;  ///< "backbone.stem.0.conv.weight"; printable, at most 1024 bytes
    ElementType type = ElementType::kFloat32;
    std::vector<std::int64_t> shape;     ///< empty for a scalar; extents may be 0
    std::vector<std::int64_t> strides;   ///< elements, one an axis, 0 or more
    std::int64_t offset = 0;             ///< elements from the start of the storage
    std::span<const std::byte> storage;  ///< little endian, not aligned; owned by the checkpoint
};

/// The tensor's numbers in row-major order, converted. Throws ModelError for more than 2^28 of
/// them.
std::vector<float> to_floats(const TensorEntry& tensor);

// For readers of files.

/// Axes of a tensor; files with more are refused. PyTorch allows 64; weights have 4, videos 5.
inline constexpr std::size_t kMostAxes = 8;

/// Throws CheckpointError where an element of the tensor lies outside its storage.
void check_view(const TensorEntry& tensor);

/// Product of the extents, which are 0 or more. Throws CheckpointError where it is above 2^62.
std::int64_t element_count(std::span<const std::int64_t> shape);

/// Strides of row-major order.
std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> shape);

}  // namespace closet
