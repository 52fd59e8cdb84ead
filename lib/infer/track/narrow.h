#pragma once

#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/pose.h"
#include "infer/region.h"

namespace closet {

/// Note [Means of both sides]
/// Of people whose head is cut off the network can hardly tell the front from the back, and gives
/// anything between both answers. Such a mean is narrower than the body, more so on one side than
/// on the other, so that not even its middle is right. Which answer it is near to hangs on little:
/// of ten readings of one view, in regions a little apart and in the mirror image, some are whole
/// on every frame. So where shoulders are narrower than those of adults, with what depth tells of
/// their turn, the person is read again in the mirror image. If there is a whole reading among all,
/// those that are about as wide are believed. If there is none and all are alike, it is no mean:
/// the body is turned, and its depth is told too small, as it is of backs that turn. Then the depth
/// is made so large that the shoulders are as wide as usual.
/// Which sides a reading calls left is decided over time, see Note [Which way a body faces].

/// Whether these keypoints, of somebody whose head is not in the `picture`, may be a mean of both
/// sides, or turned. False for networks without depth: who is seen from the side is as narrow.
bool is_narrow(const std::vector<Keypoint>& points, Skeleton skeleton, cv::Size picture);

/// What is believed of some readings of one person, at least one; the sides are those of the first.
std::vector<Keypoint> believed(std::span<const std::vector<Keypoint>> readings, Skeleton skeleton);

/// The same place in the mirror image of a view that is `width` pixels wide.
Region mirrored(Region region, int width);

/// What was read in the mirror image, in the view.
std::vector<Keypoint> mirrored(std::vector<Keypoint> points, int width, Skeleton skeleton);

}  // namespace closet
