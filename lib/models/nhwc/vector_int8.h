#pragma once

// Part of vector.h, for kernels that store numbers as uint8.

#include <cstddef>
#include <cstdint>

#include <immintrin.h>

namespace closet {

namespace {

// Sums of products are of four at a time and exact, with every instruction: two neighbors' products
// stay within 16 bits by the choice of weights (see quantize.h).

/// The bytes of a lane that belong to row `row` of four.
constexpr std::uint64_t row_bytes(int row) {
    return std::uint64_t{0x1111'1111'1111'1111} << row;
}

#if CLOSET_LANES == 16

inline Vector load(const Number* from) {
    return (Vector)_mm512_cvtepi32_ps(
        _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
/// Rounds numbers between 0 and 255 to nearest even.
inline void store(Number* to, Vector value) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                     _mm512_cvtepi32_epi8(_mm512_cvtps_epi32((__m512)value)));
}
inline Vector to_float(Sum sum) {
    return (Vector)_mm512_cvtepi32_ps((__m512i)sum);
}
inline Vector fused_multiply_add(Vector a, Vector b, Vector c) {
    return (Vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
inline Sum spread(const Unit* from) {
    return (Sum)_mm512_set1_epi32(*reinterpret_cast<const SumLane*>(from));
}
inline Sum multiply_add(Sum sum, Sum a, Vector b) {
#ifdef CLOSET_VNNI
    return (Sum)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
#else
    const __m512i pairs = _mm512_maddubs_epi16((__m512i)a, (__m512i)b);
    return sum + (Sum)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
#endif
}
/// Each lane's channel of up to four rows, in the order of the rows.
template <int Rows>
inline Sum gather_rows(const Number* const (&rows)[Rows]) {
    // Within 128 bits: the four bytes of a lane take one channel of sixteen.
    const __m512i channel = _mm512_add_epi8(
        _mm512_broadcast_i32x4(_mm_set_epi32(0x03030303, 0x02020202, 0x01010101, 0)),
        _mm512_set_epi64(0x0C0C0C0C0C0C0C0C, 0x0C0C0C0C0C0C0C0C, 0x0808080808080808,
                         0x0808080808080808, 0x0404040404040404, 0x0404040404040404, 0, 0));
    __m512i all = _mm512_setzero_si512();
#pragma GCC unroll 4
    for (int row = 0; row < Rows; ++row) {
        const __m512i bytes =
            _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[row])));
        all = _mm512_mask_shuffle_epi8(all, row_bytes(row), bytes, channel);
    }
    return (Sum)all;
}

#else

inline Vector load(const Number* from) {
    return (Vector)_mm256_cvtepi32_ps(
        _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
}
/// Rounds numbers between 0 and 255 to nearest even.
inline void store(Number* to, Vector value) {
    const __m256i whole = _mm256_cvtps_epi32((__m256)value);
    const __m128i shorts =
        _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(shorts, shorts));
}
inline Vector to_float(Sum sum) {
    return (Vector)_mm256_cvtepi32_ps((__m256i)sum);
}
inline Vector fused_multiply_add(Vector a, Vector b, Vector c) {
    return (Vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
inline Sum spread(const Unit* from) {
    return (Sum)_mm256_set1_epi32(*reinterpret_cast<const SumLane*>(from));
}
inline Sum multiply_add(Sum sum, Sum a, Vector b) {
#ifdef CLOSET_VNNI
    return (Sum)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)a, (__m256i)b);
#else
    const __m256i pairs = _mm256_maddubs_epi16((__m256i)a, (__m256i)b);
    return sum + (Sum)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#endif
}
/// Each lane's channel of up to four rows, in the order of the rows.
template <int Rows>
inline Sum gather_rows(const Number* const (&rows)[Rows]) {
    __m256i all = _mm256_setzero_si256();
#pragma GCC unroll 4
    for (int row = 0; row < Rows; ++row) {
        // Lanes 0 to 3 take channels 0 to 3, lanes 4 to 7 the others; a high bit gives zero.
        const auto lane = [row](unsigned channel) {
            const unsigned mine = 0xFFU << (8 * row);
            return static_cast<int>((channel * 0x01010101U & mine) | (0x80808080U & ~mine));
        };
        const __m256i channel = _mm256_set_epi32(lane(7), lane(6), lane(5), lane(4), lane(3),
                                                 lane(2), lane(1), lane(0));
        long long eight;
        __builtin_memcpy(&eight, rows[row], sizeof eight);
        const __m256i bytes = _mm256_set1_epi64x(eight);
        all = _mm256_or_si256(all, _mm256_shuffle_epi8(bytes, channel));
    }
    return (Sum)all;
}

#endif

}  // namespace

}  // namespace closet
