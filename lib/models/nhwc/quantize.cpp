#include "models/nhwc/quantize.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/nhwc/activate.h"

namespace closet {
namespace {

constexpr float kMostNumber = 255;                        // of uint8
constexpr float kMostWeight = 127;                        // rounding may add one to the sum of two
constexpr std::size_t kMostDepth = std::size_t{1} << 16;  // products of a sum that fits 32 bits

// With fewer the vectors are half empty, and float32 is no slower.
constexpr std::int64_t kFewChannels = 16;

// Layers of so few pixels are the last before coordinates: they cost little, and errors in them are
// not averaged out.
constexpr std::int64_t kFewPixels = 16;

bool is_picture(const std::vector<std::int64_t>& shape) {
    return shape.size() == 4 && shape[1] * shape[2] > kFewPixels;
}

/// Whether its output's numbers are among those of its inputs.
bool only_selects(const Node& node) {
    const auto* pool = std::get_if<PoolNode>(&node.op);
    const auto* concat = std::get_if<ConcatNode>(&node.op);
    return (pool != nullptr && pool->maximum) || (concat != nullptr && concat->axis == 3);
}

/// Whether uint8's own limits serve for those of the activation.
bool is_linear_until_stored(const ConvNode& conv) {
    return !conv.residual_last &&
           (conv.activation == Activation::kNone || conv.activation == Activation::kRelu ||
            conv.activation == Activation::kRelu6);
}

class EightBitChooser {
  public:
    EightBitChooser(const NetworkGraph& graph, const std::vector<bool>& exact)
        : graph_(graph), group_(graph.shapes.size()) {
        bits_.convolutions.resize(graph.nodes.size());
        bits_.stored.resize(graph.shapes.size());
        bits_.values.resize(graph.shapes.size());
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            bits_.convolutions[i] = serves(graph.nodes[i], exact);
        }
        std::iota(group_.begin(), group_.end(), std::size_t{0});
        join_groups();
        std::vector<bool> may(graph.shapes.size(), true);  // of groups
        for (std::size_t value = 0; value < graph.shapes.size(); ++value) {
            if (value == 0 || exact[value] || !is_picture(graph.shapes[value]) ||
                !graph.ranges[value].is_known()) {
                may[group_[value]] = false;
            }
        }
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            forbid(graph.nodes[i], bits_.convolutions[i], may);
        }
        for (std::size_t value = 0; value < graph.shapes.size(); ++value) {
            bits_.stored[value] = may[group_[value]];
        }
        quantize();
    }

    EightBits take() { return std::move(bits_); }

  private:
    bool serves(const Node& node, const std::vector<bool>& exact) const {
        const auto* conv = std::get_if<ConvNode>(&node.op);
        if (conv == nullptr || (exact[node.inputs[0]] && node.inputs[0] != 0)) {
            return false;
        }
        if (!graph_.ranges[node.inputs[0]].is_known()) {
            return false;
        }
        const auto& in = graph_.shapes[node.inputs[0]];
        const auto& out = graph_.shapes[node.output];
        const bool is_output = std::find(graph_.outputs.begin(), graph_.outputs.end(),
                                         node.output) != graph_.outputs.end();
        const bool few = (node.inputs[0] != 0 && in[3] < kFewChannels) || out[3] < kFewChannels;
        return is_picture(in) && is_picture(out) && !few && !is_output &&
               conv->weights.size() / conv->bias.size() < kMostDepth;
    }

    // Values of a group have the same quantization.
    void join_groups() {
        for (const Node& node : graph_.nodes) {
            if (!only_selects(node)) {
                continue;
            }
            for (const auto input : node.inputs) {
                const std::size_t from = group_[input];
                std::replace(group_.begin(), group_.end(), from, group_[node.output]);
            }
        }
    }

    void forbid(const Node& node, bool in_eight_bits, std::vector<bool>& may) const {
        if (only_selects(node)) {
            return;
        }
        const auto* conv = std::get_if<ConvNode>(&node.op);
        if (!in_eight_bits || needs_pass(conv->activation)) {
            may[group_[node.output]] = false;
        }
        if (!in_eight_bits) {
            for (const auto input : node.inputs) {
                may[group_[input]] = false;
            }
        }
    }

    void quantize() {
        std::vector<ValueRange> ranges(graph_.shapes.size());
        for (std::size_t value = 0; value < graph_.shapes.size(); ++value) {
            const ValueRange& own = graph_.ranges[value];
            // Apart from each other copies need no common range.
            ValueRange& all = ranges[bits_.stored[value] ? group_[value] : value];
            all.low = std::min(all.low, own.low);
            all.high = std::max(all.high, own.high);
        }
        for (std::size_t value = 0; value < graph_.shapes.size(); ++value) {
            if (bits_.stored[value]) {
                bits_.values[value] = quantization_of(ranges[group_[value]]);
            }
        }
        for (const Node& node : graph_.nodes) {
            const auto* conv = std::get_if<ConvNode>(&node.op);
            if (conv != nullptr && is_linear_until_stored(*conv) && bits_.stored[node.output] &&
                is_alone(node.output) &&
                (conv->activation == Activation::kNone || feeds_depthwise_only(node.output))) {
                bits_.values[node.output] = channel_quantization_of(graph_.ranges[node.output]);
            }
        }
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            const std::size_t input = bits_.convolutions[i] ? graph_.nodes[i].inputs[0] : 0;
            if (bits_.convolutions[i] && !bits_.stored[input]) {
                bits_.values[input] = quantization_of(graph_.ranges[input]);
            }
        }
    }

    bool is_alone(std::size_t value) const {
        return std::count(group_.begin(), group_.end(), group_[value]) == 1;
    }

    bool feeds_depthwise_only(std::size_t value) const {
        return std::all_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const Node& node) {
            const auto* conv = std::get_if<ConvNode>(&node.op);
            return std::find(node.inputs.begin(), node.inputs.end(), value) == node.inputs.end() ||
                   (conv != nullptr && conv->depthwise);
        });
    }

    const NetworkGraph& graph_;
    std::vector<std::size_t> group_;  ///< of each value
    EightBits bits_;
};

/// Calls `see(output channel, weight, its neighbor's)` for every two neighbors.
template <class See>
void each_pair(const ConvNode& conv, See see) {
    const auto rows = static_cast<std::size_t>(conv.window.kernel_h);
    const auto columns = static_cast<std::size_t>(conv.window.kernel_w);
    const std::size_t outputs = conv.bias.size();
    const auto walk = [&](std::size_t output, std::size_t first, std::size_t count,
                          std::size_t step) {
        for (std::size_t i = 0; i < count; i += 2) {
            see(output, conv.weights[first + i * step],
                i + 1 < count ? conv.weights[first + (i + 1) * step] : 0.0F);
        }
    };
    if (conv.depthwise) {
        for (std::size_t column = 0; column < columns; ++column) {
            for (std::size_t output = 0; output < outputs; ++output) {
                walk(output, column * outputs + output, rows, columns * outputs);
            }
        }
        return;
    }
    const std::size_t channels = conv.weights.size() / outputs / rows / columns;
    for (std::size_t run = 0; run < outputs * rows * columns; ++run) {
        walk(run / (rows * columns), run * channels, channels, 1);
    }
}

}  // namespace

Quantization quantization_of(const ValueRange& range) {
    const float low = std::min(range.low, 0.0F);
    const float high = std::max(range.high, 0.0F);
    const float scale = (high - low) / kMostNumber;
    if (!(scale > 0) || !std::isfinite(scale)) {
        return {};
    }
    return {scale, static_cast<std::int32_t>(std::lround(-low / scale))};
}

Quantization channel_quantization_of(const ValueRange& range) {
    if (range.channels.empty()) {
        return quantization_of(range);
    }
    constexpr int kMiddle = 128;
    Quantization result{.scale = 1, .zero = range.low < 0 ? kMiddle : 0};
    for (const float most : range.channels) {
        const float scale = most / (kMostNumber - static_cast<float>(result.zero));
        result.channels.push_back(scale > 0 && std::isfinite(scale) ? scale : 1.0F);
    }
    return result;
}

EightBits choose_eight_bits(const NetworkGraph& graph, const std::vector<bool>& exact) {
    return EightBitChooser(graph, exact).take();
}

std::vector<float> weight_scales(const ConvNode& conv) {
    std::vector<float> largest(conv.bias.size(), 0.0F);
    each_pair(conv, [&](std::size_t output, float a, float b) {
        const float both = (a < 0) == (b < 0) ? std::abs(a + b) : 0.0F;
        largest[output] = std::max({largest[output], std::abs(a), std::abs(b), both});
    });
    for (float& each : largest) {
        each = each > 0 ? each / kMostWeight : 1.0F;
    }
    return largest;
}

std::vector<float> whole_weights(const ConvNode& conv, std::span<const float> scales) {
    std::vector<float> whole(conv.weights.size());
    const std::size_t outputs = conv.bias.size();
    const std::size_t depth = conv.weights.size() / outputs;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const float scale = scales[conv.depthwise ? i % outputs : i / depth];
        const float rounded = std::nearbyint(conv.weights[i] / scale);
        // What is no number becomes the least one.
        whole[i] = rounded > -kMostWeight ? std::min(rounded, kMostWeight) : -kMostWeight;
    }
    return whole;
}

}  // namespace closet
