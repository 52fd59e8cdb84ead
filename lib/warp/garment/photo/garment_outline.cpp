#include "warp/garment/photo/garment_outline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

constexpr int kSmallestGarment = 32;
/// The study's pictures have boxes of 700..1100 px; lengths in path points are of that size.
constexpr double kDiagonal = 900;
constexpr int kMargin = 8;  ///< px, so that a garment at the picture's edge has an outline there
constexpr int kOpaque = 127;

// Where the center is looked for, in parts of the box (study, section 2).
constexpr double kAxisFrom = 0.05;
constexpr double kAxisTo = 0.70;
constexpr double kHemHalfWidth = 0.06;
constexpr double kTopHalfWidth = 0.03;

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 != 0) {
        return *middle;
    }
    // The mean of both middle ones, so that a mirrored outline has the mirrored axis.
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

cv::Mat largest_part(const cv::Mat& alpha) {
    cv::Mat labels, stats, centroids;
    const int count =
        cv::connectedComponentsWithStats(alpha > kOpaque, labels, stats, centroids, 8, CV_32S);
    int best = 0;
    for (int i = 1; i < count; ++i) {
        if (best == 0 ||
            stats.at<int>(i, cv::CC_STAT_AREA) > stats.at<int>(best, cv::CC_STAT_AREA)) {
            best = i;
        }
    }
    return best == 0 ? cv::Mat(alpha.size(), CV_8UC1, cv::Scalar(0)) : cv::Mat(labels == best);
}

double find_axis(const GarmentOutline& outline) {
    std::vector<double> centers;
    const cv::Rect& box = outline.box;
    for (double y = box.y + kAxisFrom * box.height; y < box.y + kAxisTo * box.height; y += 3) {
        const auto* row = outline.mask.ptr<std::uint8_t>(static_cast<int>(y));
        int first = box.x;
        int last = box.x + box.width - 1;
        while (first <= last && row[first] == 0) {
            ++first;
        }
        while (first <= last && row[last] == 0) {
            --last;
        }
        if (first <= last) {
            centers.push_back((first + last) / 2.0);
        }
    }
    // The part is connected, so no row of its box is empty. Halves of pixels can be mirrored.
    return std::round(2 * median(std::move(centers))) / 2;
}

/// Widens the mask until the axis is in its middle.
void center(GarmentOutline& outline) {
    const int missing = static_cast<int>(2 * outline.axis) + 1 - outline.mask.cols;
    const int left = std::max(-missing, 0);
    cv::Mat wider;
    cv::copyMakeBorder(outline.mask, wider, 0, 0, left, std::max(missing, 0), cv::BORDER_CONSTANT,
                       cv::Scalar(0));
    outline.mask = wider;
    outline.axis += left;
    outline.box.x += left;
    outline.origin.x -= left / outline.scale;
}

/// The median over columns around the axis of their first (or last) row inside.
double edge_at_axis(const GarmentOutline& outline, double half_width, bool first) {
    const cv::Rect& box = outline.box;
    const double reach = std::max(2.0, half_width * box.width);
    std::vector<double> rows;
    const int from = std::max(box.x, static_cast<int>(std::ceil(outline.axis - reach)));
    const int to =
        std::min(box.x + box.width - 1, static_cast<int>(std::floor(outline.axis + reach)));
    for (int x = from; x <= to; ++x) {
        for (int i = 0; i < box.height; ++i) {
            const int y = first ? box.y + i : box.y + box.height - 1 - i;
            if (outline.mask.at<std::uint8_t>(y, x) != 0) {
                rows.push_back(y);
                break;
            }
        }
    }
    return rows.empty() ? box.y + (first ? 0 : box.height - 1) : median(std::move(rows));
}

OutlinePath at_equal_distances(const std::vector<cv::Point>& points) {
    std::vector<double> along(points.size(), 0.0);
    for (std::size_t i = 1; i < points.size(); ++i) {
        along[i] = along[i - 1] + cv::norm(points[i] - points[i - 1]);
    }
    OutlinePath path;
    std::size_t next = 1;
    for (int k = 0; k < kHalfOutlinePoints; ++k) {
        const double at = along.back() * k / (kHalfOutlinePoints - 1);
        while (next + 1 < points.size() && along[next] < at) {
            ++next;
        }
        const double step = along[next] - along[next - 1];
        const double t = step > 0 ? std::clamp((at - along[next - 1]) / step, 0.0, 1.0) : 0.0;
        path.push_back(cv::Point2d(points[next - 1]) * (1 - t) + cv::Point2d(points[next]) * t);
    }
    return path;
}

/// Takes the pixels' stairs away: a Gaussian of 1.5 points.
void smooth(OutlinePath& path) {
    cv::Mat points(path, false);
    cv::GaussianBlur(points, points, {1, 7}, 1.5, 1.5, cv::BORDER_REPLICATE);
}

}  // namespace

double GarmentOutline::diagonal() const {
    return std::hypot(box.width, box.height);
}

cv::Point2f GarmentOutline::to_picture(cv::Point2d point) const {
    return {static_cast<float>((point.x + 0.5) / scale - 0.5 + origin.x),
            static_cast<float>((point.y + 0.5) / scale - 0.5 + origin.y)};
}

std::optional<GarmentOutline> outline_of(const cv::Mat& alpha) {
    const cv::Mat part = largest_part(alpha);
    const cv::Rect visible = cv::boundingRect(part);
    if (std::min(visible.width, visible.height) < kSmallestGarment) {
        return std::nullopt;
    }
    GarmentOutline outline;
    outline.scale = kDiagonal / std::hypot(visible.width, visible.height);
    cv::Mat sized;
    cv::resize(part(visible), sized, {}, outline.scale, outline.scale,
               outline.scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    cv::copyMakeBorder(sized > kOpaque, outline.mask, kMargin, kMargin, kMargin, kMargin,
                       cv::BORDER_CONSTANT, cv::Scalar(0));
    outline.mask = largest_part(outline.mask);  // resizing may have cut a thread
    outline.box = cv::boundingRect(outline.mask);
    if (outline.box.empty()) {
        return std::nullopt;
    }
    outline.origin = cv::Point2d(visible.tl()) - cv::Point2d(kMargin, kMargin) / outline.scale;
    outline.axis = find_axis(outline);
    center(outline);
    outline.top = edge_at_axis(outline, kTopHalfWidth, true);
    outline.hem = edge_at_axis(outline, kHemHalfWidth, false);
    return outline;
}

std::optional<GarmentOutline> outline_of_mask(const GarmentOutline& outline, const cv::Mat& mask) {
    auto part = outline_of(mask);
    if (part) {
        const cv::Point2d half(0.5, 0.5);
        part->origin = (part->origin + half) / outline.scale - half + outline.origin;
        part->scale *= outline.scale;
    }
    return part;
}

GarmentOutline mirrored(const GarmentOutline& outline) {
    GarmentOutline result = outline;
    cv::flip(outline.mask, result.mask, 1);
    result.box.x = outline.mask.cols - outline.box.x - outline.box.width;
    return result;
}

OutlinePath left_half(const GarmentOutline& outline) {
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(outline.mask, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    if (contours.empty()) {
        return {};
    }
    const std::vector<cv::Point>& contour = contours.front();  // the mask is one part
    const auto nearest = [&](double y) {
        std::size_t best = 0;
        double least = INFINITY;
        for (std::size_t i = 0; i < contour.size(); ++i) {
            // Being at the axis counts for more than being at that height.
            const double away =
                3 * std::abs(contour[i].x - outline.axis) + std::abs(contour[i].y - y);
            if (away < least) {
                least = away;
                best = i;
            }
        }
        return best;
    };
    const std::size_t top = nearest(outline.top);
    const std::size_t hem = nearest(outline.hem);
    if (top == hem) {
        return {};
    }
    // Both ways round from the top to the hem; the left one has the smaller x on average.
    std::array<std::vector<cv::Point>, 2> ways;
    for (std::size_t i = top; i != hem; i = (i + 1) % contour.size()) {
        ways[0].push_back(contour[i]);
    }
    ways[0].push_back(contour[hem]);
    for (std::size_t i = top; i != hem; i = (i + contour.size() - 1) % contour.size()) {
        ways[1].push_back(contour[i]);
    }
    ways[1].push_back(contour[hem]);
    const auto mean_x = [](const std::vector<cv::Point>& way) { return cv::mean(way)[0]; };
    OutlinePath path = at_equal_distances(mean_x(ways[0]) <= mean_x(ways[1]) ? ways[0] : ways[1]);
    smooth(path);
    return path;
}

}  // namespace closet
