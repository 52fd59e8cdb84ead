#include "models/nhwc/network.h"

#include <functional>
#include <span>
#include <utility>

namespace closet {

NhwcNetwork::NhwcNetwork(const NetworkGraph& graph, const NhwcKernels& kernels)
    : name_(graph.name),
      kernels_(kernels),
      plan_(make_nhwc_plan(graph, kernels)),
      outputs_(describe_outputs(graph)) {}

std::unique_ptr<NhwcNetwork::Workspace> NhwcNetwork::take_workspace() const {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto workspace = std::move(idle_.back());
            idle_.pop_back();
            return workspace;
        }
    }
    return std::make_unique<Workspace>(
        Workspace{aligned_bytes(plan_.arena_bytes), aligned_bytes(plan_.scratch_bytes)});
}

std::vector<NetworkOutput> NhwcNetwork::compute(std::span<const float> nhwc_input,
                                                std::size_t count,
                                                const WantsLast& wants_last) const {
    check_input(nhwc_input, count, name_, plan_.values[0].shape);
    std::vector<NetworkOutput> results;
    for (const Output& output : outputs_) {
        results.push_back({output.shape, {}});
        results.back().shape[0] = static_cast<std::int64_t>(count);
        std::size_t numbers = 1;
        for (const std::int64_t extent : results.back().shape) {
            numbers *= static_cast<std::size_t>(extent);
        }
        results.back().numbers.resize(numbers);
    }
    auto workspace = take_workspace();
    std::vector<float*> targets(results.size());
    std::function<bool()> wants;
    if (wants_last) {
        wants = [&] {
            std::vector<std::span<const float>> others;
            for (std::size_t i = 0; i + 1 < results.size(); ++i) {
                others.emplace_back(targets[i], results[i].numbers.size() / count);
            }
            return wants_last(others);
        };
    }
    for (std::size_t picture = 0; picture < count; ++picture) {
        for (std::size_t i = 0; i < results.size(); ++i) {
            targets[i] = results[i].numbers.data() + picture * (results[i].numbers.size() / count);
        }
        run_nhwc(plan_, kernels_, nhwc_input.data() + picture * (nhwc_input.size() / count),
                 targets, workspace->arena.get(), workspace->scratch.get(), wants);
    }
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(workspace));
    return results;
}

cv::Size NhwcNetwork::input_size() const {
    return {static_cast<int>(plan_.values[0].shape[2]), static_cast<int>(plan_.values[0].shape[1])};
}

}  // namespace closet
