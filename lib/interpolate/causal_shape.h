#pragma once

#include <memory>

#include "core/pose.h"
#include "interpolate/shape.h"

namespace closet {

/// Smooths silhouettes without looking ahead: each measure is the mean of all measured so far,
/// weighted by certainty and by exp(-age / tau); a silhouette that is missing counts as certainty
/// 0. The first one passes as it is. What is covered keeps its last value as its certainty decays.
class CausalShape {
  public:
    /// tau_s: 0 passes every shape as it is.
    explicit CausalShape(double tau_s) : tau_s_(tau_s) {}

    /// measured: null where nothing was measured. step_s: since the call before, >= 0.
    void observe(double step_s, const BodyShape* measured);

    /// Null before the first shape.
    const std::shared_ptr<const BodyShape>& get() const { return shape_; }

  private:
    double tau_s_;
    std::shared_ptr<const BodyShape> shape_;
};

}  // namespace closet
