#include "interpolate/trunk.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core/types.hpp>

namespace closet {
namespace {

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
