#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "infer/infer.h"
#include "live/shots.h"

namespace closet {

/// `Infer` over views that come without their frames. For one thread.
class InferViews {
  public:
    explicit InferViews(Infer infer) : infer_(std::move(infer)) {}

    /// One result a view, in the order of the views, which are those of one call and later than all
    /// before. Views that look like the one inferred last cost nothing.
    std::vector<LiveResult> infer(std::span<LiveView> views);

    /// Of the person asked for by a face; null where nobody is.
    const WantedPerson* wanted() const { return infer_.wanted(); }

  private:
    Infer infer_;
    int scene_ = 0;                      ///< of the last view that was inferred
    std::optional<std::int64_t> known_;  ///< its LiveView::like
};

}  // namespace closet
