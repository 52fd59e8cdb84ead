#include "infer/try_on/cp_vton_input.h"

#include <array>
#include <cstddef>

#include <opencv2/core.hpp>

#include "infer/cutter/resample.h"

namespace closet {
namespace {

constexpr double kPointRadiusPx = 5;
constexpr int kShapeShrinks = 16;  ///< times, so that the clothes cannot be told from the shape

/// OpenPose's 18 points among its 25.
constexpr std::array<std::size_t, 18> kCoco18{0,  1,  2,  3,  4,  5,  6,  7,  9,
                                              10, 11, 12, 13, 14, 15, 16, 17, 18};

bool is_head(std::uint8_t label) {
    using namespace parse_label;
    return label == kHat || label == kHair || label == kGlasses || label == kFace;
}

}  // namespace

std::vector<cv::Mat> cp_vton_person(const cv::Mat& rgb, const cv::Mat& labels,
                                    const Body25& points) {
    const cv::Size size = labels.size();
    const cv::Size small(size.width / kShapeShrinks, size.height / kShapeShrinks);
    const cv::Mat body = labels > 0;
    std::vector<cv::Mat> planes{resample(resample(body, small, ResampleFilter::kBilinear), size,
                                         ResampleFilter::kBilinear)};
    cv::Mat head(size, CV_8UC3, cv::Scalar::all(0));
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            if (is_head(labels.at<std::uint8_t>(y, x))) {
                head.at<cv::Vec3b>(y, x) = rgb.at<cv::Vec3b>(y, x);
            }
        }
    }
    std::array<cv::Mat, 3> channels;
    cv::split(head, channels.data());
    planes.insert(planes.end(), channels.begin(), channels.end());
    for (const std::size_t point : kCoco18) {
        cv::Mat plane(size, CV_8UC1, cv::Scalar(0));
        const cv::Point3d& at = points.at(point);
        // Points beyond 0 and 1 are missing ones (cp_dataset.py); confidence is not looked at.
        if (at.x > 1 && at.y > 1 && at.x < 2 * size.width && at.y < 2 * size.height) {
            const cv::Point low(static_cast<int>(at.x - kPointRadiusPx),
                                static_cast<int>(at.y - kPointRadiusPx));
            const cv::Point high(static_cast<int>(at.x + kPointRadiusPx),
                                 static_cast<int>(at.y + kPointRadiusPx));
            const cv::Rect square(low, high + cv::Point(1, 1));
            plane(square & cv::Rect({0, 0}, size)).setTo(255);
        }
        planes.push_back(std::move(plane));
    }
    return planes;
}

}  // namespace closet
