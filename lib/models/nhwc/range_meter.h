#pragma once

#include <span>
#include <vector>

#include "models/graph/network_graph.h"
#include "models/nhwc/plan.h"

namespace closet {

/// Measures between which numbers the values of a graph lie (NetworkGraph::ranges), by running it
/// in float32 on the calling thread.
class RangeMeter {
  public:
    /// For a graph that `nhwc_supports`.
    explicit RangeMeter(NetworkGraph graph);

    /// Takes one picture: dense NHWC.
    void see(std::span<const float> input);

    /// Of each value: what covers all pictures so far. Values that are no pictures have none; the
    /// network's input has no channels.
    const std::vector<ValueRange>& ranges() const { return ranges_; }

  private:
    NetworkGraph graph_;
    NhwcPlan plan_;
    AlignedBytes arena_, scratch_;
    int pictures_ = 0;
    std::vector<std::vector<float>> outputs_;
    std::vector<ValueRange> ranges_;
};

}  // namespace closet
