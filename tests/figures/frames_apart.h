#pragma once

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/common.h>
#include <libavutil/pixdesc.h>
}

#include "core/av_handles.h"

namespace closet::figures {

/// How far samples of pictures are from each other, added up.
struct FramesApart {
    double most = 0;     ///< levels
    double squares = 0;  ///< of differences, summed
    double different = 0, samples = 0;

    /// Two planes of bytes.
    void add(const cv::Mat& a, const cv::Mat& b) {
        cv::Mat off;
        cv::absdiff(a, b, off);
        const double norm = cv::norm(off, cv::NORM_L2);
        most = std::max(most, cv::norm(off, cv::NORM_INF));
        squares += norm * norm;
        different += cv::countNonZero(off);
        samples += static_cast<double>(off.total());
    }

    /// Plane `plane` of two frames in planar YUV of 8 bits, where `where` (pixels) lies.
    void add(const AVFrame& a, const AVFrame& b, int plane, const cv::Rect& where) {
        const AVPixFmtDescriptor& format =
            *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(a.format));
        const int log2_width = plane > 0 ? format.log2_chroma_w : 0;
        const int log2_height = plane > 0 ? format.log2_chroma_h : 0;
        const cv::Rect part(where.x >> log2_width, where.y >> log2_height,
                            AV_CEIL_RSHIFT(where.width, log2_width),
                            AV_CEIL_RSHIFT(where.height, log2_height));
        const auto samples_of = [&](const AVFrame& frame) {
            const cv::Mat all(AV_CEIL_RSHIFT(frame.height, log2_height),
                              AV_CEIL_RSHIFT(frame.width, log2_width), CV_8UC1, frame.data[plane],
                              static_cast<std::size_t>(frame.linesize[plane]));
            return all(part & cv::Rect({0, 0}, all.size()));
        };
        add(samples_of(a), samples_of(b));
    }

    double share() const { return different / std::max(samples, 1.0); }
    /// dB; 99 where nothing differs.
    double psnr() const {
        return squares > 0 ? 10 * std::log10(255.0 * 255.0 * samples / squares) : 99;
    }
};

}  // namespace closet::figures
