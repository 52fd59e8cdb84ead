#pragma once

#include <bit>
#include <cstdint>

namespace closet {

/// IEEE half precision to float, exact.
inline float float_from_half(std::uint16_t half) {
    // Shift the 15 magnitude bits into place, then multiply by 2^112 to move the exponent's bias
    // from 15 to 127, which also normalizes subnormals. Infinity and NaN need all exponent bits.
    const std::uint32_t magnitude = static_cast<std::uint32_t>(half & 0x7FFFU) << 13U;
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16U;
    const bool finite = (half & 0x7C00U) != 0x7C00U;
    const auto scaled = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112F);
    return std::bit_cast<float>((finite ? scaled : magnitude | 0x7F800000U) | sign);
}

/// The same of bfloat16, the upper half of a float.
inline float float_from_bfloat16(std::uint16_t half) {
    return std::bit_cast<float>(std::uint32_t{half} << 16U);
}

}  // namespace closet
