#include "models/tflite/tables.h"

#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace closet {

namespace {

// Field ids of the schema, tensorflow/lite/schema/schema.fbs (version 3).
namespace table_field {
enum Operator : std::uint32_t { kOptionsType = 3, kOptions = 4, kCustomOptions = 5 };
enum Sparsity : std::uint32_t { kTraversalOrder = 0, kBlockMap = 1, kDimensions = 2 };
enum Dimension : std::uint32_t {
    kFormat = 0,
    kDenseSize = 1,
    kSegmentsType = 2,
    kSegments = 3,
    kIndicesType = 4,
    kIndices = 5,
};
}  // namespace table_field

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

// CSR arrays are one of three table types, each with the vector as its table_field 0.
std::vector<std::int32_t> index_vector(const FlatTable& dimension, std::uint32_t type_field,
                                       std::uint32_t table_field, std::size_t limit) {
    const auto table = dimension.table(table_field);
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
    // DepthwiseConv2DOptions has one more table_field, in the middle.
    const std::uint32_t shift = type == OptionsType::kDepthwiseConv2d ? 1 : 0;
    window.depth_multiplier = shift != 0 ? positive(table, 3, 0) : 0;
    window.activation = activation_of(table, 3 + shift);
    window.dilation_w = positive(table, 4 + shift, 1);
    window.dilation_h = positive(table, 5 + shift, 1);
    return window;
}

}  // namespace

TfliteSparsity read_tflite_sparsity(const FlatTable& table, std::size_t limit) {
    TfliteSparsity sparsity;
    sparsity.traversal_order =
        table.scalars<std::int32_t>(table_field::kTraversalOrder, 2 * kMaxTfliteRank);
    sparsity.block_map = table.scalars<std::int32_t>(table_field::kBlockMap, kMaxTfliteRank);
    for (const FlatTable& entry : table.tables(table_field::kDimensions, 2 * kMaxTfliteRank)) {
        auto& dimension = sparsity.dimensions.emplace_back();
        dimension.sparse = entry.scalar<std::int8_t>(table_field::kFormat, 0) != 0;
        dimension.size = entry.scalar<std::int32_t>(table_field::kDenseSize, 0);
        if (dimension.sparse) {
            dimension.segments =
                index_vector(entry, table_field::kSegmentsType, table_field::kSegments, limit);
            dimension.indices =
                index_vector(entry, table_field::kIndicesType, table_field::kIndices, limit);
        }
    }
    return sparsity;
}

TfliteOptions read_tflite_options(const FlatTable& op, TfliteCode code) {
    if (code == TfliteCode::kCustom) {
        return TfliteCustom{op.bytes(table_field::kCustomOptions, 1)};
    }
    const auto table = op.table(table_field::kOptions);
    if (!table) {
        return {};
    }
    const auto type =
        static_cast<OptionsType>(op.scalar<std::uint8_t>(table_field::kOptionsType, 0));
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

}  // namespace closet
