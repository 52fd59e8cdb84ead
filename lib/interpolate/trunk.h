#pragma once

#include <array>
#include <memory>

#include <opencv2/core/matx.hpp>

#include "core/pose.h"

namespace closet {

/// The corners of the trunk, which move like a sheet of paper: limbs do not.
inline constexpr std::array kTrunk{Joint::kLeftShoulder, Joint::kRightShoulder, Joint::kLeftHip,
                                   Joint::kRightHip};

/// The unit in which motion and noise are measured, in shown pixels: the length of the trunk, and
/// for people seen from above or bent a quarter of the longer side of their box. At least 1.
double body_scale(const Pose& pose);

/// Rotation, uniform scale and shift that take the trunk of `from` onto that of `to`, in the sense
/// of least squares (Umeyama, PAMI 13, 1991, in the plane). Only a shift where a trunk is a point
/// or the scale would leave 1/2..2, which is no motion between neighboring key frames.
cv::Matx23d trunk_motion(const Pose& from, const Pose& to);

/// Whether two poses of a person, at most 0.25 s apart, name the sides differently: left and
/// right have changed places at shoulders and hips, both of them broad. A body that turns round
/// shows its profile in between.
bool sides_exchanged(const Pose& a, const Pose& b);

/// The keypoints between two such poses, `share` of the way from `a` to `b` (0..1), with the sides
/// as the nearer one names them: else all points would meet in the middle.
std::vector<Keypoint> between_exchanged(const Pose& a, const Pose& b, double share);

/// The mask of a key frame's pose, laid where the trunk of `pose` is. Shares the pixels; null where
/// the key frame has none.
std::shared_ptr<const PersonMask> moved_mask(const Pose& key, const Pose& pose);

}  // namespace closet
