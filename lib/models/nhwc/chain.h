#pragma once

#include <cstddef>
#include <vector>

#include "models/nhwc/plan.h"
#include "models/nhwc/run.h"

namespace closet {

/// Runs a chain of convolutions, or a single one, over one picture (see Note [NHWC plan]).
class ChainRunner {
  public:
    /// `chain` must outlive it.
    ChainRunner(const Chain& chain, const Memory& memory);

    /// Writes the last stage's output. To be called once.
    void run();

  private:
    void clear_borders(const ConvStage& stage) const;
    std::byte* ring_row(const ConvStage& stage, std::int64_t row) const;
    void fill_ring(std::size_t index, std::int64_t up_to);

    /// Where rows of a stage's output go: distances count elements.
    struct Target {
        std::byte* first;
        std::ptrdiff_t pixel, row;
    };
    void compute(std::size_t index, std::int64_t row, std::int64_t rows, const Target& target);
    void run_winograd(const ConvStage& stage, const Target& target) const;
    void depthwise(const ConvStage& stage, const ConvTask& task) const;
    ConvTask describe(const ConvStage& stage, std::int64_t row, const Target& target) const;
    std::int64_t rows_at_once(const ConvStage& stage) const;

    const Chain& chain_;
    Memory memory_;
    std::vector<std::int64_t> filled_;  ///< of each stage: input rows that its ring has had
};

}  // namespace closet
