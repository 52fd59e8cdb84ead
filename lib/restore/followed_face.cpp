#include "restore/followed_face.h"

#include <cmath>

#include <opencv2/core.hpp>

#include "core/picture_geometry.h"
#include "infer/faces/face.h"

namespace closet {
namespace {

FacePoints template_in_picture(const AlignedFace& face) {
    const cv::Matx23d back = inverse(face.square_from_picture);
    FacePoints points;
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = apply(back, AlignedFace::kPoints[i]);
    }
    return points;
}

double distance_of_eyes(const FacePoints& points) {
    return cv::norm(points[0] - points[1]);
}

/// Moves `smoothed` towards what was measured.
void approach(FacePoints& smoothed, const FacePoints& measured, double passed_s) {
    const double rest = std::exp(-passed_s / FollowedFace::kSmoothS);
    const double slack = FollowedFace::kSlack * distance_of_eyes(measured);
    for (std::size_t i = 0; i < smoothed.size(); ++i) {
        const cv::Point2d behind = rest * cv::Point2d(smoothed[i] - measured[i]);
        const double distance = cv::norm(behind);
        const double kept = distance > slack ? slack / distance : 1;
        smoothed[i] = measured[i] + cv::Point2f(behind * kept);
    }
}

}  // namespace

void FollowedFace::update(const FacePoints* seen, cv::Point2d head, double passed_s) {
    const auto measured = seen != nullptr ? align(*seen) : std::nullopt;
    if (measured) {
        const FacePoints points = template_in_picture(*measured);
        if (aligned_) {
            approach(points_, points, passed_s);
        } else {
            points_ = points;
        }
        unseen_s_ = 0;
    } else {
        for (cv::Point2f& point : points_) {
            point += cv::Point2f(head - head_);
        }
        unseen_s_ += passed_s;
    }
    head_ = head;
    if (measured || aligned_) {
        aligned_ = AlignedFace{best_similarity(points_, AlignedFace::kPoints)};
    }
}

double FollowedFace::eye_distance_px() const {
    return aligned_ ? distance_of_eyes(points_) : 0;
}

}  // namespace closet
