#include "warp/removal/push_pull.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

namespace closet::removal {

void push_pull(cv::Mat3f& values, const cv::Mat1f& weight) {
    constexpr int kSmallest = 2;
    cv::Mat3f sums(values.size());
    for (int y = 0; y < values.rows; ++y) {
        const auto* value = values[y];
        const float* share = weight[y];
        auto* sum = sums[y];
        for (int x = 0; x < values.cols; ++x) {
            sum[x] = value[x] * share[x];
        }
    }
    if (std::min(values.rows, values.cols) <= kSmallest) {
        const cv::Scalar all = cv::sum(sums);
        const double whole = cv::sum(weight)[0];
        const cv::Vec3f mean =
            whole > 1e-6 ? cv::Vec3f(cv::Vec3d(all[0], all[1], all[2]) / whole) : cv::Vec3f::all(0);
        for (int y = 0; y < values.rows; ++y) {
            for (int x = 0; x < values.cols; ++x) {
                values(y, x) = sums(y, x) + mean * (1 - weight(y, x));
            }
        }
        return;
    }
    const cv::Size half((values.cols + 1) / 2, (values.rows + 1) / 2);
    cv::Mat3f low;
    cv::Mat1f low_weight;
    cv::resize(sums, low, half, 0, 0, cv::INTER_AREA);
    cv::resize(weight, low_weight, half, 0, 0, cv::INTER_AREA);
    for (int y = 0; y < low.rows; ++y) {
        auto* value = low[y];
        float* share = low_weight[y];
        for (int x = 0; x < low.cols; ++x) {
            value[x] *= 1.0F / std::max(share[x], 1e-6F);
            share[x] = std::min(2 * share[x], 1.0F);
        }
    }
    push_pull(low, low_weight);
    cv::Mat3f wide;
    cv::resize(low, wide, values.size(), 0, 0, cv::INTER_LINEAR);
    cv::blur(wide, wide, {3, 3}, {-1, -1}, cv::BORDER_REPLICATE);
    for (int y = 0; y < values.rows; ++y) {
        auto* value = values[y];
        const float* share = weight[y];
        const auto *sum = sums[y], *filled = wide[y];
        for (int x = 0; x < values.cols; ++x) {
            value[x] = sum[x] + filled[x] * (1 - share[x]);
        }
    }
}

}  // namespace closet::removal
