#include "dev/look/error_map.h"

#include <opencv2/imgproc.hpp>

#include "decode/pixel_convert.h"

namespace closet::figures {

cv::Mat error_map(const Frame& frame, const cv::Mat& garment, const cv::Mat& truth) {
    PixelConvert convert;
    const AvFrame gray = convert(*frame.image, {.format = AV_PIX_FMT_GRAY8});
    const cv::Mat picture(gray->height, gray->width, CV_8UC1, gray->data[0],
                          static_cast<std::size_t>(gray->linesize[0]));
    cv::Mat map;
    cv::cvtColor(picture, map, cv::COLOR_GRAY2BGR);
    map.setTo(cv::Scalar(255, 0, 255), garment & ~truth);
    map.setTo(cv::Scalar(0, 220, 0), truth & ~garment);
    return map;
}

}  // namespace closet::figures
