#include "encode/display/to_bgr.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/color.h"
#include "core/error.h"
#include "core/pixel_format.h"

namespace closet {
namespace {

/// swscale's vector code reads and writes whole blocks: rows are padded to a multiple of this many
/// pixels.
constexpr int kRowBlock = 32;

const AVPixFmtDescriptor& descriptor_of(const AVFrame& image) {
    return *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(image.format));
}

int half_up(int extent) {
    return (extent + 1) / 2;
}

/// The samples of a component's plane, not copied: as many channels as are interleaved there.
cv::Mat plane_of(const AVFrame& image, const AVComponentDescriptor& component, bool is_chroma) {
    const AVPixFmtDescriptor& format = descriptor_of(image);
    const int bytes = component.depth > 8 ? 2 : 1;
    return {is_chroma ? AV_CEIL_RSHIFT(image.height, format.log2_chroma_h) : image.height,
            is_chroma ? AV_CEIL_RSHIFT(image.width, format.log2_chroma_w) : image.width,
            CV_MAKETYPE(bytes == 2 ? CV_16U : CV_8U, component.step / bytes),
            image.data[component.plane], static_cast<std::size_t>(image.linesize[component.plane])};
}

/// Makes `buffer` a picture with padded rows and one spare row, where it is not one already.
cv::Mat& padded(cv::Mat& buffer, cv::Size size, int type) {
    if (buffer.size() != size || buffer.type() != type) {
        const int columns = (size.width + kRowBlock - 1) / kRowBlock * kRowBlock;
        buffer = cv::Mat(size.height + 1, columns, type)(cv::Rect({0, 0}, size));
    }
    return buffer;
}

}  // namespace

cv::Mat ToBgr::sized(Plane& buffers, const cv::Mat& plane, cv::Size size, int surplus_bits) {
    cv::Mat result = plane;
    // Halves by area, where OpenCV has vector code, and the rest, which is less than that, by
    // linear interpolation: its general area filter takes several times as long.
    cv::Mat* half = &buffers.halved;
    while (result.cols >= 2 * size.width && result.rows >= 2 * size.height) {
        const cv::Size to(half_up(result.cols), half_up(result.rows));
        cv::resize(result, padded(*half, to, result.type()), to, 0, 0, cv::INTER_AREA);
        result = *half;
        half = half == &buffers.halved ? &buffers.halved_again : &buffers.halved;
    }
    if (result.size() != size) {
        cv::resize(result, padded(buffers.sized, size, result.type()), size, 0, 0,
                   cv::INTER_LINEAR);
        result = buffers.sized;
    }
    if (result.depth() != CV_8U) {
        result.convertTo(padded(buffers.bytes, size, CV_8UC(result.channels())), CV_8U,
                         1.0 / (1 << surplus_bits));
        result = buffers.bytes;
    }
    return result;
}

void ToBgr::bgr_from_yuv(const AVFrame& image, cv::Size size) {
    const AVPixFmtDescriptor& format = descriptor_of(image);
    const cv::Size half(half_up(size.width), half_up(size.height));
    const auto component = [&](int index, cv::Size at) {
        const AVComponentDescriptor& facts = format.comp[index];
        return sized(planes_.at(static_cast<std::size_t>(index)), plane_of(image, facts, index > 0),
                     at, facts.depth + facts.shift - 8);
    };
    cv::Mat luma = component(0, size);
    if (luma.channels() > 1) {  // gray with alpha
        cv::extractChannel(luma, padded(split_[0], size, CV_8UC1), 0);
        luma = split_[0];
    }
    cv::Mat u, v;
    if (format.nb_components < 3) {
        constexpr int kNeutral = 128;
        if (gray_chroma_.size() != half) {
            padded(gray_chroma_, half, CV_8UC1).setTo(cv::Scalar(kNeutral));
        }
        u = v = gray_chroma_;
    } else {
        u = component(1, half);
        if (u.channels() == 1) {
            v = component(2, half);
        } else {  // nv12 and p010 interleave the two
            padded(split_[0], half, CV_8UC1);
            padded(split_[1], half, CV_8UC1);
            cv::split(u, split_.data());
            u = split_[0];
            v = split_[1];
        }
    }
    padded(bgr_, size, CV_8UC3);
    scaler_.convert(luma, u, v, {matrix_of(image), is_full_range(image)}, bgr_);
}

void ToBgr::bgr_from_rgb(const AVFrame& image, cv::Size size) {
    const AVPixFmtDescriptor& format = descriptor_of(image);
    const bool is_planar = (format.flags & AV_PIX_FMT_FLAG_PLANAR) != 0;
    std::vector<cv::Mat> sources;
    std::vector<int> from_to;
    for (int i = 0; i < 3; ++i) {  // components come as R G B
        const AVComponentDescriptor& component = format.comp[i];
        if (is_planar || sources.empty()) {
            sources.push_back(sized(planes_.at(static_cast<std::size_t>(i)),
                                    plane_of(image, component, false), size,
                                    component.depth + component.shift - 8));
        }
        const int bytes = component.depth > 8 ? 2 : 1;
        from_to.insert(from_to.end(), {is_planar ? i : component.offset / bytes, 2 - i});
    }
    padded(bgr_, size, CV_8UC3);
    cv::mixChannels(sources.data(), sources.size(), &bgr_, 1, from_to.data(), 3);
}

cv::Mat ToBgr::operator()(const Frame& frame, cv::Size size) {
    const AVFrame& image = *frame.image;
    const auto format = static_cast<AVPixelFormat>(image.format);
    if (!is_paintable(format)) {
        const char* name = av_get_pix_fmt_name(format);
        throw MediaError(fmt::format("the window cannot show frame {} in pixel format {}",
                                     frame.index, name != nullptr ? name : "none"));
    }
    const cv::Size stored = turned(size, frame.orientation);  // the same way back
    // What grows does so at the end, in one go for all colors.
    const cv::Size converted(std::min(stored.width, image.width),
                             std::min(stored.height, image.height));
    if (is_rgb(format)) {
        bgr_from_rgb(image, converted);
    } else {
        bgr_from_yuv(image, converted);
    }
    cv::Mat result = bgr_;
    if (const auto* curve = sdr_curve(image)) {
        cv::LUT(result, *curve, result);
    }
    if (converted != stored) {
        cv::resize(result, larger_, stored, 0, 0, cv::INTER_LINEAR);
        result = larger_;
    }
    if (!frame.orientation.is_upright()) {
        turn_upright(result, frame.orientation, turned_);
        result = turned_;
    }
    return result;
}

}  // namespace closet
