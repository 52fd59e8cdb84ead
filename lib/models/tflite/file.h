#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace closet {

/// Element types, numbered as in the TFLite schema (`TensorType`). Others are refused.
enum class TfliteType : std::int8_t {
    kFloat32 = 0,
    kFloat16 = 1,
    kInt32 = 2,
    kUint8 = 3,
    kInt64 = 4,
    kInt8 = 9,
};
std::size_t size_of(TfliteType type);  ///< bytes an element

/// How the values of a sparse constant are laid out (`SparsityParameters` of the schema).
struct TfliteSparsity {
    struct Dimension {
        bool sparse = false;                 ///< false: `size` entries, all stored
        std::int32_t size = 0;               ///< of a dense dimension
        std::vector<std::int32_t> segments;  ///< CSR: where each parent's entries begin and end
        std::vector<std::int32_t> indices;   ///< CSR: the coordinate of each entry
    };
    std::vector<std::int32_t> traversal_order;  ///< axis (or rank + block axis) of each level
    std::vector<std::int32_t> block_map;        ///< axis that each block axis subdivides
    std::vector<Dimension> dimensions;          ///< one a level
};

struct TfliteTensor {
    std::string name;
    TfliteType type = TfliteType::kFloat32;
    std::vector<std::int64_t> shape;  ///< every extent >= 1; empty for a scalar
    std::span<const std::byte> data;  ///< of a constant, as stored; empty for an activation
    std::optional<TfliteSparsity> sparsity;

    std::int64_t element_count() const;  ///< product of the extents
};

/// Numbered as in the schema (`BuiltinOperator`); only those that this program understands.
enum class TfliteCode : std::int32_t {
    kAdd = 0,
    kAveragePool2d = 1,
    kConcatenation = 2,
    kConv2d = 3,
    kDepthwiseConv2d = 4,
    kDepthToSpace = 5,
    kDequantize = 6,
    kLogistic = 14,
    kMaxPool2d = 17,
    kMul = 18,
    kRelu = 19,
    kRelu6 = 21,
    kReshape = 22,
    kResizeBilinear = 23,
    kCustom = 32,
    kPad = 34,
    kMean = 40,
    kSub = 41,
    kAbs = 101,
    kHardSwish = 117,
    kDensify = 124,
};

/// Numbered as in the schema (`ActivationFunctionType`).
enum class TfliteActivation : std::int8_t { kNone = 0, kRelu = 1, kReluN1To1 = 2, kRelu6 = 3 };

/// Options of CONV_2D, DEPTHWISE_CONV_2D and the pools.
struct TfliteWindow {
    bool same = true;  ///< padding SAME, else VALID
    std::int32_t stride_h = 0, stride_w = 0;
    std::int32_t dilation_h = 1, dilation_w = 1;
    std::int32_t filter_h = 0, filter_w = 0;  ///< of a pool
    std::int32_t depth_multiplier = 0;        ///< of a depthwise convolution
    TfliteActivation activation = TfliteActivation::kNone;
};
/// Options of ADD, SUB and MUL.
struct TfliteBinary {
    TfliteActivation activation = TfliteActivation::kNone;
};
struct TfliteConcat {
    std::int32_t axis = 0;
    TfliteActivation activation = TfliteActivation::kNone;
};
struct TfliteResize {
    bool align_corners = false, half_pixel_centers = false;
};
struct TfliteDepthToSpace {
    std::int32_t block = 0;
};
struct TfliteMean {
    bool keep_dims = false;
};
/// Options of a custom operator: the bytes, whose meaning depends on its name.
struct TfliteCustom {
    std::span<const std::byte> bytes;
};
using TfliteOptions = std::variant<std::monostate, TfliteWindow, TfliteBinary, TfliteConcat,
                                   TfliteResize, TfliteDepthToSpace, TfliteMean, TfliteCustom>;

struct TfliteOperator {
    std::int32_t code = 0;  ///< a TfliteCode, or one that this program does not understand
    std::string name;       ///< for messages: "CONV_2D", the custom name, "operator 77"
    TfliteOptions options;
    std::vector<std::int32_t> inputs;   ///< tensor indices; -1 for an optional input left out
    std::vector<std::int32_t> outputs;  ///< tensor indices
};

/// What a .tflite file says, checked for form: all indices are valid and each dense constant has
/// exactly the bytes of its shape. Whether the operators make sense together is not checked.
struct TfliteFile {
    std::string name;  ///< for messages: the path
    std::vector<TfliteTensor> tensors;
    std::vector<TfliteOperator> operators;  ///< in the order of execution
    std::vector<std::int32_t> inputs;       ///< tensor indices
    std::vector<std::int32_t> outputs;      ///< tensor indices
    std::shared_ptr<const void> storage;    ///< keeps alive what `data` and `bytes` view
};

/// Maps a file into memory and reads its only subgraph. Throws ModelError.
TfliteFile read_tflite(const std::filesystem::path& path);

/// The same for bytes in memory, which must outlive the result. `name` is for messages.
TfliteFile parse_tflite(std::span<const std::byte> bytes, std::string name);

}  // namespace closet
