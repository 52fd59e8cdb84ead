#include "warp/paint/color_profile.h"

#include <array>
#include <cstring>
#include <fstream>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <lcms2.h>
#include <zlib.h>
#include <opencv2/imgcodecs.hpp>

#include "support/temporary_folder.h"
#include "warp/garment/garment_picture.h"
#include "warp/garment/picture_file.h"
#include "warp/paint/composite.h"
#include "warp/warp_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

using Bytes = std::vector<std::uint8_t>;

Bytes saved(cmsHPROFILE profile) {
    cmsUInt32Number size = 0;
    cmsSaveProfileToMem(profile, nullptr, &size);
    Bytes bytes(size);
    cmsSaveProfileToMem(profile, bytes.data(), &size);
    cmsCloseProfile(profile);
    return bytes;
}

Bytes rgb_profile(cmsCIExyYTRIPLE primaries, double gamma) {
    const cmsCIExyY d65{0.3127, 0.3290, 1.0};
    cmsToneCurve* curve = cmsBuildGamma(nullptr, gamma);
    cmsToneCurve* curves[3] = {curve, curve, curve};
    Bytes bytes = saved(cmsCreateRGBProfile(&d65, &primaries, curves));
    cmsFreeToneCurve(curve);
    return bytes;
}

Bytes adobe_rgb() {
    return rgb_profile({{0.64, 0.33, 1}, {0.21, 0.71, 1}, {0.15, 0.06, 1}}, 2.19921875);
}

Bytes gray_profile(double gamma) {
    const cmsCIExyY d50{0.3457, 0.3585, 1.0};
    cmsToneCurve* curve = cmsBuildGamma(nullptr, gamma);
    Bytes bytes = saved(cmsCreateGrayProfile(&d50, curve));
    cmsFreeToneCurve(curve);
    return bytes;
}

void append(Bytes& to, const std::string& text) {
    to.insert(to.end(), text.begin(), text.end());
}

void append_number(Bytes& to, std::size_t value, int count, bool big_endian = true) {
    for (int i = 0; i < count; ++i) {
        to.push_back(static_cast<std::uint8_t>(value >> 8 * (big_endian ? count - 1 - i : i)));
    }
}

Bytes encoded_picture(const char* ending, const cv::Mat& picture) {
    Bytes bytes;
    REQUIRE(cv::imencode(ending, picture, bytes, {cv::IMWRITE_JPEG_QUALITY, 100}));
    return bytes;
}

/// A PNG with an iCCP chunk behind its header.
Bytes png_with(const cv::Mat& picture, const Bytes& profile) {
    Bytes packed(compressBound(profile.size()));
    uLongf size = packed.size();
    REQUIRE(compress(packed.data(), &size, profile.data(), profile.size()) == Z_OK);
    Bytes chunk;
    append(chunk, "iCCP");
    append(chunk, std::string("name\0\0", 6));
    chunk.insert(chunk.end(), packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
    Bytes whole;
    append_number(whole, chunk.size() - 4, 4);
    whole.insert(whole.end(), chunk.begin(), chunk.end());
    append_number(whole, crc32(0, chunk.data(), static_cast<unsigned>(chunk.size())), 4);
    Bytes png = encoded_picture(".png", picture);
    png.insert(png.begin() + 33, whole.begin(), whole.end());
    return png;
}

/// A JPEG with its profile in segments of at most `part` bytes, the last one first.
Bytes jpeg_with(const cv::Mat& picture, const Bytes& profile, std::size_t part) {
    Bytes jpeg = encoded_picture(".jpg", picture);
    const std::size_t count = (profile.size() + part - 1) / part;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = std::min(part, profile.size() - i * part);
        Bytes segment{0xff, 0xe2};
        append_number(segment, size + 16, 2);
        append(segment, std::string("ICC_PROFILE\0", 12));
        segment.push_back(static_cast<std::uint8_t>(i + 1));
        segment.push_back(static_cast<std::uint8_t>(count));
        const auto begin = profile.begin() + static_cast<std::ptrdiff_t>(i * part);
        segment.insert(segment.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
        jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
    }
    return jpeg;
}

/// The simple layout of WebP in the extended one.
Bytes webp_with(const cv::Mat& picture, const Bytes& profile) {
    Bytes webp = encoded_picture(".webp", picture);
    Bytes middle;
    append(middle, "VP8X");
    append_number(middle, 10, 4, false);
    append_number(middle, 0x20, 4, false);
    append_number(middle, static_cast<std::size_t>(picture.cols - 1), 3, false);
    append_number(middle, static_cast<std::size_t>(picture.rows - 1), 3, false);
    append(middle, "ICCP");
    append_number(middle, profile.size(), 4, false);
    middle.insert(middle.end(), profile.begin(), profile.end());
    if (profile.size() % 2 != 0) {
        middle.push_back(0);
    }
    webp.insert(webp.begin() + 12, middle.begin(), middle.end());
    Bytes size;
    append_number(size, webp.size() - 8, 4, false);
    std::copy(size.begin(), size.end(), webp.begin() + 4);
    return webp;
}

/// The middle of a garment picture, R G B.
cv::Vec3i read_middle(const TemporaryFolder& folder, const std::string& name, const Bytes& file) {
    const std::string path = folder / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(file.data()),
               static_cast<std::streamsize>(file.size()));
    const cv::Mat picture = read_garment_picture(path);
    const std::uint8_t* at =
        picture.ptr(picture.rows / 2) + std::ptrdiff_t{picture.cols / 2} * picture.channels();
    return {at[0], at[1], at[2]};
}

bool near(const cv::Vec3i& a, const cv::Vec3i& b, int tolerance = 2) {
    return cv::norm(a, b, cv::NORM_INF) <= tolerance;
}

/// 200, 50, 50 in R G B.
cv::Mat plain(int type = CV_8UC3) {
    const double scale = CV_MAT_DEPTH(type) == CV_16U ? 257 : 1;
    return cv::Mat(24, 32, type, cv::Scalar(50 * scale, 50 * scale, 200 * scale, 255 * scale));
}

TEST_CASE("garment pictures are converted from their profile to sRGB") {
    const TemporaryFolder folder;
    const cv::Vec3i adobe_red(232, 46, 46);  // Adobe RGB 200, 50, 50 as color pickers show it
    const Bytes adobe = adobe_rgb();
    CHECK(near(read_middle(folder, "8.png", png_with(plain(), adobe)), adobe_red));
    CHECK(near(read_middle(folder, "alpha.png", png_with(plain(CV_8UC4), adobe)), adobe_red));
    CHECK(near(read_middle(folder, "16.png", png_with(plain(CV_16UC3), adobe)), adobe_red));
    CHECK(near(read_middle(folder, "one.jpg", jpeg_with(plain(), adobe, 60000)), adobe_red, 3));
    CHECK(near(read_middle(folder, "parts.jpg", jpeg_with(plain(), adobe, 100)), adobe_red, 3));
    CHECK(near(read_middle(folder, "lossy.webp", webp_with(plain(), adobe)), adobe_red, 6));
    // Display P3: its primaries and sRGB's curve, here as a gamma that is near to it.
    const Bytes p3 = rgb_profile({{0.68, 0.32, 1}, {0.265, 0.69, 1}, {0.15, 0.06, 1}}, 2.2);
    CHECK(near(read_middle(folder, "p3.png", png_with(plain(), p3)), {219, 14, 35}, 4));
    // Gray with a gamma of 1: 0.2 of the light.
    CHECK(near(read_middle(folder, "gray.png",
                           png_with(cv::Mat(8, 8, CV_8UC1, cv::Scalar(51)), gray_profile(1.0))),
               {124, 124, 124}));
}

TEST_CASE("pictures without a profile or with sRGB keep every bit") {
    const TemporaryFolder folder;
    CHECK(read_middle(folder, "none.png", encoded_picture(".png", plain())) ==
          cv::Vec3i(200, 50, 50));
    const Bytes srgb = saved(cmsCreate_sRGBProfile());
    CHECK(read_middle(folder, "srgb.png", png_with(plain(), srgb)) == cv::Vec3i(200, 50, 50));
    // A profile of another kind than the pixels.
    CHECK(read_middle(folder, "other.png", png_with(plain(), gray_profile(2.2))) ==
          cv::Vec3i(200, 50, 50));
}

TEST_CASE("damaged and hostile profiles are left alone") {
    const TemporaryFolder folder;
    const Bytes good = adobe_rgb();
    std::mt19937 random(5);
    for (int i = 0; i < 200; ++i) {
        Bytes bad = good;
        if (i % 2 == 0) {
            bad.resize(random() % good.size());
        }
        for (unsigned k = random() % 8; k > 0 && !bad.empty(); --k) {
            bad[random() % bad.size()] = static_cast<std::uint8_t>(random());
        }
        read_middle(folder, "bad.png", png_with(plain(), bad));
        read_middle(folder, "bad.jpg", jpeg_with(plain(), bad, 100 + random() % 500));
    }
    // Containers that lie about where the profile is.
    for (const Bytes& file :
         {png_with(plain(), good), jpeg_with(plain(), good, 90), webp_with(plain(), good)}) {
        for (int i = 0; i < 300; ++i) {
            Bytes bad = file;
            bad[12 + random() % 120] = static_cast<std::uint8_t>(random());
            for (const auto format : {PictureFormat::kPng, PictureFormat::kJpeg,
                                      PictureFormat::kWebp, PictureFormat::kTiff}) {
                embedded_profile(bad, format);
            }
        }
    }
}

TEST_CASE("a profile in a TIFF is found") {
    Bytes tiff;
    append(tiff, std::string("II*\0\x08\0\0\0\x01\0", 10));
    append_number(tiff, 34675, 2, false);
    append_number(tiff, 7, 2, false);
    append_number(tiff, 5, 4, false);
    append_number(tiff, 26, 4, false);
    append_number(tiff, 0, 4, false);
    append(tiff, "hello");
    CHECK(embedded_profile(tiff, PictureFormat::kTiff) == Bytes{'h', 'e', 'l', 'l', 'o'});
    tiff.pop_back();
    CHECK(embedded_profile(tiff, PictureFormat::kTiff).empty());
}

TEST_CASE("a garment takes the space of the picture that it is painted on") {
    const Bytes adobe = adobe_rgb();
    const auto painted = [&](const Bytes& profile) {
        const AvFrame frame = noise_frame(AV_PIX_FMT_RGB24, {32, 16}, 1);
        if (!profile.empty()) {
            AVFrameSideData* side =
                av_frame_new_side_data(frame.get(), AV_FRAME_DATA_ICC_PROFILE, profile.size());
            REQUIRE(side != nullptr);
            std::memcpy(side->data, profile.data(), profile.size());
        }
        Composite().paint(*frame,
                          {{0, 0, 32, 16}, cv::Mat(16, 32, CV_8UC4, cv::Scalar(232, 46, 46, 255))});
        const std::uint8_t* at = frame->data[0] + 8 * std::ptrdiff_t{frame->linesize[0]} + 30;
        return cv::Vec3i(at[0], at[1], at[2]);
    };
    CHECK(painted({}) == cv::Vec3i(232, 46, 46));
    CHECK(near(painted(adobe), {200, 50, 50}));
    CHECK(painted(Bytes(adobe.begin(), adobe.begin() + 200)) == cv::Vec3i(232, 46, 46));
    CHECK(painted(gray_profile(2.2)) == cv::Vec3i(232, 46, 46));
}

}  // namespace
