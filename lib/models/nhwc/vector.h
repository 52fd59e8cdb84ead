#pragma once

// Part of kernels.cpp, which is compiled once for each instruction set: everything is in an unnamed
// namespace, so that no copy for one set is linked where another is meant.

#include <cstddef>
#include <cstdint>

#if CLOSET_LANES > 4
#include <immintrin.h>
#endif

#include "models/nhwc/kernels.h"

namespace closet {

namespace {

constexpr int kLanes = CLOSET_LANES;
using Vector = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

/// Four bytes of input, as a dense convolution reads it.
using Unit = float __attribute__((may_alias));
#if defined(CLOSET_INT8)
using Number = std::uint8_t;
constexpr Element kElement = Element::kUint8;
using SumLane = std::int32_t __attribute__((may_alias));
using Sum = std::int32_t __attribute__((vector_size(kLanes * sizeof(std::int32_t)), may_alias));
#elif defined(CLOSET_BF16)
using Number = std::uint16_t __attribute__((may_alias));
constexpr Element kElement = Element::kBfloat16;
using Sum = Vector;
#else
using Number = Unit;
constexpr Element kElement = Element::kFloat;
using Sum = Vector;
#endif
constexpr int kNumbersPerUnit = sizeof(Unit) / sizeof(Number);

inline Vector load(const Unit* from) {
    return *reinterpret_cast<const Vector*>(from);
}
inline void store(Unit* to, Vector value) {
    *reinterpret_cast<Vector*>(to) = value;
}
inline Vector broadcast(float value) {
    return value - Vector{};
}  // x - 0 is x: no subtraction
/// The larger and the smaller number of each lane, `b` where one is none.
inline Vector larger(Vector a, Vector b) {
#if CLOSET_LANES == 16
    return (Vector)_mm512_max_ps((__m512)a, (__m512)b);
#elif CLOSET_LANES == 8
    return (Vector)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return a > b ? a : b;
#endif
}
inline Vector smaller(Vector a, Vector b) {
#if CLOSET_LANES == 16
    return (Vector)_mm512_min_ps((__m512)a, (__m512)b);
#elif CLOSET_LANES == 8
    return (Vector)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return a < b ? a : b;
#endif
}
inline Vector clamp(Vector value, float low, float high) {
    return smaller(larger(value, broadcast(low)), broadcast(high));
}

/// The unit in every lane.
#ifndef CLOSET_INT8
inline Vector spread(const Unit* from) {
    return broadcast(*from);
}
#endif

#if defined(CLOSET_BF16)
inline Vector load(const Number* from) {
    const __m512i wide =
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    return (Vector)_mm512_slli_epi32(wide, 16);
}
inline void store(Number* to, Vector value) {  // rounds to nearest even
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), (__m256i)_mm512_cvtneps_pbh((__m512)value));
}
/// sum + the product of two numbers each in `a` and `b`.
inline Vector multiply_add(Vector sum, Vector a, Vector b) {
    return (Vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}
#elif !defined(CLOSET_INT8)
inline Vector multiply_add(Vector sum, Vector a, Vector b) {
    return sum + a * b;
}
#endif

/// exp(x) is 2^n p(f) with t = x log2 e = n + f. p is the polynomial of degree 5 with p(0) = 1 that
/// has the least relative error against 2^f, |f| <= 1/2: 1.1e-7 with its coefficients in float32
/// (fitted by reweighted least squares). In AVX-512 the reciprocal's 14 bits are doubled by one
/// step of Newton's; elsewhere a division takes less time than that does.
namespace silu_constants {
constexpr float kMinusLog2E = -1.44269504F;
constexpr float kLargest = 126;  ///< of the exponent: beyond it sigmoid(x) is 0 or 1 in float32
constexpr float kPolynomial[] = {0.0013264727F, 0.009671513F, 0.055507336F,
                                 0.24022242F,   0.693147F,    1};
}  // namespace silu_constants

constexpr int kExponentBias = 127, kMantissaBits = 23;  // of a float

inline Vector power_of_two_fraction(Vector f) {
    Vector p = broadcast(silu_constants::kPolynomial[0]);
#pragma GCC unroll 5
    for (int i = 1; i < 6; ++i) {
        p = p * f + silu_constants::kPolynomial[i];
    }
    return p;
}

/// 1 + exp(-x).
inline Vector sigmoid_divisor(Vector x) {
#if CLOSET_LANES == 16
    const Vector t = smaller(x * silu_constants::kMinusLog2E, broadcast(silu_constants::kLargest));
    const Vector n = (Vector)_mm512_roundscale_ps((__m512)t, _MM_FROUND_TO_NEAREST_INT);
    const Vector p = power_of_two_fraction(t - n);
    return (Vector)_mm512_scalef_ps((__m512)p, (__m512)n) + 1.0F;
#else
    using Integers = std::int32_t __attribute__((vector_size(kLanes * sizeof(float))));
    constexpr float kMost = silu_constants::kLargest / -silu_constants::kMinusLog2E;
    x = clamp(x, -kMost, kMost);
    // At this size floats are whole numbers, and neighbors in memory too: the last bits are those
    // of an exponent.
    const Vector whole = broadcast((3 << (kMantissaBits - 1)) + kExponentBias);
    const Vector shifted = x * silu_constants::kMinusLog2E + whole;
    const Vector p = power_of_two_fraction(x * silu_constants::kMinusLog2E - (shifted - whole));
    return p * (Vector)((Integers)shifted << kMantissaBits) + 1.0F;
#endif
}

inline Vector quotient(Vector a, Vector d) {
#if CLOSET_LANES == 16
    const Vector r = (Vector)_mm512_rcp14_ps((__m512)d);
    return a * (r * (2.0F - d * r));
#else
    return a / d;
#endif
}

inline Vector sigmoid(Vector x) {
    return quotient(broadcast(1), sigmoid_divisor(x));
}

inline Vector silu(Vector x) {
    return quotient(x, sigmoid_divisor(x));
}

}  // namespace

}  // namespace closet

#ifdef CLOSET_INT8
#include "models/nhwc/vector_int8.h"
#endif
