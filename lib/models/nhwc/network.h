#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "models/graph/network_graph.h"
#include "models/network.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/plan.h"

namespace closet {

/// Runs a network graph on the CPU with this project's own kernels, in the format that they are
/// for, each picture of a batch on its own, on the calling thread only. For graphs that
/// `nhwc_supports`.
class NhwcNetwork final : public Network {
  public:
    /// Packs the weights, so the graph may go.
    NhwcNetwork(const NetworkGraph& graph, const NhwcKernels& kernels);

    std::vector<NetworkOutput> compute(std::span<const float> nhwc_input, std::size_t count,
                                       const WantsLast& wants_last = {}) const override;
    cv::Size input_size() const override;
    const std::vector<Output>& outputs() const override { return outputs_; }

  private:
    struct Workspace {
        AlignedBytes arena, scratch;
    };
    std::unique_ptr<Workspace> take_workspace() const;

    std::string name_;
    const NhwcKernels& kernels_;
    NhwcPlan plan_;
    std::vector<Output> outputs_;

    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<Workspace>> idle_;  ///< as many as calls ran at once
};

}  // namespace closet
