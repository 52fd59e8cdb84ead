#include "warp/paint/blend.h"

#include <algorithm>

#include "warp/paint/kernel.h"

namespace closet::blend {
namespace {

using std::int32_t;
using std::size_t;
using std::uint16_t;
using std::uint32_t;
using std::uint8_t;

/// In 16-bit lanes, twice as many as `div255` has: t/255 rounded is (t + 128)(1 + 1/256)/256, exact
/// for each t = s * a + d * (255 - a) of 8-bit values.
inline uint8_t mix8(uint8_t d, uint8_t s, uint8_t a) {
    const auto t = static_cast<uint16_t>(static_cast<uint16_t>(s * a) +
                                         static_cast<uint16_t>(d * (255 - a)) + 128);
    return static_cast<uint8_t>(static_cast<uint16_t>(t + (t >> 8)) >> 8);
}

inline uint32_t mix_sum(uint32_t d, int32_t premultiplied, uint32_t a, uint32_t max) {
    const uint32_t t = static_cast<uint32_t>(premultiplied) + d * (kSumWhole - a) + kSumWhole / 2;
    return std::min(div255(t / kSumWeights), max);  // floor(floor(t / 16) / 255) = floor(t / 4080)
}

inline uint16_t put10(uint16_t d, int shift, uint32_t value) {
    return static_cast<uint16_t>((d & ((1U << shift) - 1)) | (value << shift));
}

template <size_t Step>
inline void row8_every(uint8_t* __restrict dst, const uint8_t* __restrict source,
                       const uint8_t* __restrict alpha, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        dst[i * Step] = mix8(dst[i * Step], source[i], alpha[i]);
    }
}

}  // namespace

CLOSET_TARGET_CLONES
void row8(uint8_t* dst, size_t step, const uint8_t* source, const uint8_t* alpha, size_t n) {
    if (step == 1) {
        row8_every<1>(dst, source, alpha, n);
    } else if (step == 3) {
        row8_every<3>(dst, source, alpha, n);
    } else {
        row8_every<4>(dst, source, alpha, n);
    }
}

CLOSET_TARGET_CLONES
void row10(uint16_t* __restrict dst, int shift, const uint16_t* __restrict source,
           const uint8_t* __restrict alpha, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        const uint32_t d = static_cast<uint32_t>(dst[i]) >> shift;
        const uint32_t t = uint32_t{source[i]} * alpha[i] + d * (255U - alpha[i]) + 127;
        dst[i] = put10(dst[i], shift, div255(t));
    }
}

CLOSET_TARGET_CLONES
void sums8(uint8_t* __restrict dst, const int32_t* __restrict premultiplied,
           const uint32_t* __restrict alpha, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        dst[i] = static_cast<uint8_t>(mix_sum(dst[i], premultiplied[i], alpha[i], 255));
    }
}

CLOSET_TARGET_CLONES
void sums10(uint16_t* __restrict dst, const int32_t* __restrict premultiplied,
            const uint32_t* __restrict alpha, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        dst[i] = static_cast<uint16_t>(mix_sum(dst[i], premultiplied[i], alpha[i], 1023));
    }
}

CLOSET_TARGET_CLONES
void sums8_pair(uint8_t* __restrict dst, const int32_t* __restrict u, const int32_t* __restrict v,
                const uint32_t* __restrict alpha, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        dst[2 * i] = static_cast<uint8_t>(mix_sum(dst[2 * i], u[i], alpha[i], 255));
        dst[2 * i + 1] = static_cast<uint8_t>(mix_sum(dst[2 * i + 1], v[i], alpha[i], 255));
    }
}

CLOSET_TARGET_CLONES
void sums10_pair(uint16_t* __restrict dst, int shift, const int32_t* __restrict u,
                 const int32_t* __restrict v, const uint32_t* __restrict alpha, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        const uint16_t du = dst[2 * i];
        const uint16_t dv = dst[2 * i + 1];
        dst[2 * i] = put10(du, shift, mix_sum(uint32_t{du} >> shift, u[i], alpha[i], 1023));
        dst[2 * i + 1] = put10(dv, shift, mix_sum(uint32_t{dv} >> shift, v[i], alpha[i], 1023));
    }
}

void row_with_alpha(uint8_t* dst, const uint8_t* first, const uint8_t* green, const uint8_t* third,
                    const uint8_t* alpha, size_t n) {
    uint8_t least = 255;
    for (size_t i = 0; i < n; ++i) {
        least = std::min(least, dst[4 * i + 3]);
    }
    if (least == 255) {  // the usual case: an opaque frame stays opaque
        row8(dst, 4, first, alpha, n);
        row8(dst + 1, 4, green, alpha, n);
        row8(dst + 2, 4, third, alpha, n);
        return;
    }
    for (size_t i = 0; i < n; ++i, dst += 4) {
        if (alpha[i] == 0) {
            continue;
        }
        const uint8_t over = mix8(dst[3], 255, alpha[i]);
        // The share of the source in the straight color: its alpha over the resulting alpha.
        const auto share = static_cast<uint8_t>((alpha[i] * 255 + over / 2) / over);
        dst[0] = mix8(dst[0], first[i], share);
        dst[1] = mix8(dst[1], green[i], share);
        dst[2] = mix8(dst[2], third[i], share);
        dst[3] = over;
    }
}

}  // namespace closet::blend
