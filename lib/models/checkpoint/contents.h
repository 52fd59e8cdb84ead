#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/checkpoint/checkpoint.h"

namespace closet {

/// Note [Hostile checkpoints]
/// The bytes come from outside. Counts, offsets and lengths are compared with what the file holds
/// before anything of that size is allocated or read; numbers are copied out byte by byte, so
/// alignment never matters. Texts stay views of the mapping. What a reader keeps is bounded by the
/// limits named beside it, never by what the file claims.
static_assert(std::endian::native == std::endian::little);

/// A checkpoint that breaks its format or asks for something that is refused. The text says what,
/// without naming the file.
class CheckpointError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What a reader finds in a file's bytes, which each tensor's `storage` views.
struct CheckpointContents {
    std::vector<TensorEntry> tensors;  ///< each passed `check_view`; keys may still repeat
    std::vector<std::pair<std::string, std::string>> metadata;
};

/// Whether a file is of a format, by its first bytes.
bool is_pth_legacy(std::span<const std::byte> bytes);
bool is_pth_zip(std::span<const std::byte> bytes);
bool is_safetensors(std::span<const std::byte> bytes);

/// The readers, one a format. They throw CheckpointError; the bytes must outlive what they return.
CheckpointContents read_pth_legacy(std::span<const std::byte> bytes);
CheckpointContents read_pth_zip(std::span<const std::byte> bytes);
CheckpointContents read_safetensors(std::span<const std::byte> bytes);

/// Throws CheckpointError where an element of the tensor lies outside its storage.
void check_view(const TensorEntry& tensor);

/// Product of the extents, which are 0 or more. Throws CheckpointError where it is above 2^62.
std::int64_t element_count(std::span<const std::int64_t> shape);

/// Strides of row-major order.
std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> shape);

/// A number stored little endian at the start of `bytes`, which are long enough.
template <class T>
T load(std::span<const std::byte> bytes) {
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

}  // namespace closet
