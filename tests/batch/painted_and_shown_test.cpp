#include <array>
#include <cstddef>
#include <string>

#include <doctest/doctest.h>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "batch/pictures.h"
#include "batch/view.h"
#include "core/color.h"
#include "decode/pixel_convert.h"
#include "encode/display/to_bgr.h"
#include "warp/paint/composite.h"

namespace closet {
namespace {

const cv::Scalar kColor(200, 40, 60);

/// What `read` makes of `frame` in its middle, as R G B.
template <class Read>
cv::Vec3d middle(const Read& read, const Frame& frame) {
    const cv::Mat picture = read(frame);
    return picture.at<cv::Vec3b>(picture.rows / 2, picture.cols / 2);
}

cv::Vec3d converted(const Frame& frame) {
    const AvFrame rgb = PixelConvert{}(*frame.image, {.format = AV_PIX_FMT_RGB24});
    const std::uint8_t* at = rgb->data[0] + std::ptrdiff_t{rgb->height / 2} * rgb->linesize[0] +
                             std::ptrdiff_t{rgb->width / 2} * 3;
    return {double(at[0]), double(at[1]), double(at[2])};
}

TEST_CASE("painted colors are those that inference, conversion and window see, tagged or not") {
    for (const cv::Size size :
         {cv::Size(1280, 640), cv::Size(720, 600), cv::Size(720, 576), cv::Size(64, 48)}) {
        for (const AVPixelFormat format :
             {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_NV12,
              AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_P010LE, AV_PIX_FMT_GRAY8, AV_PIX_FMT_RGB24,
              AV_PIX_FMT_GBRP}) {
            for (const AVColorSpace matrix : {AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_RESERVED,
                                              AVCOL_SPC_RGB, AVCOL_SPC_BT709, AVCOL_SPC_BT470BG}) {
                for (const AVColorRange range :
                     {AVCOL_RANGE_UNSPECIFIED, AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG}) {
                    CAPTURE(size);
                    CAPTURE(std::string(av_get_pix_fmt_name(format)));
                    CAPTURE(matrix);
                    CAPTURE(range);
                    Frame frame =
                        test::make_frame(0, test::make_picture(size.width, size.height, format));
                    frame.image->colorspace = matrix;
                    frame.image->color_range = range;
                    Composite().paint(
                        *frame.image,
                        {{0, 0, size.width, size.height},
                         cv::Mat(size, CV_8UC4, cv::Scalar(kColor[0], kColor[1], kColor[2], 255))});
                    const cv::Vec3d inferred =
                        middle([](const Frame& f) { return ViewMaker(1.0).make(f).rgb; }, frame);
                    const cv::Vec3d bgr =
                        middle([&](const Frame& f) { return ToBgr()(f, size); }, frame);
                    const cv::Vec3d shown(bgr[2], bgr[1], bgr[0]);
                    const cv::Vec3d expected = is_gray(format)
                                                   ? converted(frame)
                                                   : cv::Vec3d(kColor[0], kColor[1], kColor[2]);
                    CHECK(cv::norm(converted(frame) - expected, cv::NORM_INF) <= 3);
                    CHECK(cv::norm(inferred - expected, cv::NORM_INF) <= 4);
                    CHECK(cv::norm(shown - expected, cv::NORM_INF) <= 4);
                    if (is_gray(format)) {  // luma of the color: 90 by BT.601, 75 by BT.709
                        CHECK(expected[0] == doctest::Approx(85).epsilon(0.15));
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace closet
