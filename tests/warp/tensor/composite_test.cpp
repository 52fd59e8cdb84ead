#include "warp/tensor/composite.h"

#include "support/doctest_with_torch.h"

#include <random>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "warp/paint/composite.h"
#include "warp/tensor/upload.h"
#include "warp/warp.h"
#include "warp/warp_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

/// Noise with large transparent and opaque parts, as garments have them.
cv::Mat noise_patch(cv::Size size, unsigned seed) {
    std::mt19937 random(seed);
    cv::Mat rgba(size, CV_8UC4);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const int kind = (x / 7 + y / 5) % 3;
            rgba.at<cv::Vec4b>(y, x) = {static_cast<std::uint8_t>(random()),
                                        static_cast<std::uint8_t>(random()),
                                        static_cast<std::uint8_t>(random()),
                                        static_cast<std::uint8_t>(kind == 0   ? 0
                                                                  : kind == 1 ? 255
                                                                              : random())};
        }
    }
    return rgba;
}

at::Tensor on_device(const cv::Mat& rgba) {
    return tensor::upload(rgba, at::kCPU).permute({2, 0, 1}).to(at::kInt).contiguous();
}

const std::vector<AVPixelFormat> kFormats{
    AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P,    AV_PIX_FMT_NV12,        AV_PIX_FMT_YUV422P,
    AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_P010LE};

}  // namespace

TEST_CASE("tensors paint a patch into every plane as the kernels do to the bit") {
    at::set_num_threads(1);
    const std::vector<cv::Rect> places{{20, 10, 64, 48},   {-14, -6, 64, 48}, {90, 60, 64, 48},
                                       {-8, -8, 160, 120}, {126, 94, 16, 16}, {400, 0, 8, 8}};
    for (const AVPixelFormat format : kFormats) {
        CAPTURE(name_of(format));
        for (const cv::Size size : {cv::Size(128, 96), cv::Size(127, 95)}) {
            for (const AVChromaLocation location : {AVCHROMA_LOC_UNSPECIFIED, AVCHROMA_LOC_CENTER,
                                                    AVCHROMA_LOC_TOPLEFT, AVCHROMA_LOC_BOTTOM}) {
                for (const cv::Rect& where : places) {
                    CAPTURE(where.x);
                    const auto seed = static_cast<unsigned>(where.x + 100 * format + size.width);
                    AvFrame kernels = noise_frame(format, size, seed);
                    AvFrame tensors = noise_frame(format, size, seed);
                    for (AVFrame* frame : {kernels.get(), tensors.get()}) {
                        frame->chroma_location = location;
                        frame->color_range = seed % 2 == 0 ? AVCOL_RANGE_MPEG : AVCOL_RANGE_JPEG;
                    }
                    REQUIRE(tensor::can_paint(*tensors));
                    const cv::Mat rgba = noise_patch(where.size(), seed);
                    cv::Mat matte(size, CV_8UC1, cv::Scalar(90));
                    cv::Mat matte_of_tensors = matte.clone();
                    Composite().paint(*kernels, {where, rgba});
                    add_to_matte(matte, {where, rgba});
                    tensor::Composition(*tensors, on_device(rgba), where, &matte_of_tensors).put();
                    CHECK(same_pixels(*kernels, *tensors));
                    CHECK(cv::norm(matte, matte_of_tensors, cv::NORM_INF) == 0);
                }
            }
        }
    }
}

TEST_CASE("nothing is written before a patch is put") {
    const AvFrame frame = noise_frame(AV_PIX_FMT_NV12, {64, 48}, 1);
    const AvFrame before = noise_frame(AV_PIX_FMT_NV12, {64, 48}, 1);
    const cv::Rect where(8, 8, 32, 32);
    tensor::Composition composition(*frame, on_device(noise_patch(where.size(), 1)), where,
                                    nullptr);
    CHECK(same_pixels(*frame, *before));
    composition.put();
    CHECK_FALSE(same_pixels(*frame, *before));
}

TEST_CASE("frames that tensors do not know are told apart") {
    for (const AVPixelFormat format : paintable_formats()) {
        CAPTURE(name_of(format));
        const AvFrame frame = noise_frame(format, {32, 32}, 1);
        const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(format);
        const bool known =
            (descriptor.flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_ALPHA)) == 0 &&
            descriptor.nb_components == 3 &&
            (descriptor.comp[0].depth == 8 || descriptor.comp[0].depth == 10);
        CHECK(tensor::can_paint(*frame) == known);
        frame->color_trc = AVCOL_TRC_SMPTE2084;
        CHECK_FALSE(tensor::can_paint(*frame));
        frame->color_trc = AVCOL_TRC_UNSPECIFIED;
        frame->color_primaries = AVCOL_PRI_BT2020;
        CHECK_FALSE(tensor::can_paint(*frame));
    }
}
