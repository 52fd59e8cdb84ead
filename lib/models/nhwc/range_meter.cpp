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

}  // namespace

RangeMeter::RangeMeter(NetworkGraph graph)
    : graph_(show_all(std::move(graph))),
      plan_(make_nhwc_plan(graph_, *nhwc_kernels())),
      arena_(aligned_bytes(plan_.arena_bytes)),
      scratch_(aligned_bytes(plan_.scratch_bytes)),
      ranges_(graph_.shapes.size()) {
    for (const auto id : plan_.outputs) {
        const Value& value = plan_.values[id];
        const auto channels = static_cast<std::size_t>(value.channels);
        ranges_[id].channels.resize(channels);
        ranges_[id].means.resize(channels);
        outputs_.emplace_back(static_cast<std::size_t>(value.height * value.width) * channels);
    }
}

void RangeMeter::see(std::span<const float> input) {
    std::vector<float*> targets;
    for (auto& output : outputs_) {
        targets.push_back(output.data());
    }
    run_nhwc(plan_, *nhwc_kernels(), input.data(), targets, arena_.get(), scratch_.get());
    ++pictures_;
    const auto widen = [](ValueRange& range, std::span<const float> numbers) {
        const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
        range.low = std::min(range.low, *low);
        range.high = std::max(range.high, *high);
    };
    widen(ranges_[0], input);
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        ValueRange& range = ranges_[plan_.outputs[i]];
        widen(range, outputs_[i]);
        const std::size_t channels = range.channels.size();
        std::vector<double> sums(channels, 0.0);
        for (std::size_t at = 0; at < outputs_[i].size(); ++at) {
            const float number = outputs_[i][at];
            float& most = range.channels[at % channels];
            most = std::max(most, std::abs(number));
            sums[at % channels] += number;
        }
        const std::size_t of_channel = outputs_[i].size() / channels;
        const auto pixels = static_cast<double>(of_channel);
        for (std::size_t c = 0; c < channels; ++c) {
            const double mean = sums[c] / pixels;
            range.means[c] += static_cast<float>((mean - range.means[c]) / pictures_);
        }
    }
}

}  // namespace closet
