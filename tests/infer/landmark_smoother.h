#pragma once

#include <optional>
#include <vector>

#include "infer/landmarks.h"
#include "infer/region.h"
#include "predict/one_euro.h"

namespace closet::test {

/// Smooths BlazePose landmarks as MediaPipe's pose graph does before it hands them out: its results
/// can be compared with smoothed ones only.
class LandmarkSmoother {
  public:
    /// Takes and gives view pixels. The region for the next picture follows from the result.
    Landmarks smooth(double time_s, const Landmarks& landmarks) {
        // Speeds are taken relative to the person: the diameter of the body's circle, which is the
        // region's side without its margin.
        constexpr double kMargin = 1.25;
        constexpr double kVisibilityAlpha = 0.1;  // LowPassFilter of the visibilities
        const double scale = kMargin / region_of_landmarks(landmarks).side;
        Landmarks result = landmarks;
        smooth_range(body_, time_s, scale, 0, kBodyLandmarks, result);
        smooth_range(auxiliary_, time_s, scale, kBodyLandmarks, kSmoothedLandmarks, result);
        if (last_) {
            for (std::size_t i = 0; i < kSmoothedLandmarks; ++i) {
                const double before = (*last_)[i].visibility;
                result[i].visibility =
                    before + kVisibilityAlpha * (landmarks[i].visibility - before);
            }
        }
        last_ = result;
        return result;
    }

  private:
    static constexpr std::size_t kBodyLandmarks = 33;
    static constexpr std::size_t kSmoothedLandmarks = 35;  // and the two of the body's circle

    static void smooth_range(OneEuroFilter& filter, double time_s, double scale, std::size_t first,
                             std::size_t end, Landmarks& landmarks) {
        std::vector<double> values;
        for (std::size_t i = first; i < end; ++i) {
            values.insert(values.end(), {landmarks[i].x, landmarks[i].y, landmarks[i].z});
        }
        values = filter.smooth(time_s, values, scale);
        for (std::size_t i = first; i < end; ++i) {
            const double* smoothed = values.data() + 3 * (i - first);
            landmarks[i].x = smoothed[0];
            landmarks[i].y = smoothed[1];
            landmarks[i].z = smoothed[2];
        }
    }

    OneEuroFilter body_{{.min_cutoff_hz = 0.05, .beta = 80.0, .derivative_cutoff_hz = 1.0}};
    OneEuroFilter auxiliary_{{.min_cutoff_hz = 0.01, .beta = 10.0, .derivative_cutoff_hz = 1.0}};
    std::optional<Landmarks> last_;
};

}  // namespace closet::test
