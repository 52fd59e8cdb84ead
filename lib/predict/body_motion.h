#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/pose.h"
#include "predict/one_euro.h"

namespace closet {

/// Note [Causal motion]
/// The keypoints of a person are the place of the trunk (the mean of its four joints, weighted by
/// their scores) and the keypoints' offsets from it. Four joints that move alike determine the
/// place and its velocity far better than each its own; offsets of the trunk itself change slowly.
/// Place and offsets pass through One-Euro filters of their own, in trunk lengths.
///
/// What moves uniformly runs behind in such a filter by a known time (OneEuroFilter::lag_s), so a
/// keypoint is expected at smoothed + velocity * (lag + lead). Small velocities are mostly noise
/// and count less, so that people who stand still stand still; the longer a lead the less its end
/// counts, since nobody keeps a velocity for long.

/// A row of points that are filtered alike.
class PointFilter {
  public:
    /// noise: velocities about this fast are half noise; scale lengths a second.
    PointFilter(const OneEuroOptions& options, double noise) : filter_(options), noise_(noise) {}

    /// As many points as in the first call. scale: the unit of length, shown pixels.
    void observe(double seconds, const std::vector<cv::Point2d>& points, double scale);

    /// Where point `i` is `lead_s` seconds after the last observation.
    cv::Point2d at_lead(std::size_t i, double lead_s) const;

  private:
    OneEuroFilter filter_;
    double noise_;
    double scale_ = 1;
    std::vector<double> smoothed_;  ///< x and y in turn
};

/// Filters the keypoints of one person without looking ahead, and continues their motion.
class BodyMotion {
  public:
    /// options: of the limbs' offsets from the trunk; speeds in trunk lengths a second.
    explicit BodyMotion(const OneEuroOptions& options);

    /// What was measured at `seconds`, later than the time before; always the same skeleton.
    /// Numbers must be finite. Keypoints that jump further than any limb can, and whole bodies of
    /// another size, are believed when the next pose has them there as well.
    void observe(double seconds, const Pose& measured);

    /// The keypoints `lead_s` >= 0 seconds after the last observation. Scores and depths stay.
    std::vector<Keypoint> at_lead(double lead_s) const;

  private:
    struct Depths {
        float last = 0, before = 0;  ///< as measured
    };

    void begin(double seconds, const Pose& measured);
    std::vector<cv::Point2d> believed(double step_s, const Pose& measured);
    void follow_slow(double step_s, const Pose& measured);
    void filter(const std::vector<cv::Point2d>& points);

    OneEuroOptions options_;
    double seconds_ = 0;
    double scale_ = 1;  ///< smoothed body_scale, shown pixels
    Skeleton skeleton_ = Skeleton::kCoco17;
    std::vector<Keypoint> slow_;  ///< smoothed scores and depths; empty before the first pose
    std::vector<Depths> depths_;
    std::vector<cv::Point2d> jumped_;  ///< how far keypoints have jumped since the first pose
    bool is_rejected_ = false;         ///< the last pose was not believed at all
    std::vector<bool> outlier_;        ///< keypoints whose last place was not believed
    std::optional<PointFilter> place_, body_, limbs_;
};

}  // namespace closet
