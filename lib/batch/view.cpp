#include "batch/view.h"

#include <algorithm>
#include <array>
#include <cmath>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"

namespace closet {
namespace {

/// libswscale's vector code writes whole blocks: rows are padded to a multiple of this many pixels.
constexpr int kRowBlock = 32;

/// The yuvj formats are the plain ones with full range; libswscale warns about them.
AVPixelFormat without_range(AVPixelFormat format) {
    switch (format) {
        case AV_PIX_FMT_YUVJ420P:
            return AV_PIX_FMT_YUV420P;
        case AV_PIX_FMT_YUVJ422P:
            return AV_PIX_FMT_YUV422P;
        case AV_PIX_FMT_YUVJ444P:
            return AV_PIX_FMT_YUV444P;
        default:
            return format;
    }
}

/// An untagged matrix is taken as mpv takes it: bt709 from 1280 columns or 577 rows on.
AVColorSpace known_matrix(const AVFrame& image) {
    if (image.colorspace != AVCOL_SPC_UNSPECIFIED && image.colorspace != AVCOL_SPC_RESERVED) {
        return image.colorspace;
    }
    return image.width >= 1280 || image.height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

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

ViewMaker::Source ViewMaker::describe(const AVFrame& image) {
    const auto format = static_cast<AVPixelFormat>(image.format);
    return {
        .width = image.width,
        .height = image.height,
        .format = without_range(format),
        .matrix = known_matrix(image),
        .full_range = image.color_range == AVCOL_RANGE_JPEG || without_range(format) != format ||
                      (format == AV_PIX_FMT_GRAY8 && image.color_range == AVCOL_RANGE_UNSPECIFIED)};
}

void ViewMaker::prepare(const Source& source) {
    const cv::Size size(std::max(1, static_cast<int>(std::lround(source.width * scale_))),
                        std::max(1, static_cast<int>(std::lround(source.height * scale_))));
    AvScaler scaler(sws_isSupportedInput(source.format) > 0
                        ? sws_getContext(source.width, source.height, source.format, size.width,
                                         size.height, AV_PIX_FMT_RGB24, SWS_BILINEAR, nullptr,
                                         nullptr, nullptr)
                        : nullptr);
    if (!scaler) {
        const char* name = av_get_pix_fmt_name(source.format);
        throw MediaError(fmt::format("cannot scale a {}x{} picture in pixel format {} to RGB",
                                     source.width, source.height, name != nullptr ? name : "none"));
    }
    constexpr int kUnity = 1 << 16;  // contrast and saturation in 16.16
    sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(source.matrix),
                             source.full_range ? 1 : 0, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0,
                             kUnity, kUnity);
    scaler_ = std::move(scaler);
    size_ = size;
    source_ = source;
}

View ViewMaker::make(const Frame& frame) {
    const AVFrame& image = *frame.image;
    const Source source = describe(image);
    if (!scaler_ || source != source_) {
        prepare(source);
    }
    cv::Mat stored = make_picture(size_);
    const std::array<std::uint8_t*, 4> planes{stored.data, nullptr, nullptr, nullptr};
    const std::array<int, 4> strides{static_cast<int>(stored.step), 0, 0, 0};
    av_check(sws_scale(scaler_.get(), image.data, image.linesize, 0, image.height, planes.data(),
                       strides.data()),
             fmt::format("cannot scale frame {} for inference", frame.index));

    // Scaling keeps the picture's outer edges in place, hence the half pixels.
    const double zoom_x = static_cast<double>(source.width) / size_.width;
    const double zoom_y = static_cast<double>(source.height) / size_.height;
    const cv::Matx23d frame_from_stored(zoom_x, 0, zoom_x / 2 - 0.5, 0, zoom_y, zoom_y / 2 - 0.5);
    return {upright(stored, frame.rotation),
            frame_from_stored * stored_from_upright(frame.rotation, size_)};
}

}  // namespace closet
