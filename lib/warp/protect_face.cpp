#include "warp/protect_face.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <opencv2/core.hpp>

namespace closet {
namespace {

// Shapes in half face widths, found on photographs (`fr` of the mesh study's face ellipse).
constexpr double kFaceAcross = 0.95;
constexpr double kFaceAlong = 1.35;
constexpr double kFaceAbove = 0.25;    ///< from the nose up to the ellipse's centre
constexpr double kThroatTop = 0.68;    ///< half width under the chin
constexpr double kThroatBottom = 0.5;  ///< half width at the pit of the neck
/// The pit of the neck lies this far above the line between the shoulder joints, and a face is at
/// least this wide, in shoulder widths.
constexpr double kPitAbove = 0.16;
constexpr double kLeastFace = 0.36;
/// Faces are about this many eye distances wide (canthi to tragi of frontal faces).
constexpr double kFaceOfEyes = 2.2;
/// Half width of the soft edge, in half face widths; at least half a pixel.
constexpr double kSoft = 0.05;

struct Head {
    cv::Point2d nose, up;   ///< `up` is a unit vector from the shoulders to the head
    cv::Point2d pit;        ///< of the neck
    double half_width = 0;  ///< of the face, pixels
};

std::optional<cv::Point2d> point(const Pose& pose, Joint joint, float min_score) {
    const Keypoint& keypoint = pose.at(joint);
    if (keypoint.score < min_score || !std::isfinite(keypoint.x) || !std::isfinite(keypoint.y)) {
        return std::nullopt;
    }
    return cv::Point2d(keypoint.x, keypoint.y);
}

double distance(cv::Point2d a, cv::Point2d b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

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
    double width = kLeastFace * shoulders;
    if (both_eyes) {
        width = std::max(width, kFaceOfEyes * distance(*left_eye, *right_eye));
    }
    if (both_ears) {
        width = std::max(width, distance(*left_ear, *right_ear));
    }
    // A face is never wider than its distance to the shoulder line: a guard against stray points.
    head.half_width = std::min(width, reach) / 2;
    head.pit = middle + head.up * std::min(kPitAbove * shoulders, reach / 2);
    return head;
}

/// How far (x, y) is outside of face and throat, in pixels; negative inside.
double distance_outside(const Head& head, cv::Point2d p) {
    const double r = head.half_width;
    const cv::Point2d from_centre = p - (head.nose + head.up * (kFaceAbove * r));
    const double along = from_centre.dot(head.up) / (kFaceAlong * r);
    const double across = from_centre.cross(head.up) / (kFaceAcross * r);
    const double face = (std::hypot(along, across) - 1.0) * kFaceAcross * r;

    // A capsule from the nose to the pit whose radius shrinks; its round end lies at the pit.
    const double end_radius = kThroatBottom * r;
    const cv::Point2d axis = head.pit + head.up * end_radius - head.nose;
    const double squared = axis.dot(axis);
    const double t = squared > 0 ? std::clamp((p - head.nose).dot(axis) / squared, 0.0, 1.0) : 0.0;
    const double radius = kThroatTop * r + (end_radius - kThroatTop * r) * t;
    const double throat = distance(p, head.nose + axis * t) - radius;
    return std::min(face, throat);
}

}  // namespace

void protect_face(Patch& patch, const Pose& pose, float min_score) {
    const auto head = find_head(pose, min_score);
    if (!head) {
        return;
    }
    const double soft = std::max(kSoft * head->half_width, 0.5);
    const double reach =
        (kFaceAlong + kFaceAbove) * head->half_width + distance(head->nose, head->pit) + soft + 1;
    const cv::Rect2d near(head->nose.x - reach, head->nose.y - reach, 2 * reach, 2 * reach);
    const cv::Rect2d box = near & cv::Rect2d(patch.where);
    for (int y = static_cast<int>(box.y); y < box.y + box.height; ++y) {
        auto* row = patch.rgba.ptr<cv::Vec4b>(y - patch.where.y);
        for (int x = static_cast<int>(box.x); x < box.x + box.width; ++x) {
            std::uint8_t& alpha = row[x - patch.where.x][3];
            if (alpha != 0) {
                const double outside = distance_outside(*head, cv::Point2d(x, y));
                const double keep = std::clamp(0.5 + 0.5 * outside / soft, 0.0, 1.0);
                alpha = static_cast<std::uint8_t>(std::lround(alpha * keep));
            }
        }
    }
}

}  // namespace closet
