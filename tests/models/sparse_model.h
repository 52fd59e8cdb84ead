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

}  // namespace closet::test
