#include "warp/removal/skin_grain.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet::removal {
namespace {

constexpr int kGrainSkin = 204;       ///< of 255
constexpr double kPatchWidths = 0.1;  ///< its side, shoulder widths
constexpr int kLeastSide = 6;         ///< pixels of the grid
constexpr short kMostGrain = 5;       ///< levels: more is a hair or a highlight
constexpr int kFromEdge = 3;          ///< of skin: beside hair or lips detail is no grain

/// Of a pixel of the tiles, mirrored: its place in the patch.
int in_tile(int from_patch, int side) {
    const int twice = 2 * side;
    const int at = (from_patch % twice + twice) % twice;
    return at < side ? at : twice - 1 - at;
}

}  // namespace

SkinGrain::SkinGrain(const GridView& view, Known& known) {
    const int side = std::max(view.px(kPatchWidths), kLeastSide);
    const cv::Mat& chance = view.classes->of(Surface::kSkin);
    if (side > std::min(chance.cols, chance.rows)) {
        return;
    }
    const cv::Point middle(cvRound(view.middle.x), cvRound(view.middle.y));
    if (known) {
        const cv::Rect all({0, 0}, chance.size());
        const cv::Rect patch(*known + middle, cv::Size(side, side));
        const cv::Rect around(patch.x - kFromEdge, patch.y - kFromEdge, side + 2 * kFromEdge,
                              side + 2 * kFromEdge);
        if ((patch & all) == patch && cv::countNonZero(chance(around & all) < kGrainSkin) == 0) {
            patch_ = patch;
            return;
        }
    }
    cv::Mat is_skin = chance >= kGrainSkin;
    shrink(is_skin, kFromEdge);
    cv::Mat luma, count, sum, square;
    cv::extractChannel(view.colors(), luma, 0);
    cv::integral(is_skin / 255, count, CV_32S);
    cv::integral(luma, sum, square, CV_64F, CV_64F);
    const auto over = [side]<class Value>(const cv::Mat& table, cv::Point at, Value) {
        return table.at<Value>(at) + table.at<Value>(at.y + side, at.x + side) -
               table.at<Value>(at.y + side, at.x) - table.at<Value>(at.y, at.x + side);
    };
    const cv::Rect inside(0, 0, is_skin.cols - side + 1, is_skin.rows - side + 1);
    const auto is_whole = [&](cv::Point at) {
        return inside.contains(at) && over(count, at, int{}) == side * side;
    };
    known.reset();
    double least = std::numeric_limits<double>::max();
    for (int y = 0; y < inside.height; y += side / 3) {
        for (int x = 0; x < inside.width; x += side / 3) {
            const cv::Point at(x, y);
            if (is_whole(at)) {
                const double mean = over(sum, at, double{}) / (side * side);
                const double spread = over(square, at, double{}) / (side * side) - mean * mean;
                if (spread < least) {
                    least = spread;
                    patch_ = cv::Rect(at, cv::Size(side, side));
                    known = at - middle;
                }
            }
        }
    }
}

void SkinGrain::set_sources(cv::Rect part, Sources& sources) const {
    sources.create(part.size());
    sources.setTo(cv::Scalar::all(0));
    for (int y = part.y; patch_ && y < part.br().y; ++y) {
        const int dy = patch_->y + in_tile(y - patch_->y, patch_->height) - y;
        for (int x = part.x; x < part.br().x; ++x) {
            const int dx = patch_->x + in_tile(x - patch_->x, patch_->width) - x;
            sources(y - part.y, x - part.x) = {static_cast<short>(dx), static_cast<short>(dy),
                                               kMostGrain};
        }
    }
}

float blotch_at(float a, float b) {
    const float x = std::floor(a), y = std::floor(b);
    const auto i = static_cast<int>(x), j = static_cast<int>(y);
    const auto smooth = [](float t) { return t * t * (3 - 2 * t); };
    const float s = smooth(a - x), t = smooth(b - y);
    return (grain_at(i, j) * (1 - s) + grain_at(i + 1, j) * s) * (1 - t) +
           (grain_at(i, j + 1) * (1 - s) + grain_at(i + 1, j + 1) * s) * t;
}

}  // namespace closet::removal
