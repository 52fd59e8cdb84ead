#pragma once

#include <memory>
#include <vector>

#include <opencv2/core/matx.hpp>

#include "core/pose.h"

namespace closet {

/// Note [Labels over time]
/// Parsers look at a person now and then (label_people.h). Labels are carried to other frames as
/// masks are, by the motion of the trunk. Offline they are smoothed without lag: those of a key
/// frame are mixed with those before and after it (1:2:1), and between two of them they turn
/// linearly from one into the other. What is mixed is laid onto the same points first, and only
/// where the silhouettes agree (kLeastAgreement), else limbs that moved would leave their old
/// outlines behind: then each stays as it is, and a frame gets those of the nearer one.

using SharedLabels = std::shared_ptr<const PersonLabels>;  ///< null: not known

/// Labels are mixed with those within this time, in seconds, on either side.
inline constexpr double kLabelReachS = 0.2;

/// They are carried no longer than this, seconds, where none follow.
inline constexpr double kLabelHoldS = 0.5;

/// Pose::arms_agree is the mean over the key frames within 2 kLabelReachS, weighted by a Gaussian
/// of that sigma: single poses are wrong, and without lag none is given up for them.
inline constexpr double kArmsSigmaS = 0.2;

/// Overlap of two silhouettes (intersection over union) from which on they agree; parsing.md 3.
inline constexpr double kLeastAgreement = 0.75;

/// The labels of `key`, laid where the trunk of `pose` is. Shares the planes; null where the key
/// has none.
SharedLabels moved_labels(const Pose& key, const Pose& pose);

/// `labels`, which belong to the pose `from`, on the points of `onto`, which belong to the pose
/// `to`: moved with the trunk. All planes lie in one tall picture. Where `labels` do not reach they
/// are 0.
PersonLabels laid_onto(const PersonLabels& labels, const Pose& from, const PersonLabels& onto,
                       const Pose& to);

/// Intersection over union of the silhouettes in labels on the same points: kPerson, or where it is
/// missing whatever covers a person. 1 where both are empty, 0 where the sizes differ.
double agreement(const PersonLabels& a, const PersonLabels& b);

/// The weighted mean of labels that lie on the same points, those of the first. Weights: > 0. A
/// plane that is not in all of them is missing in the result.
struct WeightedLabels {
    const PersonLabels* labels = nullptr;
    double weight = 0;
};
PersonLabels mix(const std::vector<WeightedLabels>& all);

}  // namespace closet
