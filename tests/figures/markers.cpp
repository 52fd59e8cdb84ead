#include "markers.h"

#include <cmath>

#include <opencv2/imgproc.hpp>

#include "core/error.h"

namespace closet::figures {
namespace {

/// Red is the dot; green and blue hold two digits of its number as shares of red, so that a shadow
/// changes nothing.
constexpr int kBase = 20;
constexpr double kLevel = 255.0 / kBase;
/// Red below it is a neighbor's blur.
constexpr int kLeastRed = 24;

}  // namespace

std::shared_ptr<const Garment> with_markers(const Garment& garment,
                                            const std::vector<cv::Point2f>& points, int radius) {
    auto marked = std::make_shared<Garment>(garment);
    cv::Mat alpha;
    cv::extractChannel(garment.rgba, alpha, 3);
    // A picture of its own: to assign zeros to the copied header would clear the garment's pixels.
    marked->rgba = cv::Mat(garment.rgba.size(), CV_8UC4, cv::Scalar::all(0));
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto n = static_cast<int>(i);
        if (n >= kBase * kBase) {
            throw Error("a garment holds at most 400 markers");
        }
        constexpr int kShift = 4;
        cv::circle(marked->rgba,
                   {cvRound(points[i].x * (1 << kShift)), cvRound(points[i].y * (1 << kShift))},
                   radius << kShift,
                   cv::Scalar(255, (n / kBase + 0.5) * kLevel, (n % kBase + 0.5) * kLevel),
                   cv::FILLED, cv::LINE_AA, kShift);
    }
    cv::insertChannel(alpha, marked->rgba, 3);
    return marked;
}

std::map<int, Marker> find_markers(const Patch& patch) {
    cv::Mat red, labels, stats, centers;
    cv::extractChannel(patch.rgba, red, 0);
    const int count = cv::connectedComponentsWithStats(red > kLeastRed, labels, stats, centers);
    std::map<int, Marker> markers;
    for (int i = 1; i < count; ++i) {
        const cv::Rect box(stats.at<int>(i, cv::CC_STAT_LEFT), stats.at<int>(i, cv::CC_STAT_TOP),
                           stats.at<int>(i, cv::CC_STAT_WIDTH),
                           stats.at<int>(i, cv::CC_STAT_HEIGHT));
        double mass = 0, x = 0, y = 0, green = 0, blue = 0, strength = 0;
        for (int row = box.y; row < box.br().y; ++row) {
            for (int column = box.x; column < box.br().x; ++column) {
                if (labels.at<int>(row, column) != i) {
                    continue;
                }
                const auto& p = patch.rgba.at<cv::Vec4b>(row, column);
                const double weight = p[0] / 255.0 * p[3] / 255.0;
                mass += weight;
                x += weight * column;
                y += weight * row;
                green += weight * p[1];
                blue += weight * p[2];
                strength += weight * p[0];
            }
        }
        if (mass < 1) {
            continue;
        }
        const int number = static_cast<int>(green / strength * kBase) * kBase +
                           static_cast<int>(blue / strength * kBase);
        markers[number] = {cv::Point2d(x / mass, y / mass) + cv::Point2d(patch.where.tl()), mass};
    }
    return markers;
}

std::vector<cv::Point2f> torso_grid(const Garment& garment, int step) {
    std::vector<cv::Point2f> outline;
    for (const char* name :
         {"right_neck", "right_armpit", "right_hem", "left_hem", "left_armpit", "left_neck"}) {
        const auto anchor = garment.anchors.find(name);
        if (anchor == garment.anchors.end()) {
            throw Error("the garment '" + garment.name + "' has no anchor " + name);
        }
        outline.push_back(anchor->second);
    }
    std::vector<cv::Point2f> points;
    for (int y = step / 2; y < garment.rgba.rows; y += step) {
        for (int x = step / 2; x < garment.rgba.cols; x += step) {
            const cv::Point2f p(static_cast<float>(x), static_cast<float>(y));
            if (cv::pointPolygonTest(outline, p, true) > step / 3.0 &&
                garment.rgba.at<cv::Vec4b>(y, x)[3] == 255) {
                points.push_back(p);
            }
        }
    }
    return points;
}

}  // namespace closet::figures
