#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/pose.h"

namespace closet {

// OpenPose's way from maps of a whole picture to people (Cao et al. 2017), as pytorch-openpose does
// it: peaks of heat maps become keypoints, the directions between two keypoints say whether a limb
// joins them, and limbs that share keypoints make a person.

/// nose, neck, right shoulder, elbow, wrist, the left ones, right hip, knee, ankle, the left ones,
/// right and left eye, right and left ear.
inline constexpr std::size_t kOpenPoseKeypoints = 18;

/// What the network says about a picture: `heat`, rows x columns x 19 (the last says "none"), and
/// `directions`, rows x columns x 38. A cell is 8 x 8 pixels of what the network saw.
struct OpenPoseMaps {
    std::span<const float> heat, directions;
    cv::Size cells;
    cv::Size seen;     ///< pixels of the network's input that show the picture, without padding
    cv::Size picture;  ///< pixels of the picture
};

struct OpenPosePeak {
    int x = 0, y = 0;  ///< pixels of the picture
    double score = 0;
};

struct OpenPosePerson {
    static constexpr int kNone = -1;

    std::array<int, kOpenPoseKeypoints> peaks;  ///< indices of OpenPosePeople::peaks, or kNone
    double total = 0;                           ///< scores of keypoints and limbs
    int parts = 0;                              ///< how often a keypoint was put in
};

struct OpenPosePeople {
    std::vector<OpenPosePeak> peaks;  ///< of all keypoints, one after the other
    std::vector<OpenPosePerson> people;
};

/// Everybody in the picture. Numbers that are not finite count as 0. Throws ModelError where the
/// maps do not have the sizes that are told.
OpenPosePeople group_people(const OpenPoseMaps& maps);

/// COCO's 17 keypoints of a person; those that are missing have a score of 0 and lie in the middle
/// of the others.
std::vector<Keypoint> coco_keypoints(const OpenPosePeople& all, const OpenPosePerson& person);

}  // namespace closet
