#include "warp/color_profile.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

#include <lcms2.h>
#include <zlib.h>
#include <opencv2/core.hpp>

#include "warp/picture_chunks.h"

namespace closet {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kMaxProfileBytes = 16U << 20U;
/// Levels of 8 bits by which a profile that means sRGB may differ from it.
constexpr int kSrgbTolerance = 2;

std::vector<std::uint8_t> copy_of(std::optional<Bytes> bytes) {
    return bytes && bytes->size() <= kMaxProfileBytes
               ? std::vector<std::uint8_t>(bytes->begin(), bytes->end())
               : std::vector<std::uint8_t>{};
}

/// Name, a zero, the method (0), then deflated data (PNG, 11.3.3.3).
std::vector<std::uint8_t> png_profile(Bytes file) {
    const Bytes chunk = find_chunk(file, kFirstPngChunk, "iCCP", true).value_or(Bytes{});
    const auto end = std::find(chunk.begin(), chunk.end(), std::uint8_t{0});
    if (chunk.end() - end < 3) {
        return {};
    }
    std::vector<std::uint8_t> profile;
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) {
        return {};
    }
    stream.next_in = const_cast<std::uint8_t*>(&*end + 2);
    stream.avail_in = static_cast<unsigned>(chunk.end() - end - 2);
    int code = Z_OK;
    while (code == Z_OK && profile.size() < kMaxProfileBytes) {
        constexpr std::size_t kStep = 1U << 16U;
        const std::size_t done = profile.size();
        profile.resize(done + kStep);
        stream.next_out = profile.data() + done;
        stream.avail_out = kStep;
        code = inflate(&stream, Z_NO_FLUSH);
        profile.resize(done + kStep - stream.avail_out);
    }
    inflateEnd(&stream);
    return code == Z_STREAM_END ? profile : std::vector<std::uint8_t>{};
}

/// Segments "ICC_PROFILE", a zero, number from 1, count, data; in any order.
std::vector<std::uint8_t> jpeg_profile(Bytes file) {
    constexpr std::string_view kName("ICC_PROFILE\0", 12);
    std::array<Bytes, 256> parts{};
    std::size_t count = 0;
    for_each_jpeg_segment(file, [&](std::uint8_t marker, Bytes data) {
        if (marker == 0xe2 && has_text(data, 0, kName) && data.size() > kName.size() + 2) {
            parts[data[kName.size()]] = data.subspan(kName.size() + 2);
            count = data[kName.size() + 1];
        }
    });
    std::vector<std::uint8_t> profile;
    for (std::size_t i = 1; i <= count; ++i) {
        if (parts[i].empty()) {
            return {};
        }
        profile.insert(profile.end(), parts[i].begin(), parts[i].end());
    }
    return profile;
}

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

/// True where the space of `profile` gives nearly the colours of sRGB.
bool is_like_srgb(const Profile& profile, const Profile& srgb, bool is_grey) {
    const std::shared_ptr<void> transform(
        cmsCreateTransform(profile.get(), is_grey ? TYPE_GRAY_8 : TYPE_RGB_8, srgb.get(),
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
               std::abs(rgb[is_grey ? 0 : 1] - out[1]) <= kSrgbTolerance &&
               std::abs(rgb[is_grey ? 0 : 2] - out[2]) <= kSrgbTolerance;
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

std::vector<std::uint8_t> embedded_profile(Bytes file, PictureFormat format) {
    switch (format) {
        case PictureFormat::kPng:
            return png_profile(file);
        case PictureFormat::kJpeg:
            return jpeg_profile(file);
        case PictureFormat::kWebp:
            return copy_of(find_chunk(file, kFirstWebpChunk, "ICCP", false));
        case PictureFormat::kTiff:
            return copy_of(tiff_data(file, kTiffProfile));
    }
    return {};
}

std::optional<ProfileTransform> ProfileTransform::make(Bytes bytes, Direction direction, int type,
                                                       bool red_first) {
    const bool is_known = (CV_MAT_DEPTH(type) == CV_8U || CV_MAT_DEPTH(type) == CV_16U) &&
                          CV_MAT_CN(type) <= 4 && CV_MAT_CN(type) != 2;
    if (bytes.empty() || bytes.size() > kMaxProfileBytes || !is_known) {
        return std::nullopt;
    }
    const Profile profile(
        cmsOpenProfileFromMem(bytes.data(), static_cast<cmsUInt32Number>(bytes.size())));
    const Profile srgb(cmsCreate_sRGBProfile());
    const bool is_grey = CV_MAT_CN(type) == 1;
    if (!profile || !srgb ||
        cmsGetColorSpace(profile.get()) != (is_grey ? cmsSigGrayData : cmsSigRgbData) ||
        is_like_srgb(profile, srgb, is_grey)) {
        return std::nullopt;
    }
    const bool to_srgb = direction == Direction::kToSrgb;
    ProfileTransform result;
    result.from_ = type;
    result.to_ = is_grey ? CV_MAKETYPE(CV_MAT_DEPTH(type), 3) : type;
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
