#pragma once

#include <cstddef>
#include <cstdint>

#include "models/nhwc/plan.h"

namespace closet {

/// The memory that one picture runs in.
struct Memory {
    const NhwcPlan& plan;
    const float* input;  ///< value 0
    std::byte* arena;
    std::byte* scratch;

    const Value& value(std::size_t id) const { return plan.values[id]; }

    /// The first channel of a pixel.
    const std::byte* read(std::size_t id, std::int64_t y = 0, std::int64_t x = 0) const {
        return id == 0 ? reinterpret_cast<const std::byte*>(input) + distance(value(0), y, x)
                       : write(id, y, x);
    }
    /// The same, of a value that a step writes.
    std::byte* write(std::size_t id, std::int64_t y = 0, std::int64_t x = 0) const {
        return arena + static_cast<std::ptrdiff_t>(value(id).offset) + distance(value(id), y, x);
    }
    /// For values in float32.
    const float* floats(std::size_t id, std::int64_t y = 0, std::int64_t x = 0) const {
        return reinterpret_cast<const float*>(read(id, y, x));
    }
    float* floats_to_write(std::size_t id, std::int64_t y = 0, std::int64_t x = 0) const {
        return reinterpret_cast<float*>(write(id, y, x));
    }

  private:
    static std::ptrdiff_t distance(const Value& value, std::int64_t y, std::int64_t x) {
        return (y * value.row + x * value.pixel) *
               static_cast<std::ptrdiff_t>(element_bytes(value.element));
    }
};

/// Calls `action(y, x)` for every pixel of a value.
template <class Action>
void each_pixel(const Value& value, Action action) {
    for (std::int64_t y = 0; y < value.height; ++y) {
        for (std::int64_t x = 0; x < value.width; ++x) {
            action(y, x);
        }
    }
}

/// A byte of a zero of `value`'s where it is stored as `element`.
constexpr std::byte zero_byte(const Value& value, Element element) {
    return element == Element::kUint8 ? static_cast<std::byte>(value.quantization.zero)
                                      : std::byte{};
}

/// A row of float32, `from`, that becomes elements of a table, `quantization` those of uint8.
inline ImportTask import_task(const float* from, const Value& in, const Quantization& quantization,
                              void* to, std::ptrdiff_t step) {
    return {.from = from,
            .from_step = in.pixel,
            .pixels = static_cast<int>(in.width),
            .channels = static_cast<int>(in.channels),
            .to = to,
            .step = step,
            .scale = 1 / quantization.scale,
            .shift = static_cast<float>(quantization.zero)};
}

/// One step of a plan, for measurements: `run_nhwc` runs them all.
void run_step(const Step& step, const NhwcKernels& kernels, const Memory& memory);

}  // namespace closet
