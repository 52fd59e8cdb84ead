#include "interpolate/mask_picture.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>

extern "C" {
#include <libavutil/base64.h>
}

#include "core/error.h"
#include "interpolate/pose_json.h"

namespace closet {
namespace {

using pose_json::BadLine;
using Bytes = std::vector<std::uint8_t>;

// The PNG specification (W3C, 2003): section 5.2, and 11.2.2 of the chunk IHDR, which comes first:
// its length and name, width and height (big-endian), bits, colour type, compression, filter and
// interlacing. A file ends with the chunk IEND, always the same twelve bytes.
constexpr std::array<std::uint8_t, 16> kPngStart{0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A,
                                                 0,    0,   0,   13,  'I',  'H',  'D',  'R'};
constexpr std::array<std::uint8_t, 5> kPngGrey8{8, 0, 0, 0, 0};
constexpr std::array<std::uint8_t, 12> kPngEnd{0,   0,   0,    0,    'I',  'E',
                                               'N', 'D', 0xAE, 0x42, 0x60, 0x82};
constexpr std::size_t kSizeAt = kPngStart.size();
constexpr std::size_t kKindAt = kSizeAt + 8;

Bytes bytes_of_base64(const std::string& text) {
    Bytes bytes(AV_BASE64_DECODE_SIZE(text.size()));
    // av_base64_decode takes an int; lines are far shorter than that.
    const int size = av_base64_decode(bytes.data(), text.c_str(), static_cast<int>(bytes.size()));
    if (size < 0) {
        throw BadLine{"\"png\" is not base64"};
    }
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

std::uint32_t big_endian(const Bytes& bytes, std::size_t at) {
    return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
           std::uint32_t{bytes[at + 2]} << 8 | std::uint32_t{bytes[at + 3]};
}

/// Throws BadLine for anything but a whole grey PNG of a mask's size.
void check_png(const Bytes& png) {
    const auto holds = [&](const auto& part, std::size_t at) {
        return std::equal(part.begin(), part.end(), png.begin() + static_cast<std::ptrdiff_t>(at));
    };
    if (png.size() < kKindAt + kPngGrey8.size() + kPngEnd.size() || !holds(kPngStart, 0)) {
        throw BadLine{"\"png\" is not a PNG picture"};
    }
    const std::uint32_t width = big_endian(png, kSizeAt), height = big_endian(png, kSizeAt + 4);
    if (width == 0 || height == 0 || width > kLongestMaskSide || height > kLongestMaskSide) {
        throw BadLine{fmt::format("\"png\" is a picture of {}x{}, but masks have 1x1 to {}x{}",
                                  width, height, kLongestMaskSide, kLongestMaskSide)};
    }
    if (!holds(kPngGrey8, kKindAt)) {
        throw BadLine{"\"png\" is not a picture of 8-bit grey without interlacing"};
    }
    if (!holds(kPngEnd, png.size() - kPngEnd.size())) {
        throw BadLine{"\"png\" is cut short"};
    }
}

}  // namespace

bool is_mask_picture(const cv::Mat& picture) {
    return !picture.empty() && picture.type() == CV_8UC1 && picture.dims == 2 &&
           picture.cols <= kLongestMaskSide && picture.rows <= kLongestMaskSide;
}

std::string mask_text(const cv::Mat& picture) {
    Bytes png;
    constexpr int kSmallest = 9;
    if (!cv::imencode(".png", picture, png,
                      {cv::IMWRITE_PNG_COMPRESSION, kSmallest, cv::IMWRITE_PNG_STRATEGY,
                       cv::IMWRITE_PNG_STRATEGY_DEFAULT})) {
        throw Error(fmt::format("cannot compress a mask of {}x{}", picture.cols, picture.rows));
    }
    std::string text(AV_BASE64_SIZE(png.size()), '\0');
    av_base64_encode(text.data(), static_cast<int>(text.size()), png.data(),
                     static_cast<int>(png.size()));
    text.pop_back();  // the terminator that av_base64_encode writes
    return text;
}

cv::Mat mask_of_text(const std::string& text) {
    const Bytes png = bytes_of_base64(text);
    check_png(png);
    cv::Mat picture;
    try {
        picture = cv::imdecode(png, cv::IMREAD_UNCHANGED);
    } catch (const cv::Exception&) {
        picture.release();
    }
    if (!is_mask_picture(picture)) {
        throw BadLine{"\"png\" is a damaged picture"};
    }
    return picture;
}

}  // namespace closet
