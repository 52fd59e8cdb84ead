#pragma once

// Part of nhwc_kernels.cpp, which is compiled once for each instruction set: everything is in an
// unnamed namespace, so that no copy for one set is linked where another is meant.

namespace closet {

namespace {

constexpr int kLanes = CLOSET_LANES;
using Vector = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

inline Vector load(const float* from) {
    return *reinterpret_cast<const Vector*>(from);
}
inline void store(float* to, Vector value) {
    *reinterpret_cast<Vector*>(to) = value;
}
inline Vector broadcast(float value) {
    return value - Vector{};
}  // x - 0 is x: no subtraction
inline Vector clamp(Vector value, float low, float high) {
    const Vector lowest = broadcast(low);
    const Vector highest = broadcast(high);
    value = value > lowest ? value : lowest;
    return value < highest ? value : highest;
}

}  // namespace

}  // namespace closet
