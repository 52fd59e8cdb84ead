#pragma once

#include "core/pose.h"
#include "interpolate/person.h"

namespace closet::test {

inline const cv::Size kPicture(1920, 1080);
constexpr double kStep = 0.05;  ///< between results, seconds

/// Where the hips are, px.
inline double place_x(const Pose& pose) {
    return (pose.at(Joint::kLeftHip).x + pose.at(Joint::kRightHip).x) / 2.0;
}

}  // namespace closet::test
