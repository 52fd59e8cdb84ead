#pragma once

#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "infer/person_detector.h"
#include "infer/pose_model.h"

namespace closet {

/// Where `model` should look for the people whom `detector` finds in each picture, best score
/// first, without those whose region holds nothing to see.
std::vector<std::vector<Region>> regions_of_people(PersonDetector& detector, const PoseModel& model,
                                                   std::span<const cv::Mat> pictures);

}  // namespace closet
