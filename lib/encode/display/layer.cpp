#include "encode/display/layer.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <opencv2/core.hpp>

namespace closet {
namespace {

/// x / 255, rounded, for x in 0..65025 (Blinn, "Three wrongs make a right", 1995).
constexpr std::uint8_t by_255(unsigned x) {
    return static_cast<std::uint8_t>((x + 128U + ((x + 128U) >> 8U)) >> 8U);
}

/// How much of a pixel whose center lies `distance` pixels outside of a shape the shape covers.
std::uint8_t coverage_of(double distance) {
    return static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(0.5 - distance, 0.0, 1.0)));
}

}  // namespace

Layer make_layer(cv::Rect box) {
    return {box.tl(), cv::Mat(box.size(), CV_8UC4, cv::Scalar::all(0))};
}

void paint(Layer& layer, const cv::Mat& coverage, cv::Point at, Color color) {
    const cv::Rect inside = cv::Rect(at, coverage.size()) & cv::Rect({0, 0}, layer.pixels.size());
    const auto opacity = static_cast<unsigned>(std::lround(255.0 * color.opacity));
    for (int y = inside.y; y < inside.br().y; ++y) {
        const auto* from = coverage.ptr<std::uint8_t>(y - at.y) - at.x;
        auto* to = layer.pixels.ptr<cv::Vec4b>(y);
        for (int x = inside.x; x < inside.br().x; ++x) {
            const unsigned alpha = by_255(from[x] * opacity);
            const unsigned rest = 255U - alpha;
            cv::Vec4b& pixel = to[x];
            pixel = {by_255(color.blue * alpha + pixel[0] * rest),
                     by_255(color.green * alpha + pixel[1] * rest),
                     by_255(color.red * alpha + pixel[2] * rest),
                     by_255(255U * alpha + pixel[3] * rest)};
        }
    }
}

void paint_rounded_box(Layer& layer, cv::Rect box, int radius, Color color) {
    cv::Mat coverage(box.size(), CV_8UC1);
    const cv::Point2d center(box.width / 2.0, box.height / 2.0);
    const double r = std::min({static_cast<double>(radius), center.x, center.y});
    for (int y = 0; y < box.height; ++y) {
        auto* row = coverage.ptr<std::uint8_t>(y);
        const double dy = std::max(0.0, std::abs(y + 0.5 - center.y) - (center.y - r));
        for (int x = 0; x < box.width; ++x) {
            const double dx = std::max(0.0, std::abs(x + 0.5 - center.x) - (center.x - r));
            row[x] = coverage_of(std::hypot(dx, dy) - r);
        }
    }
    paint(layer, coverage, box.tl(), color);
}

void paint_disc(Layer& layer, cv::Point2d center, double radius, Color color) {
    const cv::Point from(static_cast<int>(std::floor(center.x - radius)),
                         static_cast<int>(std::floor(center.y - radius)));
    const int extent = static_cast<int>(std::ceil(2.0 * radius)) + 1;
    cv::Mat coverage(extent, extent, CV_8UC1);
    for (int y = 0; y < extent; ++y) {
        for (int x = 0; x < extent; ++x) {
            coverage.at<std::uint8_t>(y, x) = coverage_of(
                std::hypot(from.x + x + 0.5 - center.x, from.y + y + 0.5 - center.y) - radius);
        }
    }
    paint(layer, coverage, from, color);
}

void blend(const Layer& layer, cv::Mat& picture) {
    const cv::Rect inside = layer.box() & cv::Rect({0, 0}, picture.size());
    for (int y = inside.y; y < inside.br().y; ++y) {
        const auto* from = layer.pixels.ptr<cv::Vec4b>(y - layer.at.y) + (inside.x - layer.at.x);
        auto* to = picture.ptr<cv::Vec3b>(y) + inside.x;
        for (int x = 0; x < inside.width; ++x) {
            const cv::Vec4b& over = from[x];
            const unsigned rest = 255U - over[3];
            for (int c = 0; c < 3; ++c) {
                to[x][c] = static_cast<std::uint8_t>(over[c] + by_255(to[x][c] * rest));
            }
        }
    }
}

}  // namespace closet
