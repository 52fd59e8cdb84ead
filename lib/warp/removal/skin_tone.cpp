#include "warp/removal/skin_tone.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/occlusion/half_view.h"
#include "warp/removal/percentile.h"
#include "warp/removal/skin_grain.h"

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
/// Skin is blotched: levels, and sizes in shoulder widths. A bone is about 0.85 of them long, a
/// radius 0.12.
constexpr float kCoarse = 1.6F, kFine = 1.2F, kCoarseWidths = 0.11F, kFineWidths = 0.022F;
constexpr float kBone = 0.85F, kRadius = 0.12F;
/// Beside and under the garment less light comes in: levels, and how far, shoulder widths.
constexpr float kShade = 15.0F;
constexpr double kShadeWidths = 0.06;
constexpr double kCuffShade = 0.024;  ///< beside old cloth, as Regions paints it, shoulder widths
/// Cloth that hides a limb tells from which side light comes: of the skin's own levels, at most.
constexpr float kMostSideLight = 16.0F, kLeastCloth = 40.0F;
constexpr int kClothOnLimb = 128, kLeastOfBin = 12;
constexpr float kAtLevel = 0.12F;  ///< bones: what is seen tells what is so near
constexpr float kNearSkin = 4.0F;  ///< a share of 1/4 of skin around is near it

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

/// How much lighter one side of the cloth on a limb is than the other, as shares of its luma; of
/// each bin. All 0 where too little of it is seen, or where it is too dark to tell.
std::array<float, kAcross> side_light(const GridView& view, const LimbPart& limb, Surface cloth) {
    const cv::Mat chance = view.classes->of(cloth)(limb.part);
    LumaBins luma;
    for (int y = 0; y < chance.rows; y += 2) {
        for (int x = 0; x < chance.cols; x += 2) {
            const float u = limb.across(y, x);
            if (chance.at<std::uint8_t>(y, x) > kClothOnLimb && std::abs(u) < kOnLimb) {
                const auto bin = static_cast<std::size_t>((u + 1) / 2 * kAcross);
                luma[std::min(bin, kAcross - 1)].push_back(
                    view.colors().at<cv::Vec3b>(limb.part.y + y, limb.part.x + x)[0]);
            }
        }
    }
    std::array<float, kAcross> light{};
    float mean = 0;
    for (std::size_t i = 1; i + 1 < kAcross; ++i) {
        if (luma[i].size() < kLeastOfBin) {
            return {};
        }
        light[i] = static_cast<float>(percentile(luma[i], 0.5));
        mean += light[i] / (kAcross - 2);
    }
    if (mean < kLeastCloth) {
        return {};
    }
    // At the edges cloth and ground mix.
    light.front() = light[1];
    light.back() = light[kAcross - 2];
    std::array<float, kAcross> odd{};
    for (std::size_t i = 0; i < kAcross; ++i) {
        odd[i] = (light[i] - light[kAcross - 1 - i]) / 2 / mean;
    }
    return odd;
}

/// The light across the limb: as it is seen, between and beyond it as near as it is seen; a
/// cylinder's, lit from a side, where it is not.
void set_light(LumaBins& luma, const std::array<float, kAcross>& side, SkinTone& tone) {
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
        tone.light[i] = kCylinder * u * u + kCylinderMiddle +
                        std::clamp(side[i] * tone.middle[0], -kMostSideLight, kMostSideLight);
        if (good.size() < kLightSeen) {
            continue;
        }
        tone.is_whole = true;
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

cv::Vec3f SkinTone::at(float along, float across) const {
    const float u = std::clamp(across, -1.0F, 1.0F);
    const float bin = std::clamp((u + 0.9F) / 1.8F, 0.0F, 1.0F) * (kAcross - 1);
    const auto i = std::min(static_cast<std::size_t>(bin), kAcross - 2);
    const float t = bin - static_cast<float>(i);
    cv::Vec3f color = middle;
    color[0] += light[i] + t * (light[i + 1] - light[i]);
    const float level = std::clamp(along / 2, 0.0F, 1.0F) * (kAlong - 1);
    const auto j = std::min(static_cast<std::size_t>(level), kAlong - 2);
    const float s = level - static_cast<float>(j);
    return color + off[j] * (1 - s) + off[j + 1] * s;
}

bool SkinTone::is_of(const cv::Vec3b& color) const {
    const cv::Vec3f from_middle = cv::Vec3f(color) - middle;
    return std::abs(from_middle[0]) < kMostLuma &&
           std::hypot(from_middle[1], from_middle[2]) < kMostChroma;
}

void SkinTone::follow(const SkinTone& now, float share) {
    is_whole = now.is_whole;
    middle += (now.middle - middle) * share;
    for (std::size_t i = 0; i < kAcross; ++i) {
        light[i] += (now.light[i] - light[i]) * share;
    }
    for (std::size_t i = 0; i < kAlong; ++i) {
        off[i] += (now.off[i] - off[i]) * share;
    }
}

namespace {

/// Surely skin, without specks, and not in the shade of the cloth on the limb.
cv::Mat sure_skin(const GridView& view, const LimbPart& limb, Surface cloth) {
    cv::Mat skin = view.classes->of(Surface::kSkin)(limb.part) >= kToneSkin;
    cv::morphologyEx(skin, skin, cv::MORPH_OPEN, cv::Mat::ones(3, 3, CV_8UC1));
    cv::Mat shaded = view.classes->of(cloth)(limb.part) > kClothOnLimb;
    shaded.setTo(0, cv::abs(limb.across) > kInnerTone);
    grow(shaded, view.px(kCuffShade) + 1);
    skin.setTo(0, shaded);
    return skin;
}

/// What the skin that is seen differs by from the tone, at each level and beyond where it is seen.
void set_off(const GridView& view, const LimbPart& limb, Surface cloth, SkinTone& tone) {
    const cv::Mat skin = sure_skin(view, limb, cloth);
    std::array<cv::Vec3f, SkinTone::kAlong> sums{};
    std::array<float, SkinTone::kAlong> counts{};
    for (int y = 0; y < skin.rows; ++y) {
        for (int x = 0; x < skin.cols; ++x) {
            const float u = limb.across(y, x), along = limb.along(y, x);
            if (skin.at<std::uint8_t>(y, x) != 0 && std::abs(u) < kInnerTone &&
                limb.is_limb(y, x) != 0) {
                const auto level = static_cast<std::size_t>(
                    std::lround(std::clamp(along / 2, 0.0F, 1.0F) * (SkinTone::kAlong - 1)));
                sums[level] +=
                    cv::Vec3f(view.colors().at<cv::Vec3b>(limb.part.y + y, limb.part.x + x)) -
                    tone.at(along, u);
                counts[level] += 1;
            }
        }
    }
    std::array<cv::Vec3f, SkinTone::kAlong> off{};
    for (std::size_t i = 0; i < off.size(); ++i) {
        cv::Vec3f sum(0, 0, 0);
        float all = static_cast<float>(least_skin_pixels(view.unit)) / 8;  // of no difference
        for (std::size_t j = 0; j < off.size(); ++j) {
            const float bones =
                2.0F * static_cast<float>(i > j ? i - j : j - i) / (SkinTone::kAlong - 1);
            const float weight = std::exp(-bones / kAtLevel);
            sum += sums[j] * weight;
            all += counts[j] * weight;
        }
        off[i] = sum * (1 / all);
        off[i][0] = std::clamp(off[i][0], -kMostLuma, kMostLuma);
        off[i][1] = std::clamp(off[i][1], -kMostChroma, kMostChroma);
        off[i][2] = std::clamp(off[i][2], -kMostChroma, kMostChroma);
    }
    tone.off = off;
}

}  // namespace

std::optional<SkinTone> read_tone(const GridView& view, const LimbPart& limb, Surface cloth,
                                  const std::optional<cv::Vec3f>& all_skin, const SkinTone* other) {
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
    set_light(luma, side_light(view, limb, cloth), tone);
    if (!tone.is_whole && other != nullptr && other->is_whole) {
        tone = *other;
        tone.is_whole = false;
    }
    set_off(view, limb, cloth, tone);
    return tone;
}

int reach_of_paint(const GridView& view) {
    return view.px(kMeetWidths) + 1;
}

void paint_skin(const GridView& view, const LimbPart& limb, const SkinTone& tone, Surface cloth,
                const cv::Mat& wanted, cv::Mat3f& colors) {
    const cv::Rect& part = limb.part;
    const cv::Mat skin = sure_skin(view, limb, cloth);
    colors.create(part.size());
    cv::Mat3f off(part.size(), cv::Vec3f::all(0));
    cv::Mat1f weight(part.size(), 0.0F);
    for (int y = 0; y < part.height; ++y) {
        const auto *is_skin = skin.ptr(y), *is_wanted = wanted.ptr(part.y + y) + part.x;
        const auto* seen = view.colors().ptr<cv::Vec3b>(part.y + y) + part.x;
        for (int x = 0; x < part.width; ++x) {
            const float across = limb.across(y, x);
            const bool is_inner = is_skin[x] != 0 && std::abs(across) < kInnerTone;
            if (is_inner || is_wanted[x] != 0) {
                colors(y, x) = tone.at(limb.along(y, x), across);
            }
            if (is_inner) {
                off(y, x) = cv::Vec3f(seen[x]) - colors(y, x);
                weight(y, x) = 1;
            }
        }
    }
    // What is near the skin that is seen meets it.
    const int window = 2 * view.px(kMeetWidths) / 2 + 1;
    cv::Mat1f near_skin;
    cv::blur(weight, near_skin, {window, window}, {-1, -1}, cv::BORDER_REPLICATE);
    cv::blur(off, off, {window, window}, {-1, -1}, cv::BORDER_REPLICATE);
    cv::Mat shade;
    const int shading = 2 * view.px(kShadeWidths) + 1;
    cv::blur(view.matte(part), shade, {shading, shading}, {-1, -1}, cv::BORDER_REPLICATE);
    for (int y = 0; y < part.height; ++y) {
        const auto* is_wanted = wanted.ptr(part.y + y) + part.x;
        for (int x = 0; x < part.width; ++x) {
            if (is_wanted[x] == 0) {
                continue;
            }
            cv::Vec3f& color = colors(y, x);
            const float share = near_skin(y, x);
            const float meets = std::min(kNearSkin * share, 1.0F) / std::max(share, 1e-3F);
            const float a = limb.along(y, x) * kBone, b = limb.across(y, x) * kRadius;
            const float blotch = kCoarse * blotch_at(a / kCoarseWidths, b / kCoarseWidths) +
                                 kFine * blotch_at(a / kFineWidths, b / kFineWidths);
            color[0] += std::clamp(meets * off(y, x)[0], -kMostLuma, kMostLuma) + blotch -
                        kShade * static_cast<float>(shade.at<std::uint8_t>(y, x)) / 255;
            color[1] += std::clamp(meets * off(y, x)[1], -kMostChroma, kMostChroma);
            color[2] += std::clamp(meets * off(y, x)[2], -kMostChroma, kMostChroma);
        }
    }
}

}  // namespace closet::removal
