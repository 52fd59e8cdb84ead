#include "warp/garment/garment_picture.h"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/picture_geometry.h"
#include "picture/picture_codec.h"
#include "warp/garment/garment_file.h"
#include "warp/garment/picture_file.h"
#include "warp/paint/color_profile.h"

namespace closet {
namespace {

[[noreturn]] void cannot_read(const std::filesystem::path& path, const std::string& why) {
    throw MediaError(fmt::format("cannot read the picture {}: {}", path.string(), why));
}

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) {
    std::error_code failed;
    if (!std::filesystem::is_regular_file(path, failed)) {
        cannot_read(path, std::filesystem::exists(path, failed) ? "it is not a file"
                                                                : "there is no such file");
    }
    const std::uintmax_t size = std::filesystem::file_size(path, failed);
    if (failed) {
        cannot_read(path, failed.message());
    }
    if (size > kMaxGarmentFileBytes) {
        cannot_read(path, fmt::format("it has {} MB, more than the {} MB that are accepted",
                                      size / 1'000'000, kMaxGarmentFileBytes / 1'000'000));
    }
    std::vector<std::uint8_t> bytes(size);
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()))) {
        cannot_read(path, std::strerror(errno));
    }
    return bytes;
}

/// Decoded as stored.
cv::Mat decode(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes,
               PictureFormat format) {
    cv::Mat picture = decode_picture(bytes);
    if (picture.empty()) {
        cannot_read(path, fmt::format("the {} data is damaged or cut off", to_string(format)));
    }
    return picture;
}

/// B G R A, B G R or gray to 8-bit R G B A or R G B.
cv::Mat to_rgb8(const std::filesystem::path& path, cv::Mat picture) {
    if (picture.depth() == CV_16U) {
        picture.convertTo(picture, CV_8U, 1.0 / 257.0);
    } else if (picture.depth() != CV_8U) {
        cannot_read(path, "only pictures with 8 or 16 bits a channel are supported");
    }
    switch (picture.channels()) {
        case 4:
            cv::cvtColor(picture, picture, cv::COLOR_BGRA2RGBA);
            return picture;
        case 3:
            cv::cvtColor(picture, picture, cv::COLOR_BGR2RGB);
            return picture;
        case 1:
            cv::cvtColor(picture, picture, cv::COLOR_GRAY2RGB);
            return picture;
        default:
            cannot_read(path, "it is neither gray nor in color");
    }
}

}  // namespace

cv::Mat read_garment_picture(const std::filesystem::path& path) {
    const std::vector<std::uint8_t> bytes = read_bytes(path);
    const auto header = read_picture_header(bytes);
    if (!header) {
        cannot_read(path, "it is not a PNG, JPEG, WebP or TIFF picture");
    }
    if (!header->complete || header->width == 0 || header->height == 0) {
        cannot_read(path,
                    fmt::format("the {} data is damaged or cut off", to_string(header->format)));
    }
    // Not width * height: a hostile header's product may overflow.
    if (header->width > kMaxGarmentPixels / header->height) {
        cannot_read(path,
                    fmt::format("it has {}x{} pixels, more than the {} million that are "
                                "accepted: shrink it",
                                header->width, header->height, kMaxGarmentPixels / 1'000'000));
    }
    cv::Mat picture = decode(path, bytes, header->format);
    if (const auto to_srgb =
            ProfileTransform::make(embedded_profile(bytes, header->format),
                                   ProfileTransform::Direction::kToSrgb, picture.type(), false)) {
        picture = (*to_srgb)(picture);
    }
    cv::Mat upright;
    turn_upright(to_rgb8(path, picture), orientation_of_exif(header->orientation), upright);
    return upright;
}

}  // namespace closet
