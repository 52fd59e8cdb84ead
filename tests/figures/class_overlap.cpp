#include "class_overlap.h"

#include <algorithm>
#include <array>

#include <opencv2/imgproc.hpp>

namespace closet::figures {

void likeliest_classes(const PersonClasses& classes, cv::Size size, cv::Mat& likeliest,
                       cv::Mat* colors) {
    std::array<cv::Mat, kSurfaceCount> planes;
    for (std::size_t c = 0; c < kSurfaceCount; ++c) {
        cv::warpAffine(classes.probability[c], planes[c], classes.classes_from_shown, size,
                       cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT,
                       c == 0 ? 255 : 0);
    }
    constexpr std::array<std::array<float, 3>, kSurfaceCount> kColors{
        {{60, 60, 60}, {140, 180, 255}, {40, 90, 160}, {80, 220, 80}, {255, 120, 60}}};
    likeliest.create(size, CV_8UC1);
    if (colors != nullptr) {
        colors->create(size, CV_8UC3);
    }
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            std::size_t best = 0;
            cv::Vec3f mean{};
            for (std::size_t c = 0; c < kSurfaceCount; ++c) {
                const std::uint8_t p = planes[c].at<std::uint8_t>(y, x);
                best = p > planes[best].at<std::uint8_t>(y, x) ? c : best;
                mean += cv::Vec3f(kColors[c].data()) * (static_cast<float>(p) / 255.0F);
            }
            likeliest.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(best);
            if (colors != nullptr) {
                colors->at<cv::Vec3b>(y, x) = mean;
            }
        }
    }
}

cv::Mat upper_clothes(const PosedFrame& posed, cv::Mat* colors) {
    const occlusion::ShownPicture picture(*posed.frame.image, posed.frame.orientation);
    const cv::Size size = picture.geometry.shown;
    if (!posed.poses.empty()) {
        ClassFinder finder;
        finder.begin_frame(0, true);
        if (const PersonClasses* classes = finder.find(posed.poses.front(), picture)) {
            cv::Mat likeliest;
            likeliest_classes(*classes, size, likeliest, colors);
            return likeliest == static_cast<int>(Surface::kUpperClothes);
        }
    }
    return cv::Mat::zeros(size, CV_8UC1);
}

double overlap_of(const cv::Mat& a, const cv::Mat& b) {
    return static_cast<double>(cv::countNonZero(a & b)) / std::max(cv::countNonZero(a | b), 1);
}

}  // namespace closet::figures
