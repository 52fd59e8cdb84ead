#include "models/nhwc/weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>

namespace closet {

namespace {

/// Writes numbers one after the other.
struct Writer {
    std::byte* to;
    Element element;

    void operator()(float value) {
        if (element == Element::kFloat) {
            std::memcpy(to, &value, sizeof value);
        } else if (element == Element::kBfloat16) {
            const std::uint16_t rounded = to_bfloat16(value);
            std::memcpy(to, &rounded, sizeof rounded);
        } else {
            *to = static_cast<std::byte>(static_cast<std::int8_t>(value));
        }
        to += element_bytes(element);
    }
};

AlignedBytes zero_floats(std::size_t count) {
    AlignedBytes bytes = aligned_bytes(count * sizeof(float));
    std::fill_n(bytes.get(), count * sizeof(float), std::byte{});
    return bytes;
}

}  // namespace

std::uint16_t to_bfloat16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    constexpr std::uint32_t kQuiet = 0x40'0000, kHalf = 0x7FFF;
    const std::uint32_t rounded =
        std::isnan(value) ? bits | kQuiet : bits + kHalf + ((bits >> 16) & 1);
    return static_cast<std::uint16_t>(rounded >> 16);
}

void FreeAligned::operator()(std::byte* bytes) const {
    ::operator delete[](bytes, std::align_val_t{kCacheLine});
}

AlignedBytes aligned_bytes(std::size_t count) {
    return AlignedBytes(
        static_cast<std::byte*>(::operator new[](count, std::align_val_t{kCacheLine})));
}

AlignedBytes pack_taps(const ConvNode& conv, std::size_t channels, std::ptrdiff_t pitch) {
    const auto wide = static_cast<std::size_t>(pitch);
    const std::size_t taps = conv.weights.size() / channels;
    AlignedBytes packed = zero_floats(taps * wide);
    for (std::size_t tap = 0; tap < taps; ++tap) {
        std::memcpy(packed.get() + tap * wide * sizeof(float), &conv.weights[tap * channels],
                    channels * sizeof(float));
    }
    return packed;
}

AlignedBytes pack_rows(const ConvNode& conv, std::ptrdiff_t pitch) {
    constexpr std::size_t kRows = sizeof(float);  // of a group
    const auto wide = static_cast<std::size_t>(pitch);
    const auto rows = static_cast<std::size_t>(conv.window.kernel_h);
    const auto columns = static_cast<std::size_t>(conv.window.kernel_w);
    const std::size_t channels = conv.bias.size();
    AlignedBytes packed = zero_floats((rows + kRows - 1) / kRows * columns * wide);
    for (std::size_t tap = 0; tap < rows * columns; ++tap) {
        const std::size_t row = tap / columns;
        const std::size_t to = (row / kRows * columns + tap % columns) * wide;
        for (std::size_t c = 0; c < channels; ++c) {
            const auto weight = static_cast<std::int8_t>(conv.weights[tap * channels + c]);
            packed[(to + c) * kRows + row % kRows] = static_cast<std::byte>(weight);
        }
    }
    return packed;
}

AlignedBytes pack_dense(const ConvNode& conv, const NhwcKernels& kernels, int vectors, int widest) {
    const auto lanes = static_cast<std::size_t>(kernels.lanes);
    const std::size_t outputs = conv.bias.size();
    const std::size_t depth = conv.weights.size() / outputs;  // taps x input channels
    const auto taps = static_cast<std::size_t>(conv.window.kernel_h * conv.window.kernel_w);
    const std::size_t channels = depth / taps;
    const std::size_t pair = sizeof(float) / element_bytes(kernels.element);
    const std::size_t units = (channels + pair - 1) / pair;
    AlignedBytes packed =
        aligned_bytes(taps * units * static_cast<std::size_t>(vectors) * lanes * sizeof(float));
    Writer write{packed.get(), kernels.element};
    for (int vector = 0; vector < vectors;) {
        const int block = kernels.block(vectors - vector, widest);
        const auto first = static_cast<std::size_t>(vector) * lanes;
        const auto last = first + static_cast<std::size_t>(block) * lanes;
        for (std::size_t k = 0; k < taps * units; ++k) {
            const std::size_t tap = k / units;
            const std::size_t channel = k % units * pair;
            for (std::size_t output = first; output < last; ++output) {
                for (std::size_t c = channel; c < channel + pair; ++c) {
                    const bool exists = output < outputs && c < channels;
                    write(exists ? conv.weights[output * depth + tap * channels + c] : 0.0F);
                }
            }
        }
        vector += block;
    }
    return packed;
}

AlignedBytes pack_bias(const ConvNode& conv, std::ptrdiff_t pitch) {
    AlignedBytes packed = zero_floats(static_cast<std::size_t>(pitch));
    std::memcpy(packed.get(), conv.bias.data(), conv.bias.size() * sizeof(float));
    return packed;
}

}  // namespace closet
