#pragma once

#include "tflite_writer.h"

namespace closet::test {

/// A 1x1 convolution of 4 to 2 channels whose float16 weights are sparse, behind DENSIFY and
/// DEQUANTIZE, then an addition and a pool: every kind of table the reader knows, in 2 KB.
/// The dense weights are (0, 1, 0, 2), (3, 0, 0, 0).
inline Bytes sparse_model() {
    using W = FlatWriter;
    constexpr std::uint16_t kOne = 0x3C00, kTwo = 0x4000, kThree = 0x4200;  // float16
    const auto dense = [](std::int32_t size) {
        return W::Fields{{0, W::scalar(std::int8_t{0})}, {1, W::scalar(size)}};
    };
    const W::Fields csr = {
        {0, W::scalar(std::int8_t{1})},
        {2, W::scalar(std::uint8_t{3})},  // segments: uint8
        {3, W::table({{0, W::vector(std::vector<std::uint8_t>{0, 2, 3})}})},
        {4, W::scalar(std::uint8_t{2})},  // indices: uint16
        {5, W::table({{0, W::vector(std::vector<std::uint16_t>{1, 3, 0})}})},
    };
    ModelWriter model({1, 4, 4, 4});
    const auto sparse =
        model.constant<std::uint16_t>({2, 1, 1, 4}, TfliteType::kFloat16, {kOne, kTwo, kThree},
                                      {{0, W::vector(std::vector<std::int32_t>{0, 1, 2, 3})},
                                       {2, W::tables({dense(2), dense(1), dense(1), csr})}});
    const auto half = model.activation({2, 1, 1, 4});
    const auto weights = model.activation({2, 1, 1, 4});
    const auto bias = model.floats({2}, {0.5F, -0.5F});
    const auto y = model.activation({1, 4, 4, 2});
    const auto sum = model.activation({1, 4, 4, 2});
    const auto pooled = model.activation({1, 2, 2, 2});
    model.op(TfliteCode::kDensify, {sparse}, {half});
    model.op(TfliteCode::kDequantize, {half}, {weights});
    model.op(TfliteCode::kConv2d, {0, weights, bias}, {y}, options_type::kConv2d,
             conv_options(true, 1, TfliteActivation::kNone));
    model.op(TfliteCode::kAdd, {y, y}, {sum}, options_type::kAdd,
             fused_only(TfliteActivation::kRelu6));
    model.op(TfliteCode::kMaxPool2d, {sum}, {pooled}, options_type::kPool,
             pool_options(false, 2, 2));
    return model.bytes({pooled});
}

/// 6 x 6 x 3 to a list of 72 numbers and a picture, through every operator that the pose networks
/// use and the one above does not.
inline Bytes rich_model() {
    using W = FlatWriter;
    const auto ramp = [](std::int32_t count) {
        std::vector<float> values;
        for (std::int32_t i = 0; i < count; ++i) {
            values.push_back(static_cast<float>(i % 7) * 0.25F - 0.5F);
        }
        return values;
    };
    constexpr auto kRelu6 = TfliteActivation::kRelu6;
    ModelWriter model({1, 6, 6, 3});
    const auto amounts = [&](std::vector<std::int32_t> values) {
        return model.constant<std::int32_t>({4, 2}, TfliteType::kInt32, std::move(values));
    };
    const auto around = amounts({0, 0, 1, 1, 1, 1, 0, 0});
    const auto deeper = amounts({0, 0, 0, 0, 0, 0, 0, 4});
    const auto padded = model.activation({1, 8, 8, 3});
    const auto stem = model.activation({1, 6, 6, 4});
    const auto local = model.activation({1, 3, 3, 4});
    const auto flat = model.activation({1, 3, 3, 4});
    const auto sum = model.activation({1, 3, 3, 4});
    const auto wide = model.activation({1, 3, 3, 8});
    const auto spread = model.activation({1, 6, 6, 2});
    const auto large = model.activation({1, 6, 6, 4});
    const auto joined = model.activation({1, 6, 6, 4});
    const auto one = model.activation({1, 6, 6, 1});
    const auto list = model.activation({1, 36, 1});
    const auto chance = model.activation({1, 36, 1});
    const auto both = model.activation({1, 72, 1});
    model.op(TfliteCode::kPad, {0, around}, {padded});
    model.op(TfliteCode::kConv2d, {padded, model.floats({4, 3, 3, 3}, ramp(108)), -1}, {stem},
             options_type::kConv2d, conv_options(false, 1, kRelu6));
    model.op(TfliteCode::kDepthwiseConv2d,
             {stem, model.floats({1, 5, 5, 4}, ramp(100)), model.floats({4}, ramp(4))}, {local},
             options_type::kDepthwise, depthwise_options(true, 2, kRelu6));
    model.op(TfliteCode::kConv2d, {local, model.floats({4, 1, 1, 4}, ramp(16)), -1}, {flat},
             options_type::kConv2d, conv_options(true, 1, TfliteActivation::kNone));
    model.op(TfliteCode::kAdd, {flat, local}, {sum}, options_type::kAdd, fused_only(kRelu6));
    model.op(TfliteCode::kPad, {sum, deeper}, {wide});
    model.op(TfliteCode::kDepthToSpace, {wide}, {spread}, options_type::kDepthToSpace,
             {{0, W::scalar(std::int32_t{2})}});
    model.op(TfliteCode::kResizeBilinear, {sum, model.integers({6, 6})}, {large},
             options_type::kResize, {{3, W::scalar(std::uint8_t{1})}});
    model.op(TfliteCode::kAdd, {large, stem}, {joined}, options_type::kAdd, fused_only());
    model.op(TfliteCode::kConv2d, {joined, model.floats({1, 3, 3, 4}, ramp(36)), -1}, {one},
             options_type::kConv2d, conv_options(true, 1, TfliteActivation::kNone));
    model.op(TfliteCode::kReshape, {one, model.integers({1, 36, 1})}, {list});
    model.op(TfliteCode::kLogistic, {list}, {chance});
    model.op(TfliteCode::kConcatenation, {list, chance}, {both}, options_type::kConcat,
             {{0, W::scalar(std::int32_t{1})}});
    return model.bytes({both, spread});
}

}  // namespace closet::test
