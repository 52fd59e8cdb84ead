#include "models/nhwc/network.h"

#include <functional>
#include <span>
#include <utility>

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

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

std::vector<at::Tensor> NhwcNetwork::forward(const at::Tensor& nchw_input) const {
    return run(nchw_input, nullptr);
}

std::vector<at::Tensor> NhwcNetwork::forward_on_demand(const at::Tensor& nchw_input,
                                                       const WantsLast& wants_last) const {
    return run(nchw_input, &wants_last);
}

std::vector<at::Tensor> NhwcNetwork::run(const at::Tensor& nchw_input,
                                         const WantsLast* wants_last) const {
    const c10::InferenceMode inference;
    check_input(nchw_input, name_, plan_.values[0].shape);
    const at::Tensor input = nchw_input.to(at::kCPU).contiguous(at::MemoryFormat::ChannelsLast);
    const std::int64_t batch = input.size(0);
    std::vector<at::Tensor> results;
    for (const Output& output : outputs_) {
        auto shape = output.shape;
        shape[0] = batch;
        results.push_back(at::empty(shape, at::kFloat));
    }
    auto workspace = take_workspace();
    std::vector<float*> targets(results.size());
    std::function<bool()> wants;
    if (wants_last != nullptr) {
        wants = [&] {
            std::vector<std::span<const float>> others;
            for (std::size_t i = 0; i + 1 < results.size(); ++i) {
                others.emplace_back(targets[i], static_cast<std::size_t>(results[i].numel()));
            }
            return (*wants_last)(others);
        };
    }
    for (std::int64_t picture = 0; picture < batch; ++picture) {
        for (std::size_t i = 0; i < results.size(); ++i) {
            targets[i] =
                results[i].mutable_data_ptr<float>() + picture * (results[i].numel() / batch);
        }
        run_nhwc(plan_, kernels_, input.const_data_ptr<float>() + picture * (input.numel() / batch),
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
