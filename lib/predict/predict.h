#pragma once

#include <memory>
#include <vector>

#include "core/pose.h"
#include "interpolate/person.h"

namespace closet {

/// How poses are predicted and when people fade.
struct PredictOptions {
    PersonRule person;
    /// Casiez et al., "1 Euro Filter", CHI 2012, on arms and legs against the trunk, in torso
    /// lengths; the trunk, which is better determined, has its own (body_motion.cpp). Measured, see
    /// results/live-prediction.md.
    double min_cutoff_hz = 1.5;
    double beta = 0.5;
    double derivative_cutoff_hz = 6.0;
    double max_lead_s = 0.15;  ///< motion is continued that far beyond the last result
    double shape_tau_s = 0.3;  ///< time constant of the smoothing of silhouettes
    double hold_s = 0.3;       ///< a lost person's last pose stays this long,
    double fade_s = 0.3;       ///< then fades away in this time
    float min_score = 0.3F;    ///< 0..1, keypoints below it are not relied on for silhouettes
};

/// Throws ConfigError where a value is out of range or not a number.
void validate(const PredictOptions& options);

/// Poses for frames whose own poses are not known yet: what `Interpolate` is for files, without
/// looking ahead. Results of inference come in late and at their own pace; frames ask at any time.
/// For one thread.
class PredictPoses {
  public:
    /// Throws ConfigError, see `validate`.
    explicit PredictPoses(const PredictOptions& options);
    ~PredictPoses();
    PredictPoses(PredictPoses&&) noexcept;
    PredictPoses& operator=(PredictPoses&&) noexcept;

    /// The people whom inference found on the frame at `seconds` (Frame::seconds), empty for
    /// nobody. Results that are not later than the last one are ignored. `picture`: its size
    /// in shown pixels; `scene_start`: a cut lies between the last result and this one.
    void observe(double seconds, std::vector<Pose> poses, cv::Size picture, bool scene_start);

    /// The picture hardly changed since the last result: it counts as seen again at `seconds`.
    void observe_still(double seconds);

    /// The poses of a frame at `seconds`, PoseOrigin::kMeasured where that very frame was measured,
    /// kPredicted, or kHeld for people who are lost; Pose::fade tells how much of the garment is to
    /// be seen. Masks and labels move along with the trunk.
    std::vector<Pose> at(double seconds) const;

    /// A new source, another size: forget everything.
    void reset();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace closet
