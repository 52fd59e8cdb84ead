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
    /// For a graph that `nhwc_supports`. `outside`: the share of a picture's numbers, 0 to 1, that
    /// may lie above its range, and below it.
    explicit RangeMeter(NetworkGraph graph, double outside = 0);

    /// Takes one picture: dense NHWC.
    void see(std::span<const float> input);

    /// Of each value: what covers all pictures so far; with channels where a convolution writes it.
    /// Values that are no pictures have none.
    const std::vector<ValueRange>& ranges() const { return ranges_; }

  private:
    NetworkGraph graph_;
    NhwcPlan plan_;
    AlignedBytes arena_, scratch_;
    double outside_;
    std::vector<std::vector<float>> outputs_;
    std::vector<ValueRange> ranges_;
};

}  // namespace closet
