#include "models/tflite/file.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "models/mapped_file.h"
#include "models/tflite/flatbuffer.h"

namespace closet {

namespace {

// What this program accepts. The largest known model has 535 tensors and 332 operators.
constexpr std::size_t kMaxItems = 20'000;                     // tensors, operators, buffers
constexpr std::size_t kMaxOperands = 256;                     // inputs or outputs of an operator
constexpr std::size_t kMaxNameLength = 256;                   // longer names are cut
constexpr std::size_t kMaxRank = 6;                           // axes of a tensor
constexpr std::int64_t kMaxElements = std::int64_t{1} << 26;  // of a tensor: 256 MB as float32

// Field ids of the schema, tensorflow/lite/schema/schema.fbs (version 3).
namespace field {
enum Model : std::uint32_t { kVersion = 0, kOperatorCodes = 1, kSubgraphs = 2, kBuffers = 4 };
enum Code : std::uint32_t { kDeprecatedBuiltin = 0, kCustomName = 1, kBuiltin = 3 };
enum Subgraph : std::uint32_t { kTensors = 0, kGraphInputs = 1, kGraphOutputs = 2, kOperators = 3 };
enum Tensor : std::uint32_t { kShape = 0, kType = 1, kBuffer = 2, kName = 3, kSparsity = 6 };
enum Buffer : std::uint32_t { kData = 0, kExternalOffset = 1 };
enum Operator : std::uint32_t {
    kCodeIndex = 0,
    kInputs = 1,
    kOutputs = 2,
    kOptionsType = 3,
    kOptions = 4,
    kCustomOptions = 5
};
enum Sparsity : std::uint32_t { kTraversalOrder = 0, kBlockMap = 1, kDimensions = 2 };
enum Dimension : std::uint32_t {
    kFormat = 0,
    kDenseSize = 1,
    kSegmentsType = 2,
    kSegments = 3,
    kIndicesType = 4,
    kIndices = 5,
};
}  // namespace field

constexpr auto kCodeNames = std::to_array<std::pair<TfliteCode, std::string_view>>({
    {TfliteCode::kAbs, "ABS"},
    {TfliteCode::kAdd, "ADD"},
    {TfliteCode::kAveragePool2d, "AVERAGE_POOL_2D"},
    {TfliteCode::kConcatenation, "CONCATENATION"},
    {TfliteCode::kConv2d, "CONV_2D"},
    {TfliteCode::kDepthwiseConv2d, "DEPTHWISE_CONV_2D"},
    {TfliteCode::kDepthToSpace, "DEPTH_TO_SPACE"},
    {TfliteCode::kDequantize, "DEQUANTIZE"},
    {TfliteCode::kLogistic, "LOGISTIC"},
    {TfliteCode::kMaxPool2d, "MAX_POOL_2D"},
    {TfliteCode::kMul, "MUL"},
    {TfliteCode::kRelu, "RELU"},
    {TfliteCode::kRelu6, "RELU6"},
    {TfliteCode::kReshape, "RESHAPE"},
    {TfliteCode::kResizeBilinear, "RESIZE_BILINEAR"},
    {TfliteCode::kPad, "PAD"},
    {TfliteCode::kMean, "MEAN"},
    {TfliteCode::kSub, "SUB"},
    {TfliteCode::kHardSwish, "HARD_SWISH"},
    {TfliteCode::kDensify, "DENSIFY"},
});

std::string printable(std::string_view text) {
    std::string copy(text.substr(0, kMaxNameLength));
    std::replace_if(
        copy.begin(), copy.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return copy;
}

// Members of the schema's union BuiltinOptions.
enum class OptionsType : std::uint8_t {
    kConv2d = 1,
    kDepthwiseConv2d = 2,
    kPool2d = 5,
    kConcatenation = 10,
    kAdd = 11,
    kResizeBilinear = 15,
    kMul = 21,
    kReducer = 27,
    kSub = 28,
    kDepthToSpace = 94,
};

TfliteActivation activation_of(const FlatTable& table, std::uint32_t id) {
    const auto value = table.scalar<std::int8_t>(id, 0);
    if (value < 0 || value > static_cast<std::int8_t>(TfliteActivation::kRelu6)) {
        throw FlatbufferError(fmt::format("it uses fused activation {}, which is unknown", value));
    }
    return static_cast<TfliteActivation>(value);
}

// CSR arrays are one of three table types, each with the vector as its field 0.
std::vector<std::int32_t> index_vector(const FlatTable& dimension, std::uint32_t type_field,
                                       std::uint32_t list_field, std::size_t limit) {
    const auto table = dimension.table(list_field);
    if (!table) {
        throw FlatbufferError("a sparse tensor lacks its index lists");
    }
    const auto widen = [](const auto& narrow) {
        return std::vector<std::int32_t>(narrow.begin(), narrow.end());
    };
    switch (dimension.scalar<std::uint8_t>(type_field, 0)) {
        case 1:
            return table->scalars<std::int32_t>(0, limit);
        case 2:
            return widen(table->scalars<std::uint16_t>(0, limit));
        case 3:
            return widen(table->scalars<std::uint8_t>(0, limit));
        default:
            throw FlatbufferError("a sparse tensor has index lists of an unknown type");
    }
}

std::int32_t positive(const FlatTable& table, std::uint32_t id, std::int32_t absent) {
    constexpr std::int32_t kMaxWindow = 1 << 12;  // strides, dilations, filters, blocks
    const auto value = table.scalar<std::int32_t>(id, absent);
    if (value < 0 || value > kMaxWindow) {
        throw FlatbufferError(fmt::format("an operator's option has the value {}", value));
    }
    return value;
}

TfliteWindow read_window(const FlatTable& table, OptionsType type) {
    TfliteWindow window{.same = table.scalar<std::int8_t>(0, 0) == 0};
    window.stride_w = positive(table, 1, 0);
    window.stride_h = positive(table, 2, 0);
    if (type == OptionsType::kPool2d) {
        window.filter_w = positive(table, 3, 0);
        window.filter_h = positive(table, 4, 0);
        window.activation = activation_of(table, 5);
        return window;
    }
    // DepthwiseConv2DOptions has one more field, in the middle.
    const std::uint32_t shift = type == OptionsType::kDepthwiseConv2d ? 1 : 0;
    window.depth_multiplier = shift != 0 ? positive(table, 3, 0) : 0;
    window.activation = activation_of(table, 3 + shift);
    window.dilation_w = positive(table, 4 + shift, 1);
    window.dilation_h = positive(table, 5 + shift, 1);
    return window;
}

/// `limit`: no index list of a sane tensor is longer than the list of its stored values, or than
/// the number of dense entries above it plus one; both are at most this.
TfliteSparsity read_sparsity(const FlatTable& table, std::size_t limit) {
    TfliteSparsity sparsity;
    sparsity.traversal_order = table.scalars<std::int32_t>(field::kTraversalOrder, 2 * kMaxRank);
    sparsity.block_map = table.scalars<std::int32_t>(field::kBlockMap, kMaxRank);
    for (const FlatTable& entry : table.tables(field::kDimensions, 2 * kMaxRank)) {
        auto& dimension = sparsity.dimensions.emplace_back();
        dimension.sparse = entry.scalar<std::int8_t>(field::kFormat, 0) != 0;
        dimension.size = entry.scalar<std::int32_t>(field::kDenseSize, 0);
        if (dimension.sparse) {
            dimension.segments = index_vector(entry, field::kSegmentsType, field::kSegments, limit);
            dimension.indices = index_vector(entry, field::kIndicesType, field::kIndices, limit);
        }
    }
    return sparsity;
}

/// The options of an operator; monostate where it has none that this program understands.
TfliteOptions read_options(const FlatTable& op, TfliteCode code) {
    if (code == TfliteCode::kCustom) {
        return TfliteCustom{op.bytes(field::kCustomOptions, 1)};
    }
    const auto table = op.table(field::kOptions);
    if (!table) {
        return {};
    }
    const auto type = static_cast<OptionsType>(op.scalar<std::uint8_t>(field::kOptionsType, 0));
    switch (type) {
        case OptionsType::kConv2d:
        case OptionsType::kDepthwiseConv2d:
        case OptionsType::kPool2d:
            return read_window(*table, type);
        case OptionsType::kAdd:
        case OptionsType::kMul:
        case OptionsType::kSub:
            return TfliteBinary{activation_of(*table, 0)};
        case OptionsType::kConcatenation:
            return TfliteConcat{table->scalar<std::int32_t>(0, 0), activation_of(*table, 1)};
        case OptionsType::kResizeBilinear:
            return TfliteResize{.align_corners = table->scalar<std::uint8_t>(2, 0) != 0,
                                .half_pixel_centers = table->scalar<std::uint8_t>(3, 0) != 0};
        case OptionsType::kReducer:
            return TfliteMean{table->scalar<std::uint8_t>(0, 0) != 0};
        case OptionsType::kDepthToSpace:
            return TfliteDepthToSpace{positive(*table, 0, 0)};
    }
    return {};
}

class Parser {
  public:
    explicit Parser(std::span<const std::byte> bytes)
        : model_(FlatTable::root(bytes, "TFL3")), budget_(bytes.size()) {}

    void parse(TfliteFile& file) {
        const auto subgraphs = model_.tables(field::kSubgraphs, kMaxItems);
        if (subgraphs.size() != 1) {
            throw FlatbufferError(
                fmt::format("it holds {} subgraphs, and one is supported", subgraphs.size()));
        }
        const FlatTable& graph = subgraphs.front();
        buffers_ = model_.tables(field::kBuffers, kMaxItems);
        for (const FlatTable& entry : graph.tables(field::kTensors, kMaxItems)) {
            file.tensors.push_back(read_tensor(entry));
        }
        const auto codes = model_.tables(field::kOperatorCodes, kMaxItems);
        for (const FlatTable& entry : graph.tables(field::kOperators, kMaxItems)) {
            file.operators.push_back(read_operator(entry, codes, file.tensors.size()));
        }
        file.inputs = operands(graph, field::kGraphInputs, 0, file.tensors.size());
        file.outputs = operands(graph, field::kGraphOutputs, 0, file.tensors.size());
    }

  private:
    TfliteTensor read_tensor(const FlatTable& entry) {
        TfliteTensor tensor;
        tensor.name = printable(entry.text(field::kName));
        const auto type = entry.scalar<std::int8_t>(field::kType, 0);
        tensor.type = static_cast<TfliteType>(type);
        if (size_of(tensor.type) == 0) {
            throw FlatbufferError(fmt::format(
                "tensor '{}' has element type {}, which is not supported", tensor.name, type));
        }
        std::int64_t count = 1;
        for (const auto extent : entry.scalars<std::int32_t>(field::kShape, kMaxRank)) {
            if (extent < 1 || extent > kMaxElements / count) {
                throw FlatbufferError(
                    fmt::format("tensor '{}' has an extent of {}", tensor.name, extent));
            }
            count *= extent;
            tensor.shape.push_back(extent);
        }
        const auto buffer = entry.scalar<std::uint32_t>(field::kBuffer, 0);
        if (buffer >= buffers_.size()) {
            throw FlatbufferError(fmt::format("tensor '{}' names no buffer", tensor.name));
        }
        if (buffers_[buffer].scalar<std::uint64_t>(field::kExternalOffset, 0) > 1) {
            throw FlatbufferError("its weights lie outside the FlatBuffer, which is not supported");
        }
        tensor.data = buffers_[buffer].bytes(field::kData, 1);
        const std::size_t stored = tensor.data.size() / size_of(tensor.type);
        if (const auto sparsity = entry.table(field::kSparsity)) {
            tensor.sparsity = read_sparsity(*sparsity, static_cast<std::size_t>(count) + 1);
            for (const auto& dimension : tensor.sparsity->dimensions) {
                spend((dimension.segments.size() + dimension.indices.size()));
            }
        } else if (!tensor.data.empty() && stored != static_cast<std::size_t>(count)) {
            throw FlatbufferError(fmt::format("tensor '{}' holds {} values where its shape has {}",
                                              tensor.name, stored, count));
        }
        return tensor;
    }

    TfliteOperator read_operator(const FlatTable& entry, const std::vector<FlatTable>& codes,
                                 std::size_t tensors) {
        const auto index = entry.scalar<std::uint32_t>(field::kCodeIndex, 0);
        if (index >= codes.size()) {
            throw FlatbufferError("an operator has no code");
        }
        // Codes above 127 do not fit the old field, which then holds 127.
        TfliteOperator op;
        op.code =
            std::max(codes[index].scalar<std::int32_t>(field::kBuiltin, 0),
                     std::int32_t{codes[index].scalar<std::int8_t>(field::kDeprecatedBuiltin, 0)});
        const auto code = static_cast<TfliteCode>(op.code);
        const auto* const known = std::find_if(kCodeNames.begin(), kCodeNames.end(),
                                               [&](const auto& row) { return row.first == code; });
        if (code == TfliteCode::kCustom) {
            op.name = printable(codes[index].text(field::kCustomName));
        } else if (known != kCodeNames.end()) {
            op.name = known->second;
        } else {
            op.name = fmt::format("operator {}", op.code);
        }
        op.options = read_options(entry, code);
        op.inputs = operands(entry, field::kInputs, -1, tensors);
        op.outputs = operands(entry, field::kOutputs, 0, tensors);
        return op;
    }

    std::vector<std::int32_t> operands(const FlatTable& table, std::uint32_t id,
                                       std::int32_t lowest, std::size_t tensors) {
        auto indices = table.scalars<std::int32_t>(id, kMaxOperands);
        for (const auto index : indices) {
            if (index < lowest || index >= static_cast<std::int64_t>(tensors)) {
                throw FlatbufferError(fmt::format("an operand names tensor {}", index));
            }
        }
        spend(indices.size());
        return indices;
    }

    // A file that shares one list among many tables could make this program copy without bound.
    // A sane one shares little: what is copied has fewer elements than the file has bytes.
    void spend(std::size_t elements) {
        if (elements > budget_) {
            throw FlatbufferError("its tables refer to the same lists over and over");
        }
        budget_ -= elements;
    }

    FlatTable model_;
    std::vector<FlatTable> buffers_;
    std::size_t budget_;
};

}  // namespace

std::size_t size_of(TfliteType type) {
    switch (type) {
        case TfliteType::kFloat32:
        case TfliteType::kInt32:
            return 4;
        case TfliteType::kFloat16:
            return 2;
        case TfliteType::kInt64:
            return 8;
        case TfliteType::kUint8:
        case TfliteType::kInt8:
            return 1;
    }
    return 0;
}

std::int64_t TfliteTensor::element_count() const {
    std::int64_t count = 1;
    for (const auto extent : shape) {
        count *= extent;
    }
    return count;
}

TfliteFile parse_tflite(std::span<const std::byte> bytes, std::string name) {
    TfliteFile file;
    file.name = std::move(name);
    try {
        Parser(bytes).parse(file);
    } catch (const FlatbufferError& error) {
        throw ModelError(
            fmt::format("{} is not a TFLite model that can be used: {}", file.name, error.what()));
    }
    return file;
}

TfliteFile read_tflite(const std::filesystem::path& path) {
    const auto mapped = std::make_shared<const MappedFile>(path);
    TfliteFile file = parse_tflite(mapped->bytes(), path.string());
    file.storage = mapped;
    return file;
}

}  // namespace closet
