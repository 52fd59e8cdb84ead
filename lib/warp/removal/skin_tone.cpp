#include "warp/removal/skin_tone.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/occlusion/half_view.h"
#include "warp/removal/percentile.h"
#include "warp/removal/push_pull.h"

namespace closet::removal {
namespace {

constexpr std::size_t kAcross = SkinTone::kAcross;
constexpr int kToneSkin = 204;  ///< of 255
/// Pixels that a tone is learned from, of a square shoulder width.
constexpr double kToneShare = 0.004;
constexpr int kLeastTone = 16;
/// A bare limb's light where none is seen: a cylinder, levels.
constexpr float kCylinder = -23.0F, kCylinderMiddle = 6.0F;
constexpr std::size_t kLightSeen = 5;  ///< of the bins across
/// Beyond, what is seen is not this skin in another light.
constexpr float kMostLuma = 36.0F, kMostChroma = 14.0F;
constexpr double kMeetWidths = 0.09;
constexpr float kInnerTone = 0.75F;  ///< radii: farther out chroma is the ground's as well
constexpr float kOnLimb = 0.95F;     ///< radii
constexpr float kLimbGrain = 1.5F;   ///< levels

constexpr float center_of(std::size_t bin) {
    return -0.9F + 1.8F * static_cast<float>(bin) / (kAcross - 1);
}

/// Luma across the limb, each bin's pixels; `own` becomes the tone of the middle.
using LumaBins = std::array<std::vector<float>, kAcross>;

LumaBins read_luma(const GridView& view, const LimbPart& limb, occlusion::MedianColor& own) {
    const cv::Mat skin = view.classes->of(Surface::kSkin)(limb.part);
    LumaBins luma;
    for (int y = 0; y < skin.rows; ++y) {
        for (int x = 0; x < skin.cols; ++x) {
            const float u = limb.across(y, x);
            if (skin.at<std::uint8_t>(y, x) < kToneSkin || std::abs(u) > kOnLimb ||
                limb.is_limb(y, x) == 0) {
                continue;
            }
            const cv::Vec3b& color = view.colors().at<cv::Vec3b>(limb.part.y + y, limb.part.x + x);
            if (std::abs(u) < kInnerTone) {
                own.add(color);
            }
            const int bin = cvRound((u + 0.9F) / 1.8F * (kAcross - 1));
            luma[static_cast<std::size_t>(std::clamp(bin, 0, int{kAcross} - 1))].push_back(
                color[0]);
        }
    }
    return luma;
}

/// The light across the limb: as it is seen, between and beyond it as near as it is seen; a
/// cylinder's where it is not.
void set_light(LumaBins& luma, SkinTone& tone) {
    std::array<float, kAcross> seen{};
    std::vector<std::size_t> good;
    for (std::size_t i = 0; i < kAcross; ++i) {
        if (luma[i].size() >= 6) {
            seen[i] = static_cast<float>(percentile(luma[i], 0.5)) - tone.middle[0];
            good.push_back(i);
        }
    }
    for (std::size_t i = 0; i < kAcross; ++i) {
        const float u = center_of(i);
        tone.light[i] = kCylinder * u * u + kCylinderMiddle;
        if (good.size() < kLightSeen) {
            continue;
        }
        const auto after = std::lower_bound(good.begin(), good.end(), i);
        if (after == good.end()) {
            tone.light[i] = seen[good.back()];
        } else if (*after == i || after == good.begin()) {
            tone.light[i] = seen[*after];
        } else {
            const std::size_t a = *std::prev(after);
            const float t = static_cast<float>(i - a) / static_cast<float>(*after - a);
            tone.light[i] = seen[a] + t * (seen[*after] - seen[a]);
        }
    }
}

}  // namespace

int least_skin_pixels(double unit) {
    return std::max(kLeastTone, static_cast<int>(kToneShare * unit * unit));
}

std::optional<cv::Vec3f> tone_of_all_skin(const GridView& view) {
    occlusion::MedianColor skin;
    const cv::Mat& chance = view.classes->of(Surface::kSkin);
    for (int y = 0; y < chance.rows; y += 2) {
        for (int x = y / 2 % 2; x < chance.cols; x += 2) {
            if (chance.at<std::uint8_t>(y, x) >= kToneSkin) {
                skin.add(view.colors().at<cv::Vec3b>(y, x));
            }
        }
    }
    if (skin.count() < least_skin_pixels(view.unit) / 2) {
        return std::nullopt;
    }
    return cv::Vec3f(skin.median());
}

cv::Vec3f SkinTone::at(float across) const {
    const float u = std::clamp(across, -1.0F, 1.0F);
    const float bin = std::clamp((u + 0.9F) / 1.8F, 0.0F, 1.0F) * (kAcross - 1);
    const auto i = std::min(static_cast<std::size_t>(bin), kAcross - 2);
    const float t = bin - static_cast<float>(i);
    cv::Vec3f color = middle;
    color[0] += light[i] + t * (light[i + 1] - light[i]);
    return color;
}

void SkinTone::follow(const SkinTone& now, float share) {
    middle += (now.middle - middle) * share;
    for (std::size_t i = 0; i < kAcross; ++i) {
        light[i] += (now.light[i] - light[i]) * share;
    }
}

std::optional<SkinTone> read_tone(const GridView& view, const LimbPart& limb,
                                  const std::optional<cv::Vec3f>& all_skin) {
    occlusion::MedianColor own;
    LumaBins luma = read_luma(view, limb, own);
    SkinTone tone;
    if (own.count() >= least_skin_pixels(view.unit)) {
        tone.middle = own.median();
    } else if (all_skin) {
        tone.middle = *all_skin;
        luma = {};
    } else {
        return std::nullopt;
    }
    set_light(luma, tone);
    return tone;
}

void paint_skin(const GridView& view, const LimbPart& limb, const SkinTone& tone,
                cv::Mat3f& colors) {
    const cv::Rect& part = limb.part;
    const cv::Mat skin = view.classes->of(Surface::kSkin)(part);
    colors.create(part.size());
    cv::Mat3f off(part.size(), cv::Vec3f::all(0));
    cv::Mat1f weight(part.size(), 0.0F);
    bool any = false;
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            colors(y, x) = tone.at(limb.across(y, x));
            if (skin.at<std::uint8_t>(y, x) >= kToneSkin &&
                std::abs(limb.across(y, x)) < kInnerTone) {
                off(y, x) =
                    cv::Vec3f(view.colors().at<cv::Vec3b>(part.y + y, part.x + x)) - colors(y, x);
                weight(y, x) = 1;
                any = true;
            }
        }
    }
    if (any) {
        push_pull(off, weight);
        const int window = 2 * view.px(kMeetWidths) / 2 + 1;
        cv::blur(off, off, {window, window}, {-1, -1}, cv::BORDER_REPLICATE);
    }
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            cv::Vec3f& color = colors(y, x);
            color[0] += std::clamp(off(y, x)[0], -kMostLuma, kMostLuma) +
                        kLimbGrain * grain_at(part.x + x, part.y + y);
            color[1] += std::clamp(off(y, x)[1], -kMostChroma, kMostChroma);
            color[2] += std::clamp(off(y, x)[2], -kMostChroma, kMostChroma);
        }
    }
}

}  // namespace closet::removal
