#include "warp/old_clothes/sample_clothes.h"

#include <algorithm>

#include "core/curve.h"
#include "warp/mesh/curve.h"
#include "warp/occlusion/colors.h"
#include "warp/occlusion/head.h"

namespace closet::old_clothes {
namespace {

constexpr std::uint8_t kPerson = 128;  ///< of the mask, from here on it is the person
/// Samples. The chest below a low neckline.
constexpr double kChestHalf = 0.3, kChestFrom = 0.32, kChestTo = 0.95, kSampleStep = 0.04;
constexpr double kFaceShare = 0.6;  ///< of the half width: without beard, hair and ground
constexpr double kThighFrom = 0.35, kThighTo = 0.8, kLimbHalf = 0.06;
/// A forearm differs from the face by its light only, else it is a sleeve; Lab units.
constexpr float kSkinLuma = 0.3F;  ///< weight of lightness
constexpr float kLikeFace = 12.0F * occlusion::kLevelsOfLab;

cv::Point2d place_of(const Keypoint& point) {
    return {point.x, point.y};
}

}  // namespace

std::optional<cv::Point> pixel_at(const occlusion::HalfView& view, cv::Point2d p) {
    const double i = (p.x - view.where.x) / 2;
    const double j = (p.y - view.where.y) / 2;
    if (!(i >= 0 && j >= 0 && i < view.colors.cols && j < view.colors.rows)) {
        return std::nullopt;
    }
    return cv::Point(static_cast<int>(i), static_cast<int>(j));
}

bool sample_clothes(const occlusion::HalfView& view, const Pose& pose, const BodyFrame& body,
                    float min_score, ClothColors& colors) {
    const auto head = occlusion::find_head(pose, min_score);
    if (!head) {
        return false;
    }
    const auto person_color = [&](cv::Point2d p) -> std::optional<cv::Vec3b> {
        const auto at = pixel_at(view, p);
        if (!at || view.person.at<std::uint8_t>(*at) < kPerson) {
            return std::nullopt;
        }
        return view.colors.at<cv::Vec3b>(*at);
    };
    const auto add = [&](Part part, cv::Point2d p) {
        if (const auto color = person_color(p)) {
            colors.add(part, *color);
        }
    };
    for (double v = kChestFrom; v <= kChestTo; v += kSampleStep) {
        for (double u = -kChestHalf; u <= kChestHalf; u += kSampleStep) {
            add(Part::kCloth, body.spine(v) + body.across * (u * body.unit));
        }
    }
    occlusion::MedianColor face;
    const double radius = kFaceShare * head->half_width;
    const double step = std::max(radius / 8, 2.0);
    for (double y = -radius; y <= radius; y += step) {
        for (double x = -radius; x <= radius; x += step) {
            if (x * x + y * y > radius * radius) {
                continue;
            }
            if (const auto color = person_color(head->nose + cv::Point2d(x, y))) {
                colors.add(Part::kSkin, *color);
                face.add(*color);
            }
        }
    }
    const cv::Vec3b skin = face.median();
    const auto along = [&](Joint a, Joint b, double from, double to, const auto& use) {
        if (!is_reliable(pose.at(a), min_score) || !is_reliable(pose.at(b), min_score)) {
            return;
        }
        const cv::Point2d start = place_of(pose.at(a));
        const cv::Point2d bone = place_of(pose.at(b)) - start;
        const cv::Point2d beside = unit_of(mesh::quarter_turn(bone), {1, 0}) * body.unit;
        constexpr int kSteps = 20;
        for (int i = 0; i <= kSteps; ++i) {
            for (const double u : {-kLimbHalf, -kLimbHalf / 2, 0.0, kLimbHalf / 2, kLimbHalf}) {
                use(start + bone * mesh::mix(from, to, static_cast<double>(i) / kSteps) +
                    beside * u);
            }
        }
    };
    const auto is_like_face = [&](cv::Vec3b color) {
        return occlusion::squared_distance(color, skin, occlusion::luma_weight(kSkinLuma)) <
               kLikeFace * kLikeFace;
    };
    const auto add_skin = [&](cv::Point2d p) {
        const auto color = person_color(p);
        if (color && is_like_face(*color)) {
            colors.add(Part::kSkin, *color);
        }
    };
    const auto add_sleeve = [&](cv::Point2d p) {
        const auto color = person_color(p);
        if (color && !is_like_face(*color)) {
            colors.add(Part::kCloth, *color);
        }
    };
    const auto add_trousers = [&](cv::Point2d p) { add(Part::kTrousers, p); };
    along(Joint::kLeftElbow, Joint::kLeftWrist, 0.2, 1.1, add_skin);
    along(Joint::kRightElbow, Joint::kRightWrist, 0.2, 1.1, add_skin);
    along(Joint::kLeftShoulder, Joint::kLeftElbow, 0.5, 1.0, add_skin);
    along(Joint::kRightShoulder, Joint::kRightElbow, 0.5, 1.0, add_skin);
    along(Joint::kLeftShoulder, Joint::kLeftElbow, 0.05, 0.3, add_sleeve);
    along(Joint::kRightShoulder, Joint::kRightElbow, 0.05, 0.3, add_sleeve);
    along(Joint::kLeftHip, Joint::kLeftKnee, kThighFrom, kThighTo, add_trousers);
    along(Joint::kRightHip, Joint::kRightKnee, kThighFrom, kThighTo, add_trousers);
    return true;
}

}  // namespace closet::old_clothes
