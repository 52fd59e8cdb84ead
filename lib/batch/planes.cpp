#include "batch/planes.h"

#include <algorithm>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/device_picture.h"
#include "core/error.h"

namespace closet {
namespace {

const AVPixFmtDescriptor& descriptor_of(const AVFrame& image) {
    return *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(image.format));
}

int half_up(int extent) {
    return (extent + 1) / 2;
}

/// `plane_of` of a frame that may be on a device, at `size`.
cv::Mat shrunk_plane(const Frame& frame, int plane, cv::Size size) {
    if (!frame.on_device) {
        return shrink(plane_of(*frame.image, plane), size);
    }
    cv::Mat samples;
    read_device_plane(frame, plane, size, samples);
    return shrink(samples, size);
}

/// Samples of `component` lose their low bits beyond 8.
cv::Mat to_8_bits(const cv::Mat& plane, const AVComponentDescriptor& component) {
    if (plane.depth() == CV_8U) {
        return plane;
    }
    cv::Mat small;
    plane.convertTo(small, CV_8U, 1.0 / (1 << (component.shift + component.depth - 8)));
    return small;
}

}  // namespace

LumaReader::LumaReader(const AVFrame& image) : width_(image.width), height_(image.height) {
    const AVPixFmtDescriptor* format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(image.format));
    constexpr std::uint64_t kUnreadable =
        AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BE;
    if (format == nullptr || (format->flags & kUnreadable) != 0 || image.data[0] == nullptr) {
        throw MediaError(
            "cannot read the brightness of a picture that is not in memory as "
            "whole little-endian samples");
    }
    // The components of RGB formats are R, G, B in this order, wherever they lie.
    const AVComponentDescriptor& component =
        format->comp[(format->flags & AV_PIX_FMT_FLAG_RGB) != 0 ? 1 : 0];
    first_ = image.data[component.plane] + component.offset;
    row_step_ = image.linesize[component.plane];
    step_ = component.step;
    two_bytes_ = component.depth > 8;
    shift_ = two_bytes_ ? component.shift + component.depth - 8 : 0;
}

cv::Mat plane_of(const AVFrame& image, int plane) {
    CV_Assert(image.data[plane] != nullptr);
    const AVPixFmtDescriptor& format = descriptor_of(image);
    const AVComponentDescriptor* first = nullptr;
    for (int i = 0; i < format.nb_components && first == nullptr; ++i) {
        first = format.comp[i].plane == plane ? &format.comp[i] : nullptr;
    }
    const bool subsampled = plane > 0 && plane < 3 && (format.flags & AV_PIX_FMT_FLAG_RGB) == 0;
    const int width = subsampled ? AV_CEIL_RSHIFT(image.width, format.log2_chroma_w) : image.width;
    const int height =
        subsampled ? AV_CEIL_RSHIFT(image.height, format.log2_chroma_h) : image.height;
    const int bytes = first->depth > 8 ? 2 : 1;
    return cv::Mat(height, width, CV_MAKETYPE(bytes == 2 ? CV_16U : CV_8U, first->step / bytes),
                   image.data[plane], static_cast<std::size_t>(image.linesize[plane]));
}

cv::Mat shrink(const cv::Mat& plane, cv::Size size) {
    if (plane.size() == size) {
        return plane;
    }
    // Whole steps by area, where OpenCV has vector code for 2, and the rest, which is less than 2,
    // by linear interpolation: its general area filter takes several times as long.
    cv::Mat result = plane;
    const auto fits = [&] {
        return result.cols >= 2 * size.width && result.rows >= 2 * size.height;
    };
    while (fits()) {
        const cv::Size half(std::max(size.width, half_up(result.cols)),
                            std::max(size.height, half_up(result.rows)));
        cv::Mat smaller;
        cv::resize(result, smaller, half, 0, 0, cv::INTER_AREA);
        result = smaller;
    }
    if (result.size() != size) {
        cv::Mat smaller;
        cv::resize(result, smaller, size, 0, 0, cv::INTER_LINEAR);
        result = smaller;
    }
    return result;
}

SmallYuv shrink_yuv(const Frame& frame, cv::Size size) {
    const AVPixFmtDescriptor& format = descriptor_of(*frame.image);
    const cv::Size half(half_up(size.width), half_up(size.height));
    SmallYuv small;
    small.y = to_8_bits(shrunk_plane(frame, 0, size), format.comp[0]);
    if (small.y.channels() > 1) {  // gray with alpha
        cv::Mat luma;
        cv::extractChannel(small.y, luma, 0);
        small.y = luma;
    }
    if (format.nb_components < 3) {
        constexpr int kNeutral = 128;
        small.u = small.v = cv::Mat(half, CV_8UC1, cv::Scalar(kNeutral));
        return small;
    }
    cv::Mat chroma = to_8_bits(shrunk_plane(frame, 1, half), format.comp[1]);
    if (chroma.channels() == 1) {
        small.u = chroma;
        small.v = to_8_bits(shrunk_plane(frame, 2, half), format.comp[2]);
    } else {  // nv12 and p010 interleave the two
        cv::extractChannel(chroma, small.u, 0);
        cv::extractChannel(chroma, small.v, 1);
    }
    return small;
}

cv::Mat shrink_rgb(const AVFrame& image, cv::Size size) {
    const AVPixFmtDescriptor& format = descriptor_of(image);
    std::vector<cv::Mat> planes;
    std::vector<int> from_to;
    for (int i = 0; i < 3; ++i) {
        const AVComponentDescriptor& component = format.comp[i];
        int first_channel = 0;
        if ((format.flags & AV_PIX_FMT_FLAG_PLANAR) != 0) {
            first_channel = i;
            planes.push_back(to_8_bits(shrink(plane_of(image, component.plane), size), component));
        } else if (planes.empty()) {
            planes.push_back(to_8_bits(shrink(plane_of(image, 0), size), component));
        }
        const int bytes = component.depth > 8 ? 2 : 1;
        from_to.insert(from_to.end(), {first_channel + component.offset / bytes, i});
    }
    cv::Mat rgb(size, CV_8UC3);
    cv::mixChannels(planes.data(), planes.size(), &rgb, 1, from_to.data(), 3);
    return rgb;
}

}  // namespace closet
