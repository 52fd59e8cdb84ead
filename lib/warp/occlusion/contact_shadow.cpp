#include "warp/occlusion/contact_shadow.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <opencv2/imgproc.hpp>

#include "warp/occlusion/half_view.h"

namespace closet {
namespace {

constexpr double kBlur = 0.025, kShift = 0.02;  ///< shoulder widths, the mesh study's
constexpr double kReach = 3.0;                  ///< of the blur, in standard deviations
/// From this shoulder width on, in pixels, the blur is wide enough for quarter size.
constexpr double kQuarterFrom = 100.0;
/// A larger blur costs time and shows nothing: a shoulder width of 2000 pixels.
constexpr double kLargestUnit = 2000.0;

/// Mean alpha of kStep x kStep pixels.
template <int kStep>
void shrink_alpha(const cv::Mat& rgba, cv::Mat& small) {
    small.create(rgba.rows / kStep, rgba.cols / kStep, CV_8UC1);
    for (int j = 0; j < small.rows; ++j) {
        auto* out = small.ptr(j);
        for (int i = 0; i < small.cols; ++i) {
            int sum = kStep * kStep / 2;
            for (int y = 0; y < kStep; ++y) {
                const auto* row = rgba.ptr<cv::Vec4b>(kStep * j + y) + kStep * i;
                for (int x = 0; x < kStep; ++x) {
                    sum += row[x][3];
                }
            }
            out[i] = static_cast<std::uint8_t>(sum / (kStep * kStep));
        }
    }
}

/// The rectangle with corner and size in multiples of `step` that holds `rect`, at x, y >= 0.
cv::Rect aligned(const cv::Rect& rect, int step) {
    const cv::Point low(rect.x / step * step, rect.y / step * step);
    const cv::Point high((rect.br().x + step - 1) / step * step,
                         (rect.br().y + step - 1) / step * step);
    return {low, high};
}

/// Lays black of `strength` x `shadow` (half size) under the patch's colors.
void lay_under(cv::Mat& rgba, const cv::Mat& shadow, float strength) {
    const int share = static_cast<int>(std::lround(strength * 256.0F));
    for (int y = 0; y < rgba.rows; ++y) {
        const int j = y / 2;
        const int beside = std::clamp(y % 2 == 0 ? j - 1 : j + 1, 0, shadow.rows - 1);
        const auto* near_row = shadow.ptr(j);
        const auto* far_row = shadow.ptr(beside);
        auto* row = rgba.ptr<cv::Vec4b>(y);
        for (int x = 0; x < rgba.cols; ++x) {
            const int alpha = row[x][3];
            const int i = x / 2;
            if (alpha == 255 || (near_row[i] | far_row[i]) == 0) {
                continue;
            }
            const int next = std::clamp(x % 2 == 0 ? i - 1 : i + 1, 0, shadow.cols - 1);
            const int sum = 9 * near_row[i] + 3 * (near_row[next] + far_row[i]) + far_row[next];
            const int under = (sum * share / 16 * (255 - alpha) / 255 + 128) / 256;
            const int whole = alpha + under;
            if (under != 0) {
                for (int c = 0; c < 3; ++c) {
                    row[x][c] = static_cast<std::uint8_t>((row[x][c] * alpha + whole / 2) / whole);
                }
                row[x][3] = static_cast<std::uint8_t>(whole);
            }
        }
    }
}

}  // namespace

void ContactShadow::add(Patch& patch, const Wearer& wearer, cv::Size picture, float strength) {
    const std::optional<BodyFrame>& body = wearer.body;
    const PersonMask* mask = wearer.pose.mask.get();
    if (!body || strength <= 0.0F || !occlusion::is_usable(mask)) {
        return;
    }
    const double unit = std::min(body->unit, kLargestUnit);
    const double margin = (kReach * kBlur + kShift) * unit + 2;
    const cv::Rect2d wide(patch.where.x - margin, patch.where.y - margin,
                          patch.where.width + 2 * margin, patch.where.height + 2 * margin);
    const int step = unit >= kQuarterFrom ? 4 : 2;
    const cv::Rect where = aligned(occlusion::even_part(wide, picture) | patch.where, step);

    if (canvas_.rows < where.height || canvas_.cols < where.width) {
        canvas_.create(std::max(canvas_.rows, where.height), std::max(canvas_.cols, where.width),
                       CV_8UC4);
    }
    cv::Mat rgba = canvas_({0, 0, where.width, where.height});
    const cv::Rect inner = patch.where - where.tl();
    cv::copyMakeBorder(patch.rgba, rgba, inner.y, where.height - inner.br().y, inner.x,
                       where.width - inner.br().x, cv::BORDER_CONSTANT | cv::BORDER_ISOLATED,
                       cv::Scalar::all(0));

    if (step == 4) {
        shrink_alpha<4>(rgba, garment_);
    } else {
        shrink_alpha<2>(rgba, garment_);
    }
    const cv::Point2d shift = cv::Point2d(0, kShift * unit / step);
    const cv::Matx23d moved(1, 0, shift.x, 0, 1, shift.y);
    cv::warpAffine(garment_, shadow_, moved, garment_.size(), cv::INTER_LINEAR,
                   cv::BORDER_REPLICATE);
    const double sigma = std::max(kBlur * unit / step, 0.5);
    cv::GaussianBlur(shadow_, shadow_, {}, sigma, sigma, cv::BORDER_REPLICATE);
    occlusion::read_person(mask, where, person_, step);
    cv::multiply(shadow_, person_, shadow_, 1.0 / 255.0);
    if (step == 4) {
        cv::resize(shadow_, garment_, {where.width / 2, where.height / 2}, 0, 0, cv::INTER_LINEAR);
        cv::swap(shadow_, garment_);
    }
    lay_under(rgba, shadow_, strength);
    patch = {where, rgba};
}

}  // namespace closet
