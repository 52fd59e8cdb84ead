#include "bench/sweep/axis.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bench/sweep/excerpt.h"
#include "core/error.h"

namespace closet::bench {
namespace {

using enum ValueKind;

// The reference system swept batch, scale and interval only, each with these values.
constexpr std::array kAxes{
    AxisInfo{"batch", kInteger, "key frames in one inference call", "1-8", false},
    AxisInfo{"scale", kNumber, "of the picture that inference sees", "0.3-1.0+0.1", false},
    AxisInfo{"interval", kNumber, "seconds between key frames; 0: every frame", "0.03-0.1+0.01",
             false},
    AxisInfo{"every", kInteger, "frames between key frames", "", false},
    AxisInfo{"streams", kInteger, "CUDA streams in flight", "", true},
    AxisInfo{"model", kName, "pose network", "", true},
    AxisInfo{"detector", kName, "network that finds people", "", true},
    AxisInfo{"precision", kName, "auto, fp32, fp16 (CUDA) or bf16", "", true},
    AxisInfo{"device", kName, "auto, cpu or cuda[:N]", "", true},
    AxisInfo{"detect-every", kNumber, "seconds between looks for new people", "", false},
    AxisInfo{"max-people", kInteger, "people followed at a time", "", false},
    AxisInfo{"person", kName, "who wears it: largest, center, all or id:N", "", false},
    AxisInfo{"smooth", kNumber, "width of the smoothing, seconds; 0: none", "", false},
    AxisInfo{"warp", kName, "how the garment is put on", "", false},
    AxisInfo{"opacity", kNumber, "of the garment", "", false},
    AxisInfo{"shadow", kNumber, "of the garment's edge on the body; 0: none", "", false},
    AxisInfo{"queue", kInteger, "items between two stages", "", false},
    AxisInfo{"decode-threads", kInteger, "decoder threads; 0 chooses (with --include decode)", "",
             false},
    AxisInfo{"vcodec", kName, "encoder (with --include encode)", "", false},
    AxisInfo{"crf", kInteger, "constant quality (with --include encode)", "", false},
    AxisInfo{"preset", kName, "of the encoder (with --include encode)", "", false},
    AxisInfo{"encode-threads", kInteger, "encoder threads; 0 chooses (with --include encode)", "",
             false},
};

}  // namespace

std::span<const AxisInfo> all_axes() {
    return kAxes;
}

const AxisInfo* find_axis(std::string_view name) {
    const auto* found = std::find_if(kAxes.begin(), kAxes.end(),
                                     [&](const AxisInfo& axis) { return axis.name == name; });
    return found == kAxes.end() ? nullptr : found;
}

Axis parse_axis(std::string_view name, std::string_view list) {
    const AxisInfo* info = find_axis(name);
    if (info == nullptr) {
        throw ConfigError(fmt::format("--{}: not a setting that can be swept", excerpt(name)));
    }
    return {std::string(name), parse_values(fmt::format("--{}", name), list, info->kind)};
}

}  // namespace closet::bench
