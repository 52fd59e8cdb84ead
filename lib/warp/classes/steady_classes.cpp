#include "warp/classes/steady_classes.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "warp/paint/kernel.h"

namespace closet::classes {
namespace {

/// Levels of luma and both chromas, of means over 6 x 6 pixels of the grid: below the first all is
/// noise (of 3 levels on each channel of the frame 0.4), from the second on something has moved.
constexpr double kStill = 1.5, kMoved = 4;
constexpr int kAround = 3;  ///< side of the square at half size

/// `n` levels and what they were, x 256; `share`, of 256, of the way is gone; two pixels have one.
CLOSET_TARGET_CLONES
void follow_row(const std::uint16_t* __restrict share, std::size_t n,
                std::uint16_t* __restrict known, std::uint8_t* __restrict levels) {
    for (std::size_t i = 0; i < n; ++i) {
        const int was = known[i];
        const int is = was + ((levels[i] * 256 - was) * share[i] + 128) / 256;
        known[i] = static_cast<std::uint16_t>(is);
        levels[i] = static_cast<std::uint8_t>((is + 127) / 256);
    }
}

}  // namespace

void SteadyClasses::follow(const cv::Mat& colors, bool is_same_grid, double passed_s,
                           const std::array<cv::Mat*, kPlanes>& planes) {
    cv::Mat half, now, off;
    cv::resize(colors, half, colors.size() / 2, 0, 0, cv::INTER_AREA);
    half.convertTo(now, CV_32F);
    if (!is_same_grid || seen_.size() != now.size() || known_[0].size() != colors.size()) {
        seen_ = now;
        for (std::size_t c = 0; c < planes.size(); ++c) {
            planes[c]->convertTo(known_[c], CV_16U, 256);
        }
        return;
    }
    cv::subtract(now, seen_, off);
    cv::blur(off, off, {kAround, kAround}, {-1, -1}, cv::BORDER_REPLICATE);
    const double slow = 1 - std::exp(-passed_s / kFollowS);
    std::vector<std::uint16_t> shares(static_cast<std::size_t>(colors.cols));
    for (int j = 0; j < now.rows; ++j) {
        const auto *is = now.ptr<cv::Vec3f>(j), *moved = off.ptr<cv::Vec3f>(j);
        auto* was = seen_.ptr<cv::Vec3f>(j);
        for (int i = 0; i < now.cols; ++i) {
            const float all = std::abs(moved[i][0]) + std::abs(moved[i][1]) + std::abs(moved[i][2]);
            const double moves = smoothstep(kStill, kMoved, static_cast<double>(all));
            const double share = slow + (1 - slow) * moves;
            was[i] += (is[i] - was[i]) * static_cast<float>(share);
            const auto at = 2 * static_cast<std::size_t>(i);
            shares[at] = shares[at + 1] = static_cast<std::uint16_t>(std::lround(256 * share));
        }
        for (std::size_t c = 0; c < planes.size(); ++c) {
            for (const int y : {2 * j, 2 * j + 1}) {
                follow_row(shares.data(), shares.size(), known_[c].ptr<std::uint16_t>(y),
                           planes[c]->ptr(y));
            }
        }
    }
}

}  // namespace closet::classes
