#include "interpolate/trunk.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core/types.hpp>

namespace closet {
namespace {

/// Of the trunk's length: half of how far shoulders are apart that are seen from the front.
constexpr double kBroad = 0.3;

constexpr double kLargestScale = 2.0;

cv::Point2d point(const Pose& pose, Joint joint) {
    return {pose.at(joint).x, pose.at(joint).y};
}

cv::Point2d center(const Pose& pose) {
    cv::Point2d sum;
    for (const Joint joint : kTrunk) {
        sum += point(pose, joint);
    }
    return sum / static_cast<double>(kTrunk.size());
}

}  // namespace

double body_scale(const Pose& pose) {
    const double side = std::max(pose.box.width, pose.box.height);
    return std::max({1.0, static_cast<double>(torso_length(pose)), side / 4.0});
}

cv::Matx23d trunk_motion(const Pose& from, const Pose& to) {
    const cv::Point2d a = center(from);
    const cv::Point2d b = center(to);
    // Least squares of a complex factor c with (to - b) = c (from - a).
    double real = 0, imaginary = 0, spread = 0;
    for (const Joint joint : kTrunk) {
        const cv::Point2d p = point(from, joint) - a;
        const cv::Point2d q = point(to, joint) - b;
        real += p.dot(q);
        imaginary += p.cross(q);
        spread += p.dot(p);
    }
    double cosine = 1, sine = 0;
    const double scale = spread > 0 ? std::hypot(real, imaginary) / spread : 0;
    if (scale >= 1 / kLargestScale && scale <= kLargestScale) {
        cosine = real / spread;
        sine = imaginary / spread;
    }
    return {cosine, -sine,  b.x - cosine * a.x + sine * a.y,
            sine,   cosine, b.y - sine * a.x - cosine * a.y};
}

bool sides_exchanged(const Pose& a, const Pose& b) {
    const auto across = [](const Pose& pose, Joint left, Joint right) {
        return cv::Point2f(pose.at(left).x - pose.at(right).x, pose.at(left).y - pose.at(right).y);
    };
    const auto shoulders = [&](const Pose& pose) {
        return across(pose, Joint::kLeftShoulder, Joint::kRightShoulder);
    };
    const auto hips = [&](const Pose& pose) {
        return across(pose, Joint::kLeftHip, Joint::kRightHip);
    };
    return shoulders(a).dot(shoulders(b)) < 0 && hips(a).dot(hips(b)) < 0 &&
           cv::norm(shoulders(a)) > kBroad * body_scale(a) &&
           cv::norm(shoulders(b)) > kBroad * body_scale(b);
}

std::vector<Keypoint> between_exchanged(const Pose& a, const Pose& b, double share) {
    const bool near_a = share <= 0.5;
    std::vector<Keypoint> points = near_a ? a.keypoints : b.keypoints;
    std::vector<Keypoint> farther = near_a ? b.keypoints : a.keypoints;
    exchange_sides(farther, a.skeleton);
    const auto of_farther = static_cast<float>(near_a ? share : 1 - share);
    for (std::size_t i = 0; i < points.size(); ++i) {
        Keypoint& point = points[i];
        point.x += of_farther * (farther[i].x - point.x);
        point.y += of_farther * (farther[i].y - point.y);
        point.z += of_farther * (farther[i].z - point.z);
        point.score += of_farther * (farther[i].score - point.score);
    }
    return points;
}

std::shared_ptr<const PersonMask> moved_mask(const Pose& key, const Pose& pose) {
    if (!key.mask) {
        return nullptr;
    }
    const cv::Matx23d key_from_pose = trunk_motion(pose, key);
    const cv::Matx33d motion(key_from_pose(0, 0), key_from_pose(0, 1), key_from_pose(0, 2),
                             key_from_pose(1, 0), key_from_pose(1, 1), key_from_pose(1, 2), 0, 0,
                             1);
    return std::make_shared<PersonMask>(
        PersonMask{key.mask->probability, key.mask->mask_from_shown * motion});
}

}  // namespace closet
