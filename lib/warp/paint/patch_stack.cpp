#include "warp/paint/patch_stack.h"

#include <cstdint>

#include <opencv2/core.hpp>

namespace closet {

void PatchStack::add(const Patch& patch) {
    if (where_.empty()) {
        where_ = patch.where;
        rgba_ = patch.rgba.clone();
        return;
    }
    const cv::Rect all = where_ | patch.where;
    if (all != where_) {
        cv::Mat grown(all.size(), CV_8UC4, cv::Scalar::all(0));
        rgba_.copyTo(grown({where_.tl() - all.tl(), where_.size()}));
        rgba_ = grown;
        where_ = all;
    }
    const cv::Point corner = patch.where.tl() - where_.tl();
    for (int y = 0; y < patch.where.height; ++y) {
        const auto* above = patch.rgba.ptr<cv::Vec4b>(y);
        auto* below = rgba_.ptr<cv::Vec4b>(y + corner.y) + corner.x;
        for (int x = 0; x < patch.where.width; ++x) {
            const unsigned top = above[x][3];
            if (top == 0) {
                continue;
            }
            // Weights of both colors, of 255 * 255.
            const unsigned own = 255 * top;
            const unsigned rest = (255 - top) * below[x][3];
            const unsigned sum = own + rest;
            for (int c = 0; c < 3; ++c) {
                below[x][c] = static_cast<std::uint8_t>(
                    (own * above[x][c] + rest * below[x][c] + sum / 2) / sum);
            }
            below[x][3] = static_cast<std::uint8_t>((sum + 127) / 255);
        }
    }
}

}  // namespace closet
