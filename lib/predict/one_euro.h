#pragma once

#include <optional>
#include <vector>

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
    /// Cut-offs must be > 0 Hz; beta >= 0.
    explicit OneEuroFilter(const OneEuroOptions& options) : options_(options) {}

    /// `time_s` must grow from call to call (else the last rate is kept); `value_scale` makes
    /// speeds comparable between large and small people. As many values as in the first call.
    std::vector<double> smooth(double time_s, const std::vector<double>& values,
                               double value_scale);

    /// The filtered derivatives, a second, times the value_scale of their calls; as many as values.
    const std::vector<double>& speeds() const { return speed_; }

    /// How far, in seconds, the smoothed value runs behind one that moves uniformly: the time
    /// constant of its low-pass filter at the moment.
    double lag_s(std::size_t value) const;

  private:
    double cutoff_hz(std::size_t value) const;

    OneEuroOptions options_;
    std::optional<double> last_time_s_;
    double rate_hz_ = 30.0;  ///< MediaPipe's guess until there are two times
    std::vector<double> raw_, smoothed_, speed_;
};

}  // namespace closet
