#include "encode/stream/mirror.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>
#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/error.h"
#include "core/pixel_format.h"
#include "encode/upright.h"

namespace closet {
namespace {

/// Axes as cv::flip counts them. A quarter turn lies between the stored rows and what is shown, so
/// that left and right of the latter are the top and bottom of the former.
constexpr int kSwapColumns = 1, kSwapRows = 0;

/// Single bytes, which OpenCV swaps one by one (six times slower): eight at a time.
void reverse_bytes(const std::uint8_t* from, std::uint8_t* to, int count) {
    constexpr int kStep = sizeof(std::uint64_t);
    const std::uint8_t* end = from + count;
    int done = 0;
    for (; done + kStep <= count; done += kStep) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, end - done - kStep, kStep);
        eight = __builtin_bswap64(eight);
        std::memcpy(to + done, &eight, kStep);
    }
    std::reverse_copy(from, end - done, to + done);
}

void flip(const cv::Mat& from, cv::Mat to, int axis) {
    if (axis != kSwapColumns || from.elemSize() != 1) {
        cv::flip(from, to, axis);
        return;
    }
    for (int y = 0; y < from.rows; ++y) {
        reverse_bytes(from.ptr(y), to.ptr(y), from.cols);
    }
}

}  // namespace

Frame Mirror::operator()(const Frame& frame) {
    const AVFrame& source = *frame.image;
    const auto format = static_cast<AVPixelFormat>(source.format);
    if (!is_paintable(format)) {
        const char* name = av_get_pix_fmt_name(format);
        throw MediaError(fmt::format("cannot mirror pictures of the pixel format {}, use {}",
                                     name != nullptr ? name : "unknown", flags::kNoMirror));
    }
    AvFrame image = pool_.get(format, source.width, source.height);
    av_check(av_frame_copy_props(image.get(), &source), "cannot copy a picture's properties");
    const int axis = frame.orientation.swaps_sides() ? kSwapRows : kSwapColumns;
    for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
        flip(plane_view(source, plane), plane_view(*image, plane), axis);
    }
    Frame mirrored = share_picture(frame);
    mirrored.image = std::move(image);
    return mirrored;
}

}  // namespace closet
