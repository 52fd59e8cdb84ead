#include "warp/removal/belly.h"

#include <algorithm>
#include <cmath>

#include "warp/removal/skin_grain.h"

namespace closet::removal {
namespace {

constexpr int kCovered = 200;        ///< of 255
constexpr double kDarkerSides = 20;  ///< levels, by eye
constexpr double kBlotch = 2, kBlotchWidths = 0.07;

}  // namespace

BetweenGarments::BetweenGarments(const cv::Mat& uncut) {
    for (int x = 0; x < uncut.cols; ++x) {
        cv::Range rows(0, -1);
        for (int y = 0; y < uncut.rows; ++y) {
            if (uncut.at<std::uint8_t>(y, x) > kCovered) {
                rows = {rows.end < 0 ? y : rows.start, y};
            }
        }
        covered_.push_back(rows);
    }
}

void paint_belly(const GridView& view, const cv::Mat& belly, cv::Rect part, const cv::Vec3f& skin,
                 cv::Mat3f& colors) {
    colors.create(part.size());
    for (int y = 0; y < part.height; ++y) {
        const auto* row = belly.ptr(part.y + y) + part.x;
        int first = 0, last = part.width - 1;
        while (first < last && row[first] == 0) {
            ++first;
        }
        while (last > first && row[last] == 0) {
            --last;
        }
        for (int x = 0; x < part.width; ++x) {
            const cv::Point2d p(part.x + x, part.y + y);
            const double u = std::clamp(2.0 * (x - first) / std::max(last - first, 1) - 1, -1., 1.);
            const double blotch =
                kBlotch * double{blotch_at(static_cast<float>(view.aside(p) / kBlotchWidths),
                                           static_cast<float>(view.along(p) / kBlotchWidths))};
            colors(y, x) = skin;
            colors(y, x)[0] += static_cast<float>(blotch - kDarkerSides * std::pow(u, 4));
        }
    }
}

}  // namespace closet::removal
