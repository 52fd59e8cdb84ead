#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>

#include "core/frame.h"

namespace closet {

/// Which keypoints a pose holds, in which order.
enum class Skeleton {
    kCoco17,       ///< the 17 of COCO: nose, eyes, ears, shoulders, elbows, wrists, hips, ...
    kBlazePose33,  ///< the 33 of BlazePose (hands, feet and mouth as well), with depth
};

/// The joints that both skeletons have, numbered as in COCO-17.
enum class Joint {
    kNose,
    kLeftEye,
    kRightEye,
    kLeftEar,
    kRightEar,
    kLeftShoulder,
    kRightShoulder,
    kLeftElbow,
    kRightElbow,
    kLeftWrist,
    kRightWrist,
    kLeftHip,
    kRightHip,
    kLeftKnee,
    kRightKnee,
    kLeftAnkle,
    kRightAnkle,
};
inline constexpr int kJointCount = 17;

/// How a frame came by its pose.
enum class PoseOrigin {
    kMeasured,      ///< the network saw this very frame
    kInterpolated,  ///< between two measured key frames
    kHeld,          ///< repeated from the last measured one (no next one in the same track)
    kPredicted,     ///< ahead of the last measured one (live)
};
std::string_view to_string(PoseOrigin origin);

struct Keypoint {
    float x = 0;  ///< shown pixels (core/picture_geometry.h), pixel centres at integers
    float y = 0;  ///< shown pixels
    float z = 0;  ///< depth in shown pixels relative to the hips, smaller is nearer; 0 if unknown
    float score = 0;  ///< 0..1, how sure the network is that the point is there and visible
};

/// Axis-aligned, shown pixels.
struct Box {
    float x = 0, y = 0, width = 0, height = 0;
};

struct BodyShape;

/// Where the person is, from the network's segmentation: 8-bit probability (255 = person).
struct PersonMask {
    cv::Mat probability;          ///< CV_8UC1, usually 256 x 256
    cv::Matx23d mask_from_shown;  ///< shown pixel (x, y, 1) -> mask pixel
};

struct Pose {
    Skeleton skeleton = Skeleton::kCoco17;
    std::vector<Keypoint> keypoints;  ///< as many as the skeleton has
    float score = 0;                  ///< 0..1, presence of the person
    int person_id = -1;  ///< stays with the person, 0..; -1: nobody followed the person
    PoseOrigin origin = PoseOrigin::kMeasured;
    Box box;            ///< encloses the keypoints
    float fade = 1.0F;  ///< 0..1, how much of the garment is seen; below 1 on people just lost
    std::shared_ptr<const PersonMask> mask;  ///< null where not computed
    std::shared_ptr<const BodyShape> shape;  ///< the silhouette around the bones; null if unknown

    /// The keypoint of a joint, in either skeleton.
    const Keypoint& at(Joint joint) const;
    Keypoint& at(Joint joint);
};

/// 17 or 33.
std::size_t keypoint_count(Skeleton skeleton);

/// The index of a joint in a skeleton's keypoints.
std::size_t keypoint_index(Skeleton skeleton, Joint joint);

/// "left_shoulder" and so on, the names that COCO uses.
std::string_view to_string(Joint joint);

/// The same pose with the 17 COCO keypoints only. Indices of the 33: MediaPipe's pose topology.
Pose to_coco17(const Pose& pose);

/// The smallest box around all keypoints with at least `min_score`; empty where there is none.
Box enclosing_box(const std::vector<Keypoint>& keypoints, float min_score = 0.0F);

/// The length of the trunk: middle of the shoulders to middle of the hips, in shown pixels.
/// Errors of keypoints are given as a share of it.
float torso_length(const Pose& pose);

/// A frame with the people on it. An empty list means that nobody is there (or was found).
struct PosedFrame {
    Frame frame;
    std::vector<Pose> poses;
};

/// What the network sees of one key frame: the whole picture, upright, small.
struct View {
    cv::Mat rgb;                  ///< CV_8UC3, R G B
    cv::Matx23d shown_from_view;  ///< view pixel (x, y, 1) -> shown pixel
};

/// Consecutive frames, some of which are key frames, on their way to inference.
struct FrameBatch {
    struct Key {
        std::size_t frame = 0;  ///< index into `frames`
        View view;
    };
    std::vector<Frame> frames;
    std::vector<Key> keys;  ///< ascending by frame; may be empty only in the last batch
};

/// The same frames, with what inference found on the key frames.
struct PosedBatch {
    struct Key {
        std::size_t frame = 0;  ///< index into `frames`
        std::vector<Pose> poses;
    };
    std::vector<Frame> frames;
    std::vector<Key> keys;
};

}  // namespace closet
