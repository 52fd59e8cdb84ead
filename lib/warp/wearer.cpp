#include "warp/wearer.h"

#include <algorithm>
#include <cmath>

namespace closet {
namespace {

// Found on photographs (`fr` of the mesh study's face ellipse).
/// The pit of the neck lies this far above the line between the shoulder joints, and a face is at
/// least this wide, in shoulder widths.
constexpr double kPitAbove = 0.16;
constexpr double kLeastFace = 0.42;
/// Faces are about this many eye distances wide (canthi to tragi of frontal faces).
constexpr double kFaceOfEyes = 2.2;
/// From the nose's tip up to the eyes, in half face widths.
constexpr double kEyesAboveNose = 0.5;

std::optional<cv::Point2d> keypoint_at(const Pose& pose, Joint joint, float min_score) {
    const Keypoint& keypoint = pose.at(joint);
    return is_reliable(keypoint, min_score) ? std::optional(place_of(keypoint)) : std::nullopt;
}

double distance(cv::Point2d a, cv::Point2d b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

std::optional<Head> find_head(const Pose& pose, float min_score,
                              const std::optional<BodyFrame>& body) {
    const auto left = keypoint_at(pose, Joint::kLeftShoulder, min_score);
    const auto right = keypoint_at(pose, Joint::kRightShoulder, min_score);
    const auto nose = keypoint_at(pose, Joint::kNose, min_score);
    const auto left_eye = keypoint_at(pose, Joint::kLeftEye, min_score);
    const auto right_eye = keypoint_at(pose, Joint::kRightEye, min_score);
    const auto left_ear = keypoint_at(pose, Joint::kLeftEar, min_score);
    const auto right_ear = keypoint_at(pose, Joint::kRightEar, min_score);
    const bool both_eyes = left_eye && right_eye;
    const bool both_ears = left_ear && right_ear;
    if (!left || !right || (!nose && !both_eyes && !both_ears)) {
        return std::nullopt;
    }
    Head head;
    head.nose = nose        ? *nose
                : both_ears ? (*left_ear + *right_ear) / 2
                            : (*left_eye + *right_eye) / 2;
    const cv::Point2d middle = (*left + *right) / 2;
    const double reach = distance(head.nose, middle);
    if (reach < 1.0) {
        return std::nullopt;
    }
    head.up = (head.nose - middle) / reach;
    const double shoulders = distance(*left, *right);
    // Seen from the side both eyes, both ears and both shoulders coincide, faces stay wide.
    double width = kLeastFace * (body ? body->unit : shoulders);
    if (both_eyes) {
        width = std::max(width, kFaceOfEyes * distance(*left_eye, *right_eye));
    }
    if (both_ears) {
        width = std::max(width, distance(*left_ear, *right_ear));
    }
    // A face is never wider than its distance to the shoulder line: a guard against stray points.
    head.half_width = std::min(width, reach) / 2;
    head.eyes = both_eyes ? (*left_eye + *right_eye) / 2
                          : head.nose + head.up * (kEyesAboveNose * head.half_width);
    head.middle = middle;
    head.pit = middle + head.up * std::min(kPitAbove * shoulders, reach / 2);
    return head;
}

}  // namespace

double OwnClothes::at(double across) const {
    const double place = std::clamp((across + kReach) / (2 * kReach), 0.0, 1.0) * (kColumns - 1);
    const auto i = std::min(static_cast<std::size_t>(place), kColumns - 2);
    const double share = place - static_cast<double>(i);
    return waist[i] + (waist[i + 1] - waist[i]) * share;
}

Wearer::Wearer(const Pose& posed, float least_score)
    : pose(posed),
      min_score(least_score),
      body(body_frame(posed, least_score)),
      head(find_head(posed, least_score, body)) {}

}  // namespace closet
