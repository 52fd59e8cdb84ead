#include "infer/body_crop.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

constexpr double kPadding = 1.25;  // of GetBBoxCenterScale

}  // namespace

Region region_of_body_box(const Box& box, cv::Size input) {
    const double aspect = static_cast<double>(input.width) / input.height;
    return {.center = {box.x + box.width / 2.0, box.y + box.height / 2.0},
            .side = kPadding * std::max<double>(box.height, box.width / aspect),
            .rotation = 0};
}

cv::Matx23d view_from_body_crop(const Region& region, cv::Size input) {
    const double c = std::cos(region.rotation) * region.side / input.height;
    const double s = std::sin(region.rotation) * region.side / input.height;
    const cv::Point2d middle(input.width / 2.0, input.height / 2.0);
    return {c, -s, region.center.x - c * middle.x + s * middle.y,
            s, c,  region.center.y - s * middle.x - c * middle.y};
}

void crop_body(const cv::Mat& rgb, const Region& region, cv::Mat& crop) {
    cv::warpAffine(rgb, crop, view_from_body_crop(region, crop.size()), crop.size(),
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
}

}  // namespace closet
