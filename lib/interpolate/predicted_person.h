#pragma once

#include <deque>
#include <memory>

#include "body/measure_body.h"
#include "core/pose.h"
#include "interpolate/body_motion.h"
#include "interpolate/causal_shape.h"
#include "interpolate/fade.h"
#include "interpolate/predict.h"

namespace closet {

/// One person as PredictPoses knows her: filtered, continued beyond the last result, and how much
/// of the garment shows.
class PredictedPerson {
  public:
    /// was_there: no time to fade in. is_worn: see `wear`.
    PredictedPerson(const PredictOptions& options, bool was_there, bool is_worn);

    /// Found at `seconds`, later than ever before. view: how to measure silhouettes. is_still: the
    /// pose is the one of the time before, and so is its silhouette.
    void observe(double seconds, const Pose& measured, const MeasureOptions& view, bool is_still);

    /// Not found by a result later than the last `observe`.
    void miss();

    /// Whether the garment is on this person, from `seconds` on.
    void wear(bool worn, double seconds);

    /// The garment is gone and comes back only with the person.
    bool gone_at(double seconds) const;

    /// At any time after the first `observe`; the nearest one that is known before that.
    Pose pose_at(double seconds) const;

  private:
    struct Known {
        double seconds = 0;
        bool is_measured = false;
        Pose pose;  ///< filtered
    };

    Pose predicted(double lead_s) const;
    Pose between_known(double seconds) const;

    double max_lead_s_, hold_s_, fade_s_;
    BodyMotion motion_;
    CausalShape shape_;
    Fade presence_;  ///< of the person
    Fade worn_;      ///< of the garment on her
    bool is_lost_ = false;
    std::deque<Known> known_;  ///< the last ones, by time
};

}  // namespace closet
