#include "warp/mesh/outline.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace closet::mesh {

Outline::Outline(const cv::Mat& visible) : visible_(visible), box_(cv::boundingRect(visible)) {}

std::optional<double> Outline::top(double x) const {
    const int column = std::clamp(cvRound(x), 0, visible_.cols - 1);
    for (int y = box_.y; y < box_.y + box_.height; ++y) {
        if (visible_.at<std::uint8_t>(y, column) != 0) {
            return y;
        }
    }
    return std::nullopt;
}

double Outline::end_of_run(double y, double from, PictureSide side) const {
    const int step = side == PictureSide::kLeft ? -1 : 1;
    const auto* row = visible_.ptr<std::uint8_t>(std::clamp(cvRound(y), 0, visible_.rows - 1));
    int x = std::clamp(cvRound(from), 0, visible_.cols - 1);
    while (x + step >= 0 && x + step < visible_.cols && row[x + step] != 0) {
        x += step;
    }
    return x;
}

double Outline::axis() const {
    constexpr double kFirst = 0.05, kLast = 0.7, kStep = 0.02;  // collars and hems may be slanted
    std::vector<double> centres;
    for (double share = kFirst; share <= kLast; share += kStep) {
        const auto* row = visible_.ptr<std::uint8_t>(cvRound(this->row(share)));
        const auto* end = row + visible_.cols;
        const auto* first = std::find_if(row, end, [](std::uint8_t v) { return v != 0; });
        if (first != end) {
            const auto* last = end - 1;
            while (*last == 0) {
                --last;
            }
            centres.push_back(static_cast<double>((first - row) + (last - row)) / 2);
        }
    }
    if (centres.empty()) {
        return box_.x + box_.width / 2.0;
    }
    const auto middle = centres.begin() + static_cast<std::ptrdiff_t>(centres.size() / 2);
    std::nth_element(centres.begin(), middle, centres.end());
    return *middle;
}

}  // namespace closet::mesh
