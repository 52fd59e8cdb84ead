#include "warp/paint/patch.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

/// Transparent pixels that resampling may reach.
constexpr int kReach = 1;

void premultiply(const cv::Mat& straight, cv::Mat& result) {
    result.create(straight.size(), CV_8UC4);
    for (int y = 0; y < straight.rows; ++y) {
        const auto* from = straight.ptr<cv::Vec4b>(y);
        auto* to = result.ptr<cv::Vec4b>(y);
        for (int x = 0; x < straight.cols; ++x) {
            const int alpha = from[x][3];
            for (int c = 0; c < 3; ++c) {
                to[x][c] = static_cast<std::uint8_t>((from[x][c] * alpha + 127) / 255);
            }
            to[x][3] = from[x][3];
        }
    }
}

/// The pixels that become one when so many are shrunk to one, as an odd number.
int width_of_mean(double shrunk) {
    return 2 * static_cast<int>((shrunk + 0.5) / 2) + 1;
}

}  // namespace

cv::Rect visible_part(const Patch& patch) {
    const auto width = static_cast<std::size_t>(patch.rgba.cols);
    cv::Rect all;
    for (int y = 0; y < patch.rgba.rows; ++y) {
        const pixel_row::Span span = patch.seen.empty()
                                         ? pixel_row::visible(patch.rgba.ptr(y), width)
                                         : patch.seen[static_cast<std::size_t>(y)];
        if (!span.empty()) {
            all |= cv::Rect(static_cast<int>(span.begin), y, static_cast<int>(span.size()), 1);
        }
    }
    return all;
}

void unpremultiply(cv::Mat& canvas) {
    for (int y = 0; y < canvas.rows; ++y) {
        pixel_row::unpremultiply(canvas.ptr(y), static_cast<std::size_t>(canvas.cols));
    }
}

Patch StoredPatch::of(const Patch& shown, const PictureGeometry& geometry) {
    if (geometry.is_plain()) {
        return shown;
    }
    const cv::Rect where = geometry.stored_around(shown.where);
    const bool is_turned = geometry.has_square_pixels();
    const cv::Rect grown(where.x - kReach, where.y - kReach, where.width + 2 * kReach,
                         where.height + 2 * kReach);
    Patch result{align_to_chroma(is_turned ? where : grown), {}, shown.is_native};
    if (canvas_.rows < result.where.height || canvas_.cols < result.where.width) {
        canvas_.create(std::max(canvas_.rows, result.where.height),
                       std::max(canvas_.cols, result.where.width), CV_8UC4);
    }
    result.rgba = canvas_({{0, 0}, result.where.size()});
    if (is_turned) {
        turn(shown, geometry.orientation, where, result);
    } else {
        resample(shown, geometry, result);
    }
    return result;
}

void StoredPatch::turn(const Patch& shown, Orientation orientation, cv::Rect where, Patch& result) {
    if (where != result.where) {  // odd in stored pixels
        result.rgba.setTo(cv::Scalar::all(0));
    }
    cv::Mat part = result.rgba(where - result.where.tl());
    turn_upright(shown.rgba, orientation.inverse(), part);
}

void StoredPatch::resample(const Patch& shown, const PictureGeometry& geometry, Patch& result) {
    premultiply(shown.rgba, premultiplied_);
    cv::Size mean(
        width_of_mean(static_cast<double>(geometry.square.width) / geometry.stored.width),
        width_of_mean(static_cast<double>(geometry.square.height) / geometry.stored.height));
    if (mean.width * mean.height > 1) {
        mean = turned(mean, geometry.orientation);
        cv::blur(premultiplied_, premultiplied_, mean, {-1, -1}, cv::BORDER_REPLICATE);
    }
    const cv::Matx23d at(1, 0, result.where.x, 0, 1, result.where.y);
    const cv::Matx23d back(1, 0, -shown.where.x, 0, 1, -shown.where.y);
    const cv::Matx23d shown_from_patch = compose(back, compose(geometry.shown_from_stored, at));
    // A patch that the frame cuts off goes on beyond it; others have a transparent edge.
    cv::warpAffine(premultiplied_, result.rgba, shown_from_patch, result.rgba.size(),
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    unpremultiply(result.rgba);
}

}  // namespace closet
