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
#include "core/picture_geometry.h"
#include "core/pixel_format.h"

namespace closet {
namespace {

/// libswscale's vector code writes whole blocks: rows are padded to a multiple of this many pixels.
constexpr int kRowBlock = 32;

/// An uninitialized picture with padded rows and one spare row.
cv::Mat make_picture(cv::Size size) {
    const int columns = (size.width + kRowBlock - 1) / kRowBlock * kRowBlock;
    return cv::Mat(size.height + 1, columns, CV_8UC3)(cv::Rect({0, 0}, size));
}

}  // namespace

Option scale_option(double& scale) {
    return {.names = "--scale",
            .group = "Pose",
            .help = "of the picture that inference sees",
            .value = &scale,
            .range = {0.05, 1}};
}

ViewMaker::ViewMaker(double scale) : scale_(scale) {
    check_ranges({scale_option(scale_)});
}

cv::Mat ViewMaker::rgb_from_yuv(const Frame& frame, cv::Size size) {
    const AVFrame& image = *frame.image;
    const SmallYuv small = shrink_yuv(frame, size);
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
    const PictureGeometry geometry = geometry_of(frame);
    const auto scaled = [&](int extent) {
        return std::max(1, static_cast<int>(std::lround(extent * scale_)));
    };
    const cv::Size size(scaled(geometry.square.width), scaled(geometry.square.height));
    View view;
    view.rgb = is_rgb(format) ? shrink_rgb(image, size) : rgb_from_yuv(frame, size);
    if (const auto* curve = sdr_curve(image)) {
        cv::LUT(view.rgb, *curve, view.rgb);  // networks know SDR only
    }
    if (!frame.orientation.is_upright()) {
        cv::Mat upright;
        turn_upright(view.rgb, frame.orientation, upright);
        view.rgb = upright;
    }
    // Shrinking keeps the picture's outer edges in place, hence the half pixels.
    const double zoom_x = static_cast<double>(geometry.shown.width) / view.rgb.cols;
    const double zoom_y = static_cast<double>(geometry.shown.height) / view.rgb.rows;
    view.shown_from_view = {zoom_x, 0, zoom_x / 2 - 0.5, 0, zoom_y, zoom_y / 2 - 0.5};
    return view;
}

}  // namespace closet
