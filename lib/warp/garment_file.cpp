#include "warp/garment_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/log.h"
#include "warp/garment_anchors.h"
#include "warp/picture_header.h"
#include "warp/resize_area.h"

namespace closet {
namespace {

[[noreturn]] void cannot_read(const std::filesystem::path& path, const std::string& why) {
    throw MediaError(fmt::format("cannot read the garment {}: {}", path.string(), why));
}

[[noreturn]] void no_transparency(const std::filesystem::path& path) {
    throw ConfigError(
        fmt::format("the garment {} has no transparency, so its background would be "
                    "worn too: give a PNG with an alpha channel",
                    path.string()));
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

/// Decoded as stored; libpng, libwebp and libtiff report damage as an empty picture or throw.
cv::Mat decode(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes,
               PictureFormat format) {
    cv::Mat picture;
    try {
        picture = cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
    } catch (const cv::Exception&) {
        picture.release();
    }
    if (picture.empty()) {
        cannot_read(path, fmt::format("the {} data is damaged or cut off", to_string(format)));
    }
    return picture;
}

/// OpenCV's B G R A (or a grey or colour picture without alpha, which is refused) to 8-bit R G B A.
cv::Mat to_rgba8(const std::filesystem::path& path, cv::Mat picture) {
    if (picture.channels() != 4) {
        no_transparency(path);
    }
    if (picture.depth() == CV_16U) {
        picture.convertTo(picture, CV_8U, 1.0 / 257.0);
    } else if (picture.depth() != CV_8U) {
        cannot_read(path, "only pictures with 8 or 16 bits a channel are supported");
    }
    cv::cvtColor(picture, picture, cv::COLOR_BGRA2RGBA);
    return picture;
}

/// Turns and mirrors a stored picture upright (EXIF 2.3, table of orientation values).
cv::Mat upright(const cv::Mat& stored, int orientation) {
    cv::Mat result = stored;
    if (orientation >= 5) {
        cv::transpose(result, result);
    }
    const bool mirrored_across =
        orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    const bool mirrored_down =
        orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    if (mirrored_across || mirrored_down) {
        cv::flip(result, result, mirrored_across && mirrored_down ? -1 : mirrored_across ? 1 : 0);
    }
    return result;
}

/// An alpha channel that cuts nothing out is most likely an oversight, but it can be meant.
void warn_if_opaque(const std::filesystem::path& path, const cv::Mat& rgba) {
    for (int y = 0; y < rgba.rows; ++y) {
        const auto* row = rgba.ptr<cv::Vec4b>(y);
        if (std::any_of(row, row + rgba.cols, [](const cv::Vec4b& p) { return p[3] != 255; })) {
            return;
        }
    }
    log::warning("the garment {} is opaque everywhere, so its background is worn too",
                 path.string());
}

void limit_size(Garment& garment) {
    const cv::Size from = garment.rgba.size();
    const int longest = std::max(from.width, from.height);
    if (longest <= kMaxGarmentSide) {
        return;
    }
    const double scale = static_cast<double>(kMaxGarmentSide) / longest;
    const cv::Size to(std::max(static_cast<int>(std::lround(from.width * scale)), 1),
                      std::max(static_cast<int>(std::lround(from.height * scale)), 1));
    garment.rgba = resize_area(garment.rgba, to);
    const float x_scale = static_cast<float>(to.width) / static_cast<float>(from.width);
    const float y_scale = static_cast<float>(to.height) / static_cast<float>(from.height);
    for (auto& [name, point] : garment.anchors) {
        point = {(point.x + 0.5F) * x_scale - 0.5F, (point.y + 0.5F) * y_scale - 0.5F};
    }
}

}  // namespace

std::shared_ptr<const Garment> load_garment(const std::filesystem::path& path) {
    const std::vector<std::uint8_t> bytes = read_bytes(path);
    const auto header = read_picture_header(bytes);
    if (!header) {
        cannot_read(path, "it is not a PNG, WebP or TIFF picture");
    }
    if (header->format == PictureFormat::kJpeg) {
        no_transparency(path);  // the format has none
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
    auto garment = std::make_shared<Garment>();
    garment->name = path.stem().string();
    garment->rgba =
        upright(to_rgba8(path, decode(path, bytes, header->format)), header->orientation);
    if (const auto json = std::filesystem::path(path).replace_extension(".json");
        std::filesystem::exists(json)) {
        read_anchors(json, *garment);
    }
    warn_if_opaque(path, garment->rgba);
    limit_size(*garment);
    if (!garment->anchors.contains("left_shoulder")) {
        set_default_shoulders(*garment);
    }
    return garment;
}

}  // namespace closet
