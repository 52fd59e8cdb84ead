#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
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

// Of one file. More tensors are refused; metadata beyond the limits is cut or left out.
inline constexpr std::size_t kMostTensors = std::size_t{1} << 16;
inline constexpr std::size_t kMostValues = 4096;
inline constexpr std::size_t kLongestKey = 256;                      ///< bytes
inline constexpr std::size_t kLongestText = std::size_t{64} << 10U;  ///< bytes

/// What a reader finds in a file's bytes, which each tensor's `storage` views.
struct CheckpointContents {
    Checkpoint::Format format = Checkpoint::Format::kPthLegacy;
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

/// A number stored little endian at the start of `bytes`, which are long enough.
template <class T>
T load(std::span<const std::byte> bytes) {
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

/// What may be printed of a text from outside: valid UTF-8 without control characters except tab
/// and line breaks (a terminal obeys others), at most `limit` bytes. Anything else becomes U+FFFD.
std::string plain_text(std::string_view text, std::size_t limit);

/// Whether a text is a tensor's name as modules have them: plain, on one line, 1 to 1024 bytes.
bool is_plain_name(std::string_view text);

}  // namespace closet
