#pragma once

#include <optional>
#include <vector>

#include "infer/landmarks.h"

namespace closet {

/// Casiez et al., "1 Euro Filter", CHI 2012, as in MediaPipe.
struct OneEuroOptions {
    double min_cutoff_hz = 1.0;
    double beta = 0.0;  ///< cut-off per unit of speed
    double derivative_cutoff_hz = 1.0;
};

/// Smooths a row of values with a lag that shrinks as they move faster.
class OneEuroFilter {
  public:
    explicit OneEuroFilter(const OneEuroOptions& options) : options_(options) {}

    /// `time_s` must grow from call to call (else the last rate is kept); `value_scale` makes
    /// speeds comparable between large and small people. As many values as in the first call.
    std::vector<double> smooth(double time_s, const std::vector<double>& values,
                               double value_scale);

  private:
    OneEuroOptions options_;
    std::optional<double> last_time_s_;
    double rate_hz_ = 30.0;  ///< MediaPipe's guess until there are two times
    std::vector<double> raw_, smoothed_, speed_;
};

/// Smooths BlazePose landmarks over time without looking ahead, with the parameters of MediaPipe's
/// pose graph. For live use: it lags, so files are smoothed by `interpolate` instead.
class LandmarkSmoother {
  public:
    /// Takes and gives view pixels. The region for the next picture follows from the result.
    Landmarks smooth(double time_s, const Landmarks& landmarks);

  private:
    OneEuroFilter body_{{.min_cutoff_hz = 0.05, .beta = 80.0, .derivative_cutoff_hz = 1.0}};
    OneEuroFilter auxiliary_{{.min_cutoff_hz = 0.01, .beta = 10.0, .derivative_cutoff_hz = 1.0}};
    std::optional<Landmarks> last_;
};

}  // namespace closet
