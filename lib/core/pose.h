#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
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
    float x = 0;  ///< shown pixels (core/picture_geometry.h), pixel centers at integers
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

/// What parsing networks tell apart on a person. Body parts (kFace to kFoot) come from some
/// networks, kinds of surface from others; several may hold at a place (a hand is skin). Body parts
/// tell which part a place is IF it belongs to the person: they mean nothing where kPerson is low.
enum class Label : std::size_t {
    kPerson,  ///< as opposed to the ground
    kFace,
    kUpperArm,
    kLowerArm,
    kHand,
    kTorso,  ///< front or back, with throat and waist
    kLeg,
    kFoot,
    kSkin,
    kClothes,  ///< of any kind
    kHair,
    kUpperClothes,
    kLowerClothes,
    kDress,  ///< upper and lower clothes in one: dresses, jumpsuits
};
inline constexpr std::size_t kLabelCount = 14;

/// "person", "upper_arm" and so on: names in pose files and reports.
std::string_view to_string(Label label);

/// Where each label holds, as parsing networks see it: right about what is where, with edges that
/// are several pixels off. All planes that are there have the same size.
struct PersonLabels {
    /// Indexed by Label: CV_8UC1, 255 = sure; empty where no network tells that.
    std::array<cv::Mat, kLabelCount> probability;
    cv::Matx23d labels_from_shown;  ///< shown pixel (x, y, 1) -> pixel of the planes
    float front_odds = 0;  ///< that the front is seen rather than the back: log of the odds, of
                           ///< a body with a head; 0 where no network tells

    const cv::Mat& of(Label label) const { return probability[static_cast<std::size_t>(label)]; }
    cv::Mat& of(Label label) { return probability[static_cast<std::size_t>(label)]; }
};

/// Which way a body faces, as it was decided over time (body/facing.h).
struct Facing {
    float yaw = 0;        ///< radians, -pi..pi; 0: the chest faces the camera, pi / 2: it faces
                          ///< picture-right, +-pi: the back is seen
    float certainty = 0;  ///< 0..1; 0: nobody followed the body over time
};

struct Pose {
    Skeleton skeleton = Skeleton::kCoco17;
    std::vector<Keypoint> keypoints;  ///< as many as the skeleton has
    float score = 0;                  ///< 0..1, presence of the person
    int person_id = -1;  ///< stays with the person, 0..; -1: nobody followed the person
    PoseOrigin origin = PoseOrigin::kMeasured;
    Box box;  ///< encloses the keypoints
    Facing facing;
    bool is_wanted = false;  ///< inference knows that this is the person asked for by a face
    float fade = 1.0F;       ///< 0..1, how much of the garment is seen; below 1 on people just lost
    /// How far, 0..1, pose and parser agree where the left and the right arm is, over the time
    /// around (body/arm_agreement.h); below 0: nobody looked ahead.
    std::array<float, 2> arms_agree{-1, -1};
    /// Of a key frame: how far, 0..1, the picture around each keypoint has moved since the person's
    /// last one (Note [Still pictures]); empty: not known.
    std::vector<float> moved;
    std::shared_ptr<const PersonMask> mask;      ///< null where not computed
    std::shared_ptr<const PersonLabels> labels;  ///< null where no parser looked
    std::shared_ptr<const BodyShape> shape;  ///< the silhouette around the bones; null if unknown

    /// The keypoint of a joint, in either skeleton.
    const Keypoint& at(Joint joint) const;
    Keypoint& at(Joint joint);
};

/// 17 or 33.
std::size_t keypoint_count(Skeleton skeleton);

/// The index of a joint in a skeleton's keypoints.
std::size_t keypoint_index(Skeleton skeleton, Joint joint);

/// Indices of the left and the right keypoint of each pair that a skeleton has.
std::span<const std::pair<std::size_t, std::size_t>> side_pairs(Skeleton skeleton);

/// Exchanges each left keypoint with its right one.
void exchange_sides(std::vector<Keypoint>& keypoints, Skeleton skeleton);

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

/// When inference has to read a view, see Note [Needed readings].
enum class KeyNeed {
    kAlways,
    kUnlessStill,  ///< unless nobody has moved since the view that was read before
    kIfNeeded,     ///< where interpolation between its neighbors would not do
};

/// Consecutive frames, some of which are key frames, on their way to inference.
struct FrameBatch {
    struct Key {
        std::size_t frame = 0;  ///< index into `frames`
        View view;
        KeyNeed need = KeyNeed::kAlways;
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

/// Note [Body shape]
/// The silhouette of a person around the bones, free of the garment, of position, size and turn of
/// the picture, so that shapes of different moments may be mixed and smoothed. All lengths are in
/// shoulder widths (BodyFrame::unit), all sides are the wearer's as the keypoints name them.
///
/// Rows. Level v runs along the spine from kFirstRow to kLastRow; v = 0 is the shoulder axis,
/// positive is down. From BodyFrame::spine(v), the half width is the distance along
/// +BodyFrame::row(v) (left) or -row(v) (right) to where the silhouette of the TORSO ends: where
/// an arm lies on that edge, its certainty is low or 0.
///
/// Tops. At lateral position x, kFirstTop .. kLastTop, positive to the wearer's left: from the
/// point middle + row(0) * x * unit straight up (against BodyFrame::down) to the end of the
/// silhouette. Negative where that point is above the silhouette already. Hair and raised arms are
/// not shoulders: there the certainty is 0.
///
/// Arms. Parameter t runs from the shoulder joint (0) over the elbow (1) to the wrist (2), in
/// equal steps on each bone. `outer` is the distance from the bone along BodyFrame::outer(side,
/// direction) to the end of the silhouette, `inner` the distance the other way, perpendicular to
/// the bone; within kElbowBlend of the elbow the direction turns from one bone to the other.
/// Where the arm lies on or beside the body and no labels tell them apart, the certainty is 0.
/// `outer` is negative where the bone lies beside the silhouette.
///
/// Legs. Likewise from the hip joint (0) over the knee (1) to the ankle (2). Where the end of the
/// silhouette is the other leg's, the certainty is 0.
///
/// Certainty 1 means seen directly, 0 that nothing is known: the value then means nothing and
/// readers put a prior in its place; between, readers mix value and prior.

/// A length and how sure it is, 0..1.
struct Measure {
    float value = 0;      ///< shoulder widths; finite
    float certainty = 0;  ///< 0..1
};

struct BodyShape {
    static constexpr std::size_t kRows = 49;
    static constexpr double kFirstRow = -0.2, kLastRow = 2.2;  ///< steps of 0.05
    static constexpr std::size_t kTops = 13;
    static constexpr double kFirstTop = -0.6, kLastTop = 0.6;  ///< steps of 0.1
    static constexpr std::size_t kArmRows = 17;                ///< t = 0 .. 2, steps of 1/8
    static constexpr double kElbowBlend = 0.22;                ///< in t, on either side

    static constexpr std::size_t kLegRows = 17;  ///< t = 0 .. 2, steps of 1/8

    struct Arm {
        std::array<Measure, kArmRows> outer, inner;
    };
    struct Leg {
        std::array<Measure, kLegRows> outer, inner;
    };

    std::array<std::array<Measure, kRows>, 2> half_width;  ///< indexed by Side
    std::array<Measure, kTops> top;
    std::array<Arm, 2> arm;  ///< indexed by Side
    std::array<Leg, 2> leg;  ///< indexed by Side

    static constexpr double row_level(std::size_t i) {
        return kFirstRow + (kLastRow - kFirstRow) * static_cast<double>(i) / (kRows - 1);
    }
    static constexpr double top_position(std::size_t i) {
        return kFirstTop + (kLastTop - kFirstTop) * static_cast<double>(i) / (kTops - 1);
    }
    static constexpr double arm_parameter(std::size_t i) {
        return 2.0 * static_cast<double>(i) / (kArmRows - 1);
    }
    static constexpr double leg_parameter(std::size_t i) {
        return 2.0 * static_cast<double>(i) / (kLegRows - 1);
    }
};

struct WeightedShape {
    const BodyShape* shape = nullptr;  ///< null: nothing was measured at that moment
    float weight = 0;                  ///< >= 0; only the ratio of weights counts
};

/// The mean of shapes: values weighted by weight x certainty, certainties by weight, null shapes
/// counting as certainty 0. All certainties are 0 where no weight is positive.
BodyShape mix(std::span<const WeightedShape> shapes);

}  // namespace closet
