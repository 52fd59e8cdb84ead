#include "body/mask_rays.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace closet {
namespace {

constexpr double kEdge = 127.5;  ///< half of the probability's range

/// A silhouette that ends so near to the picture's border, in mask pixels, is cut off by it.
constexpr double kBorder = 2.0;

/// Entries of a map from frame to mask beyond this are no map of a picture.
constexpr double kLargestEntry = 1e9;

/// The part of begin..end where low <= from + r * step <= high, in one coordinate.
bool clip_axis(double from, double step, double low, double high, double& begin, double& end) {
    if (step == 0) {
        return from >= low && from <= high;
    }
    const double a = (low - from) / step;
    const double b = (high - from) / step;
    begin = std::max(begin, std::min(a, b));
    end = std::min(end, std::max(a, b));
    return begin <= end;  // false for NaN
}

}  // namespace

std::optional<MaskRays> MaskRays::over(const PersonMask& mask, cv::Size frame) {
    const cv::Mat& pixels = mask.probability;
    if (pixels.empty() || pixels.dims != 2 || pixels.type() != CV_8UC1 ||
        std::max(pixels.rows, pixels.cols) > kLargestSide) {
        return std::nullopt;
    }
    for (const double entry : mask.mask_from_shown.val) {
        if (!(std::abs(entry) <= kLargestEntry)) {
            return std::nullopt;
        }
    }
    return MaskRays(mask, frame);
}

MaskRays::MaskRays(const PersonMask& mask, cv::Size frame)
    : pixels_(&mask.probability),
      mask_from_shown_(mask.mask_from_shown),
      mask_high_(mask.probability.cols - 1, mask.probability.rows - 1) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    frame_low_ = {-kInfinity, -kInfinity};
    frame_high_ = {kInfinity, kInfinity};
    if (!frame.empty()) {
        const double scale = std::sqrt(std::abs(mask_from_shown_(0, 0) * mask_from_shown_(1, 1) -
                                                mask_from_shown_(0, 1) * mask_from_shown_(1, 0)));
        const double border = scale > 0 ? kBorder / scale : 0.0;
        frame_low_ = {border, border};
        frame_high_ = {frame.width - 1 - border, frame.height - 1 - border};
    }
}

cv::Point2d MaskRays::to_mask(cv::Point2d at) const {
    const cv::Matx23d& m = mask_from_shown_;
    return {m(0, 0) * at.x + m(0, 1) * at.y + m(0, 2), m(1, 0) * at.x + m(1, 1) * at.y + m(1, 2)};
}

double MaskRays::mask_length(cv::Point2d step) const {
    const cv::Matx23d& m = mask_from_shown_;
    return std::hypot(m(0, 0) * step.x + m(0, 1) * step.y, m(1, 0) * step.x + m(1, 1) * step.y);
}

bool MaskRays::is_known(cv::Point2d in_frame, cv::Point2d in_mask) const {
    return in_frame.x >= frame_low_.x && in_frame.x <= frame_high_.x &&
           in_frame.y >= frame_low_.y && in_frame.y <= frame_high_.y && in_mask.x >= 0 &&
           in_mask.x <= mask_high_.x && in_mask.y >= 0 && in_mask.y <= mask_high_.y;
}

std::optional<bool> MaskRays::is_person(cv::Point2d at) const {
    const cv::Point2d in_mask = to_mask(at);
    return is_known(at, in_mask) ? std::optional(probability(in_mask) >= kEdge) : std::nullopt;
}

bool MaskRays::clip(const Ray& ray, double& begin, double& end) const {
    const cv::Point2d from = to_mask(ray.from);
    const cv::Point2d step = to_mask(ray.at(1)) - from;
    return clip_axis(ray.from.x, ray.step.x, frame_low_.x, frame_high_.x, begin, end) &&
           clip_axis(ray.from.y, ray.step.y, frame_low_.y, frame_high_.y, begin, end) &&
           clip_axis(from.x, step.x, 0, mask_high_.x, begin, end) &&
           clip_axis(from.y, step.y, 0, mask_high_.y, begin, end);
}

/// Bilinear, 0..255. Positions that rounding put beyond the border count as on it.
double MaskRays::probability(cv::Point2d in_mask) const {
    const double x = std::clamp(in_mask.x, 0.0, mask_high_.x);
    const double y = std::clamp(in_mask.y, 0.0, mask_high_.y);
    const int left = static_cast<int>(x);
    const int top = static_cast<int>(y);
    const int right = std::min(left + 1, pixels_->cols - 1);
    const auto* upper = pixels_->ptr<unsigned char>(top);
    const auto* lower = pixels_->ptr<unsigned char>(std::min(top + 1, pixels_->rows - 1));
    const double dx = x - left;
    const double dy = y - top;
    return (1 - dy) * ((1 - dx) * upper[left] + dx * upper[right]) +
           dy * ((1 - dx) * lower[left] + dx * lower[right]);
}

std::optional<double> MaskRays::crossing(const Ray& ray, double begin, double end,
                                         bool into) const {
    const double wanted = begin;
    if (!clip(ray, begin, end) || begin > wanted) {
        return std::nullopt;
    }
    // Clipped to the mask, so there are no more samples than its diagonal has pixels.
    const double length = mask_length(ray.step) * (end - begin);
    const int count = std::max(1, static_cast<int>(std::ceil(length)));
    const cv::Point2d first = to_mask(ray.at(begin));
    const cv::Point2d step = (to_mask(ray.at(end)) - first) / count;
    double before = probability(first);
    if ((before >= kEdge) == into) {
        return std::nullopt;
    }
    for (int i = 1; i <= count; ++i) {
        const double now = probability(first + step * i);
        if ((now >= kEdge) == into) {
            const double share = (kEdge - before) / (now - before);
            return begin + (end - begin) * (i - 1 + share) / count;
        }
        before = now;
    }
    return std::nullopt;
}

}  // namespace closet
