#include "warp/old_clothes/cloth_colors.h"

#include <algorithm>

#include "warp/occlusion/colors.h"

namespace closet::old_clothes {
namespace {

/// Bins below this density, of a part's samples after blurring, are colours that were not seen:
/// found on photographs, where folds and seams still lie above it.
constexpr float kSeen = 2e-4F;
/// How many times more typical than of another part a colour is clearly and surely not of that.
constexpr float kClearly = 1.25F, kSurely = 4.0F;
/// Clothes this near to the face's colour are skin or cannot be told from it. Half of what
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

}  // namespace closet::old_clothes
