#include "warp/paint/color_profile.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include <lcms2.h>
#include <opencv2/core.hpp>

namespace closet {
namespace {

/// Longer profiles are not taken.
constexpr std::size_t kMaxProfileBytes = 16U << 20U;
/// Levels of 8 bits by which a profile that means sRGB may differ from it.
constexpr int kSrgbTolerance = 2;

using Profile = std::unique_ptr<void, decltype([](void* profile) { cmsCloseProfile(profile); })>;

cmsUInt32Number format_of(int type, bool red_first) {
    const bool is_deep = CV_MAT_DEPTH(type) == CV_16U;
    switch (CV_MAT_CN(type)) {
        case 1:
            return is_deep ? TYPE_GRAY_16 : TYPE_GRAY_8;
        case 3:
            return red_first ? (is_deep ? TYPE_RGB_16 : TYPE_RGB_8)
                             : (is_deep ? TYPE_BGR_16 : TYPE_BGR_8);
        default:
            return red_first ? (is_deep ? TYPE_RGBA_16 : TYPE_RGBA_8)
                             : (is_deep ? TYPE_BGRA_16 : TYPE_BGRA_8);
    }
}

/// True where the space of `profile` gives nearly the colors of sRGB.
bool is_like_srgb(const Profile& profile, const Profile& srgb, bool is_gray) {
    const std::shared_ptr<void> transform(
        cmsCreateTransform(profile.get(), is_gray ? TYPE_GRAY_8 : TYPE_RGB_8, srgb.get(),
                           TYPE_RGB_8, INTENT_PERCEPTUAL, cmsFLAGS_NOCACHE),
        [](void* made) {
            if (made != nullptr) {
                cmsDeleteTransform(made);
            }
        });
    if (!transform) {
        return false;
    }
    const auto close = [&](std::array<std::uint8_t, 3> rgb) {
        std::array<std::uint8_t, 3> out{};
        cmsDoTransform(transform.get(), rgb.data(), out.data(), 1);
        return std::abs(rgb[0] - out[0]) <= kSrgbTolerance &&
               std::abs(rgb[is_gray ? 0 : 1] - out[1]) <= kSrgbTolerance &&
               std::abs(rgb[is_gray ? 0 : 2] - out[2]) <= kSrgbTolerance;
    };
    constexpr std::array<std::uint8_t, 6> kLevels{0, 51, 102, 153, 204, 255};
    for (const std::uint8_t r : kLevels) {
        for (const std::uint8_t g : kLevels) {
            for (const std::uint8_t b : kLevels) {
                if (!close({r, g, b})) {
                    return false;
                }
            }
        }
    }
    return true;
}

}  // namespace

std::optional<ProfileTransform> ProfileTransform::make(std::span<const std::uint8_t> bytes,
                                                       Direction direction, int type,
                                                       bool red_first) {
    const bool is_known = (CV_MAT_DEPTH(type) == CV_8U || CV_MAT_DEPTH(type) == CV_16U) &&
                          CV_MAT_CN(type) <= 4 && CV_MAT_CN(type) != 2;
    if (bytes.empty() || bytes.size() > kMaxProfileBytes || !is_known) {
        return std::nullopt;
    }
    const Profile profile(
        cmsOpenProfileFromMem(bytes.data(), static_cast<cmsUInt32Number>(bytes.size())));
    const Profile srgb(cmsCreate_sRGBProfile());
    const bool is_gray = CV_MAT_CN(type) == 1;
    if (!profile || !srgb ||
        cmsGetColorSpace(profile.get()) != (is_gray ? cmsSigGrayData : cmsSigRgbData) ||
        is_like_srgb(profile, srgb, is_gray)) {
        return std::nullopt;
    }
    const bool to_srgb = direction == Direction::kToSrgb;
    ProfileTransform result;
    result.from_ = type;
    result.to_ = is_gray ? CV_MAKETYPE(CV_MAT_DEPTH(type), 3) : type;
    result.transform_.reset(
        cmsCreateTransform(to_srgb ? profile.get() : srgb.get(), format_of(result.from_, red_first),
                           to_srgb ? srgb.get() : profile.get(), format_of(result.to_, red_first),
                           INTENT_PERCEPTUAL, cmsFLAGS_NOCACHE | cmsFLAGS_COPY_ALPHA),
        [](void* made) {
            if (made != nullptr) {
                cmsDeleteTransform(made);
            }
        });
    return result.transform_ ? std::optional(std::move(result)) : std::nullopt;
}

cv::Mat ProfileTransform::operator()(const cv::Mat& picture) const {
    CV_Assert(picture.type() == from_);
    cv::Mat result(picture.size(), to_);
    for (int y = 0; y < picture.rows; ++y) {
        cmsDoTransform(transform_.get(), picture.ptr(y), result.ptr(y),
                       static_cast<cmsUInt32Number>(picture.cols));
    }
    return result;
}

}  // namespace closet
