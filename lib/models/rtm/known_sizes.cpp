#include "models/rtm/known_sizes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

namespace {

struct Known {
    const char* name;
    CspNextSize size;
};

// widen_factor and deepen_factor of the configurations of MMPose 1.3.2 and MMDetection 3.3.0.
// "micro" exists in this project's test data only.
constexpr std::array<Known, 6> kKnown{{
    {"micro", {.widen = 0.125, .deepen = 0.167, .separable = false}},
    {"nano", {.widen = 0.25, .deepen = 0.33, .separable = true}},
    {"t", {.widen = 0.375, .deepen = 0.167, .separable = false}},
    {"s", {.widen = 0.5, .deepen = 0.33, .separable = false}},
    {"m", {.widen = 0.75, .deepen = 0.67, .separable = false}},
    {"l", {.widen = 1.0, .deepen = 1.0, .separable = false}},
}};

// Of stage 2, where each of the known depths has another number. Any key of a block counts, so that
// a checkpoint that lacks some is still recognised.
std::int64_t count_blocks(const StateDict& state) {
    std::int64_t blocks = 0;
    const auto has_block = [&] {
        const std::string name = fmt::format("backbone.stage2.1.blocks.{}.", blocks);
        const auto first = state.tensors().lower_bound(name);
        return first != state.tensors().end() && first->first.starts_with(name);
    };
    while (has_block()) {
        ++blocks;
    }
    return blocks;
}

}  // namespace

CspNextSize known_size(const StateDict& state, std::int64_t last_channels,
                       const std::string& family) {
    const auto width = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) {
        return known.size.channels(4) == last_channels;
    });
    if (width == kKnown.end()) {
        throw ModelError(
            fmt::format("it is an {} whose backbone gives {} channels, which is none "
                        "of the known sizes (256 for nano, 384 for t, 512 for s, 768 "
                        "for m, 1024 for l)",
                        family, last_channels));
    }
    CspNextSize size = width->size;
    const std::int64_t blocks = count_blocks(state);
    const auto depth = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) {
        return known.size.blocks(2) == blocks;
    });
    if (depth != kKnown.end() && size.blocks(2) != blocks) {
        size.deepen = depth->size.deepen;
    }
    size.separable = state.find("backbone.stage1.0.depthwise_conv.conv.weight") != nullptr;
    return size;
}

std::string size_name(const CspNextSize& size) {
    const auto known = std::find_if(kKnown.begin(), kKnown.end(),
                                    [&](const Known& candidate) { return candidate.size == size; });
    return known != kKnown.end() ? known->name
                                 : fmt::format("widen{}-deepen{}{}", size.widen, size.deepen,
                                               size.separable ? "-separable" : "");
}

}  // namespace closet
