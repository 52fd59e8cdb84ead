#pragma once

#include <cstdint>
#include <vector>

#include "models/tflite/file.h"

namespace closet {

/// The values of a float32 or float16 constant, made dense, in the tensor's own axis order.
/// Throws ModelError (naming the tensor) where it is no such constant or its sparse layout does not
/// fit its shape.
std::vector<float> float_constant(const TfliteFile& file, const TfliteTensor& tensor);

/// The values of a dense int32 or int64 constant. Throws ModelError where it is no such constant.
std::vector<std::int64_t> integer_constant(const TfliteFile& file, const TfliteTensor& tensor);

}  // namespace closet
