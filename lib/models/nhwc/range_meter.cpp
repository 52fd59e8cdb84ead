#include "models/nhwc/range_meter.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace closet {
namespace {

/// The graph with every picture that a node writes as an output.
NetworkGraph show_all(NetworkGraph graph) {
    graph.outputs.clear();
    for (const Node& node : graph.nodes) {
        if (graph.shapes[node.output].size() == 4) {
            graph.outputs.push_back(node.output);
        }
    }
    return graph;
}

/// May reorder the numbers.
ValueRange range_of_most(std::vector<float>& numbers, double outside) {
    const auto beyond = static_cast<std::ptrdiff_t>(outside * static_cast<double>(numbers.size()));
    const auto low = numbers.begin() + beyond;
    const auto high = numbers.end() - 1 - beyond;
    std::nth_element(numbers.begin(), low, numbers.end());
    const float least = *low;
    std::nth_element(numbers.begin(), high, numbers.end());
    return {least, *high};
}

}  // namespace

RangeMeter::RangeMeter(NetworkGraph graph, double outside)
    : graph_(show_all(std::move(graph))),
      plan_(make_nhwc_plan(graph_, *nhwc_kernels())),
      arena_(aligned_bytes(plan_.arena_bytes)),
      scratch_(aligned_bytes(plan_.scratch_bytes)),
      outside_(std::min(outside, 0.5)),
      ranges_(graph_.shapes.size()) {
    for (const Node& node : graph_.nodes) {
        const auto* conv = std::get_if<ConvNode>(&node.op);
        if (conv != nullptr && graph_.shapes[node.output].size() == 4) {
            ranges_[node.output].channels.resize(conv->bias.size());
        }
    }
    for (const auto id : plan_.outputs) {
        const Value& value = plan_.values[id];
        outputs_.emplace_back(
            static_cast<std::size_t>(value.height * value.width * value.channels));
    }
}

void RangeMeter::see(std::span<const float> input) {
    std::vector<float*> targets;
    for (auto& output : outputs_) {
        targets.push_back(output.data());
    }
    run_nhwc(plan_, *nhwc_kernels(), input.data(), targets, arena_.get(), scratch_.get());
    const auto widen = [&](std::size_t value, const ValueRange& seen) {
        ValueRange& range = ranges_[value];
        range.low = std::min(range.low, seen.low);
        range.high = std::max(range.high, seen.high);
    };
    const auto [low, high] = std::minmax_element(input.begin(), input.end());
    widen(0, {*low, *high});
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        std::vector<float>& most = ranges_[plan_.outputs[i]].channels;
        for (std::size_t at = 0; at < outputs_[i].size() && !most.empty(); ++at) {
            float& channel = most[at % most.size()];
            channel = std::max(channel, std::abs(outputs_[i][at]));
        }
        widen(plan_.outputs[i], range_of_most(outputs_[i], outside_));
    }
}

}  // namespace closet
