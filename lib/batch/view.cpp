#include "batch/view.h"

#include <algorithm>
#include <array>
#include <cmath>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "batch/planes.h"
#include "core/color.h"
#include "core/error.h"
#include "core/pixel_format.h"
#include "core/transfer.h"

namespace closet {
namespace {

/// libswscale's vector code writes whole blocks: rows are padded to a multiple of this many pixels.
constexpr int kRowBlock = 32;

/// An uninitialised picture with padded rows and one spare row.
cv::Mat make_picture(cv::Size size) {
    const int columns = (size.width + kRowBlock - 1) / kRowBlock * kRowBlock;
    return cv::Mat(size.height + 1, columns, CV_8UC3)(cv::Rect({0, 0}, size));
}

/// Maps a pixel of the upright picture to the picture of `size` that was turned clockwise by
/// `rotation` degrees to become upright.
cv::Matx33d stored_from_upright(int rotation, cv::Size size) {
    const double right = size.width - 1;
    const double bottom = size.height - 1;
    switch (rotation) {
        case 90:
            return {0, 1, 0, -1, 0, bottom, 0, 0, 1};
        case 180:
            return {-1, 0, right, 0, -1, bottom, 0, 0, 1};
        case 270:
            return {0, -1, right, 1, 0, 0, 0, 0, 1};
        default:
            return cv::Matx33d::eye();
    }
}

cv::Mat upright(const cv::Mat& stored, int rotation) {
    cv::Mat turned;
    switch (rotation) {
        case 90:
            cv::rotate(stored, turned, cv::ROTATE_90_CLOCKWISE);
            return turned;
        case 180:
            cv::rotate(stored, turned, cv::ROTATE_180);
            return turned;
        case 270:
            cv::rotate(stored, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
            return turned;
        default:
            return stored;
    }
}

}  // namespace

ViewMaker::ViewMaker(double scale) : scale_(scale) {
    if (!(scale > 0.0 && scale <= 1.0)) {
        throw ConfigError(fmt::format("--scale {} is not above 0 and at most 1", scale));
    }
}

cv::Mat ViewMaker::rgb_from_yuv(const AVFrame& image, cv::Size size) {
    const SmallYuv small = shrink_yuv(image, size);
    cv::Mat rgb = make_picture(size);
    scaler_.convert(small.y, small.u, small.v, {matrix_of(image), is_full_range(image)}, rgb);
    return rgb;
}

View ViewMaker::make(const Frame& frame) {
    const AVFrame& image = *frame.image;
    const auto format = static_cast<AVPixelFormat>(image.format);
    if (!is_paintable(format)) {
        const char* name = av_get_pix_fmt_name(format);
        throw MediaError(fmt::format("inference cannot read frame {} in pixel format {}",
                                     frame.index, name != nullptr ? name : "none"));
    }
    const cv::Size size(std::max(1, static_cast<int>(std::lround(image.width * scale_))),
                        std::max(1, static_cast<int>(std::lround(image.height * scale_))));
    cv::Mat stored = is_rgb(format) ? shrink_rgb(image, size) : rgb_from_yuv(image, size);
    if (const auto* curve = sdr_curve(image)) {
        cv::LUT(stored, *curve, stored);  // networks know SDR only
    }

    // Shrinking keeps the picture's outer edges in place, hence the half pixels.
    const double zoom_x = static_cast<double>(image.width) / size.width;
    const double zoom_y = static_cast<double>(image.height) / size.height;
    const cv::Matx23d frame_from_stored(zoom_x, 0, zoom_x / 2 - 0.5, 0, zoom_y, zoom_y / 2 - 0.5);
    return {upright(stored, frame.rotation),
            frame_from_stored * stored_from_upright(frame.rotation, size)};
}

}  // namespace closet
