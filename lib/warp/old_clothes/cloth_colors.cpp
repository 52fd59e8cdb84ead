#include "warp/old_clothes/cloth_colors.h"

#include <algorithm>

#include "core/curve.h"
#include "warp/mesh/curve.h"
#include "warp/occlusion/half_view.h"

namespace closet::old_clothes {
namespace {

/// Bins below this density, of a part's samples after blurring, are colors that were not seen:
/// found on photographs, where folds and seams still lie above it.
constexpr float kSeen = 2e-4F;
/// How many times more typical than of another part a color is clearly and surely not of that.
constexpr float kClearly = 1.25F, kSurely = 4.0F;
/// Clothes this near to the face's color are skin or cannot be told from it. Half of what
/// occlusion asks of an arm: these are medians of large areas.
constexpr float kLikeSkin = 6.0F * occlusion::kLevelsOfLab;
/// Of lightness beside chroma: a chest is lit otherwise than a face.
constexpr float kLumaShare = 0.3F;

cv::Vec3b median_of(const std::vector<cv::Vec3b>& colors) {
    occlusion::MedianColor median;
    for (const cv::Vec3b& color : colors) {
        median.add(color);
    }
    return median.median();
}

/// 1 2 1 along one axis of a histogram.
void blur_axis(std::vector<float>& h, std::size_t length, std::size_t stride) {
    const std::size_t block = length * stride;
    for (std::size_t start = 0; start < h.size(); start += block) {
        for (std::size_t k = 0; k < stride; ++k) {
            float before = h[start + k];
            for (std::size_t i = 0; i < length; ++i) {
                float& at = h[start + k + i * stride];
                const float after = i + 1 < length ? h[start + k + (i + 1) * stride] : at;
                const float own = at;
                at = 0.25F * (before + after) + 0.5F * own;
                before = own;
            }
        }
    }
}

/// What is sampled, in shoulder widths: the chest below a low neckline.
constexpr double kChestHalf = 0.3, kChestFrom = 0.32, kChestTo = 0.95, kSampleStep = 0.04;
constexpr double kFaceShare = 0.6;  ///< of the half width: without beard, hair and ground
constexpr double kThighFrom = 0.35, kThighTo = 0.8, kLimbHalf = 0.06;
/// A forearm differs from the face by its light only, else it is a sleeve; Lab units.
constexpr float kSkinLuma = 0.3F;  ///< weight of lightness
constexpr float kLikeFace = 12.0F * occlusion::kLevelsOfLab;

}  // namespace

std::size_t ClothColors::bin(cv::Vec3b color) {
    // Chroma beyond 64 .. 191 is rare and far from skin and jeans alike.
    const auto chroma = [](std::uint8_t value) {
        return static_cast<std::size_t>(std::clamp((value - 64) / 4, 0, 31));
    };
    return (color[0] / 16U * kChromaBins + chroma(color[1])) * kChromaBins + chroma(color[2]);
}

void ClothColors::blur(std::vector<float>& histogram) {
    for (int round = 0; round < 2; ++round) {
        blur_axis(histogram, kChromaBins, 1);
        blur_axis(histogram, kChromaBins, kChromaBins);
        blur_axis(histogram, kLumaBins, kChromaBins * kChromaBins);
    }
}

void ClothColors::learn(float share) {
    const auto& cloth = samples(Part::kCloth);
    const auto& skin = samples(Part::kSkin);
    if (cloth.size() >= kLeastSamples && skin.size() >= kLeastSamples) {
        std::array<std::vector<float>, kParts> blurred;
        for (std::size_t part = 0; part < kParts; ++part) {
            std::vector<float>& histogram = histograms_[part];
            const std::vector<cv::Vec3b>& colors = samples_[part];
            histogram.resize(kBins);
            for (float& density : histogram) {
                density *= 1.0F - share;
            }
            if (colors.size() >= kLeastSamples) {
                for (const cv::Vec3b& color : colors) {
                    histogram[bin(color)] += share / static_cast<float>(colors.size());
                }
            }
            blurred[part] = histogram;
            blur(blurred[part]);
        }
        for (std::size_t i = 0; i < kBins; ++i) {
            const float own = blurred[0][i];
            told_[i] = static_cast<std::uint8_t>(
                (own > std::max(kClearly * blurred[1][i], kSeen) ? kFromSkin : 0) |
                (own > std::max(kClearly * blurred[2][i], kSeen) ? kFromTrousers : 0) |
                (own > std::max(kSurely * blurred[1][i], kSeen) ? kNoSkin : 0));
        }
        const auto told = std::count_if(cloth.begin(), cloth.end(),
                                        [&](cv::Vec3b color) { return is_cloth(color); });
        const float own = static_cast<float>(told) / static_cast<float>(cloth.size());
        const bool alike =
            occlusion::squared_distance(median_of(cloth), median_of(skin),
                                        occlusion::luma_weight(kLumaShare)) < kLikeSkin * kLikeSkin;
        own_share_ += share * ((alike ? 0.0F : own) - own_share_);
    }
    for (std::vector<cv::Vec3b>& part : samples_) {
        part.clear();
    }
}

std::optional<cv::Point> pixel_at(const occlusion::HalfView& view, cv::Point2d p) {
    const double i = (p.x - view.where.x) / 2;
    const double j = (p.y - view.where.y) / 2;
    if (!(i >= 0 && j >= 0 && i < view.colors.cols && j < view.colors.rows)) {
        return std::nullopt;
    }
    return cv::Point(static_cast<int>(i), static_cast<int>(j));
}

bool sample_clothes(const occlusion::HalfView& view, const Wearer& wearer, ClothColors& colors) {
    if (!wearer.body || !wearer.head) {
        return false;
    }
    const Pose& pose = wearer.pose;
    const BodyFrame& body = *wearer.body;
    const Head& head = *wearer.head;
    const auto person_color = [&](cv::Point2d p) -> std::optional<cv::Vec3b> {
        const auto at = pixel_at(view, p);
        if (!at || view.person.at<std::uint8_t>(*at) < occlusion::kPerson) {
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
    const double radius = kFaceShare * head.half_width;
    const double step = std::max(radius / 8, 2.0);
    for (double y = -radius; y <= radius; y += step) {
        for (double x = -radius; x <= radius; x += step) {
            if (x * x + y * y > radius * radius) {
                continue;
            }
            if (const auto color = person_color(head.nose + cv::Point2d(x, y))) {
                colors.add(Part::kSkin, *color);
                face.add(*color);
            }
        }
    }
    const cv::Vec3b skin = face.median();
    const auto along = [&](Joint a, Joint b, double from, double to, const auto& use) {
        if (!is_reliable(pose.at(a), wearer.min_score) ||
            !is_reliable(pose.at(b), wearer.min_score)) {
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
