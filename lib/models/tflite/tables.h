#pragma once

#include <cstddef>

#include "models/tflite/file.h"
#include "models/tflite/flatbuffer.h"

namespace closet {

/// Parts of the TFLite reader that translate one kind of table each; `parse_tflite` is their user.
/// They throw FlatbufferError.

inline constexpr std::size_t kMaxTfliteRank = 6;  ///< axes of a tensor

/// The options of an operator; monostate where it has none that this program understands.
TfliteOptions read_tflite_options(const FlatTable& op, TfliteCode code);

/// `limit`: no index list of a sane tensor is longer than the list of its stored values, or than
/// the number of dense entries above it plus one; both are at most this.
TfliteSparsity read_tflite_sparsity(const FlatTable& table, std::size_t limit);

}  // namespace closet
