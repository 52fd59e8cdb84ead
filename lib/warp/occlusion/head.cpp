#include "warp/occlusion/head.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <opencv2/core.hpp>

#include "core/body_frame.h"

namespace closet::occlusion {
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

std::optional<cv::Point2d> point(const Pose& pose, Joint joint, float min_score) {
    const Keypoint& keypoint = pose.at(joint);
    if (!is_reliable(keypoint, min_score)) {
        return std::nullopt;
    }
    return cv::Point2d(keypoint.x, keypoint.y);
}

double distance(cv::Point2d a, cv::Point2d b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

}  // namespace

std::optional<Head> find_head(const Pose& pose, float min_score) {
    const auto left = point(pose, Joint::kLeftShoulder, min_score);
    const auto right = point(pose, Joint::kRightShoulder, min_score);
    const auto nose = point(pose, Joint::kNose, min_score);
    const auto left_eye = point(pose, Joint::kLeftEye, min_score);
    const auto right_eye = point(pose, Joint::kRightEye, min_score);
    const auto left_ear = point(pose, Joint::kLeftEar, min_score);
    const auto right_ear = point(pose, Joint::kRightEar, min_score);
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
    const auto body = body_frame(pose, min_score);
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

}  // namespace closet::occlusion

namespace closet {
namespace {

// Shapes in half face widths, found on photographs (`fr` of the mesh study's face ellipse).
constexpr double kFaceAcross = 1.0;
constexpr double kFaceAlong = 1.35;
constexpr double kFaceAbove = 0.25;     ///< from the nose up to the ellipse's centre
constexpr double kThroatTop = 0.76;     ///< half width under the chin
constexpr double kThroatBottom = 0.62;  ///< half width at the pit of the neck
/// Half width of the soft edge, in half face widths; at least half a pixel.
constexpr double kSoft = 0.05;

/// How far above the shoulders' middle a nose is at least, in shoulder widths; upright it is 0.5 to
/// 0.7. Nearer ones were a network's guess at hidden or pixelated faces: they cut holes into
/// chests.
constexpr double kLeastNose = 0.3;

bool is_sunken(const occlusion::Head& head, const Pose& pose) {
    const Keypoint& left = pose.at(Joint::kLeftShoulder);
    const Keypoint& right = pose.at(Joint::kRightShoulder);
    const double shoulders = std::hypot(left.x - right.x, left.y - right.y);
    // `up` leans with the head, so it must not be asked how high the head is.
    const cv::Point2d across(left.x - right.x, left.y - right.y);
    const cv::Point2d nose = head.nose - head.middle;
    return std::abs(across.cross(nose)) < kLeastNose * shoulders * shoulders;
}

/// Face and throat in single precision, with what is the same for all pixels worked out once.
class FaceAndThroat {
  public:
    FaceAndThroat(const occlusion::Head& head, bool throat)
        : up_(head.up), nose_(head.nose), has_throat_(throat) {
        const auto r = static_cast<float>(head.half_width);
        const cv::Point2d end = head.pit + head.up * (kThroatBottom * head.half_width);
        centre_ = nose_ + up_ * (static_cast<float>(kFaceAbove) * r);
        across_ = static_cast<float>(kFaceAcross) * r;
        along_ = static_cast<float>(kFaceAlong) * r;
        // The throat is a capsule whose radius shrinks; its round end touches the pit of the neck.
        axis_ = cv::Point2f(end - head.nose);
        const float squared = axis_.dot(axis_);
        per_length_ = squared > 0 ? 1.0F / squared : 0.0F;
        top_radius_ = static_cast<float>(kThroatTop) * r;
        shrinking_ = static_cast<float>(kThroatTop - kThroatBottom) * r;
    }

    /// How far p is outside, in pixels; negative inside.
    float distance_outside(cv::Point2f p) const {
        const cv::Point2f from_centre = p - centre_;
        const float along = from_centre.dot(up_) / along_;
        const float across = (from_centre.x * up_.y - from_centre.y * up_.x) / across_;
        const float face = (std::sqrt(along * along + across * across) - 1.0F) * across_;
        if (!has_throat_) {
            return face;
        }
        const cv::Point2f from_nose = p - nose_;
        const float t = std::clamp(from_nose.dot(axis_) * per_length_, 0.0F, 1.0F);
        const cv::Point2f off = from_nose - axis_ * t;
        const float throat = std::sqrt(off.dot(off)) - (top_radius_ - shrinking_ * t);
        return std::min(face, throat);
    }

  private:
    cv::Point2f up_, nose_, centre_, axis_;
    float across_, along_, per_length_, top_radius_, shrinking_;
    bool has_throat_;
};

}  // namespace

void protect_face(Patch& patch, const Pose& pose, float min_score, bool throat) {
    const auto head = occlusion::find_head(pose, min_score);
    if (!head || (!throat && is_sunken(*head, pose))) {
        return;
    }
    const FaceAndThroat shape(*head, throat);
    const double soft = std::max(kSoft * head->half_width, 0.5);
    const double around = (kFaceAlong + kFaceAbove) * head->half_width + soft + 1;
    const cv::Rect2d face(head->nose.x - around, head->nose.y - around, 2 * around, 2 * around);
    const cv::Rect2d pit(head->pit.x - around, head->pit.y - around, 2 * around, 2 * around);
    const cv::Rect2d box = (face | pit) & cv::Rect2d(patch.where);
    const float slope = static_cast<float>(0.5 / soft);
    for (int y = static_cast<int>(box.y); y < box.y + box.height; ++y) {
        auto* row = patch.rgba.ptr<cv::Vec4b>(y - patch.where.y);
        for (int x = static_cast<int>(box.x); x < box.x + box.width; ++x) {
            std::uint8_t& alpha = row[x - patch.where.x][3];
            const float outside =
                shape.distance_outside({static_cast<float>(x), static_cast<float>(y)});
            const float keep = std::clamp(0.5F + slope * outside, 0.0F, 1.0F);
            alpha = static_cast<std::uint8_t>(static_cast<float>(alpha) * keep + 0.5F);
        }
    }
}

}  // namespace closet
