#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "body/facing.h"
#include "body/measure_body.h"
#include "core/pose.h"
#include "predict/body_motion.h"
#include "predict/predict.h"

namespace closet {

/// A value that goes from one to another at an even pace.
class Fade {
  public:
    /// Rests at `value`.
    explicit Fade(double value) : from_(value), to_(value) {}

    /// From its value at `begin_s` to `target`, within `duration_s` >= 0 from then on.
    void turn(double target, double begin_s, double duration_s) {
        from_ = at(begin_s);
        to_ = target;
        begin_s_ = begin_s;
        duration_s_ = duration_s;
    }

    /// Where it goes or rests.
    double target() const { return to_; }

    /// Its value at a time; before the last turn, where that began.
    double at(double seconds) const {
        if (seconds >= begin_s_ + duration_s_) {
            return to_;
        }
        return seconds > begin_s_ ? from_ + (to_ - from_) * (seconds - begin_s_) / duration_s_
                                  : from_;
    }

  private:
    double from_, to_;
    double begin_s_ = 0, duration_s_ = 0;
};

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
    FacingFilter facing_;
    std::vector<Keypoint> mended_;  ///< those measured last, with their sides put right
    BodyMotion motion_;
    CausalShape shape_;
    double labels_s_ = 0;  ///< when the last labels were measured
    Fade presence_;        ///< of the person
    Fade worn_;            ///< of the garment on her
    bool is_lost_ = false;
    std::deque<Known> known_;  ///< the last ones, by time
};

}  // namespace closet
