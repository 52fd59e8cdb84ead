#include "warp/learned/learned_warp.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/color.h"
#include "core/error.h"
#include "core/log.h"
#include "core/picture_geometry.h"
#include "warp/learned/person_picture.h"
#include "warp/occlusion/half_view.h"

namespace closet {
namespace {

/// A body this many times as large as the frame is a network's blunder.
constexpr double kLargestBody = 8.0;
/// Transparent pixels around what is painted: the patch's outermost ones must be (patch.h).
constexpr int kClearPx = 2;

void premultiply(cv::Mat& rgba) {
    for (int y = 0; y < rgba.rows; ++y) {
        auto* row = rgba.ptr<cv::Vec4b>(y);
        for (int x = 0; x < rgba.cols; ++x) {
            for (int c = 0; c < 3; ++c) {
                row[x][c] = static_cast<std::uint8_t>((row[x][c] * row[x][3] + 127) / 255);
            }
        }
    }
}

/// Pixel of a picture of `size` that covers the person's picture -> pixel of the latter.
cv::Matx23d person_from(cv::Size size) {
    const double x = static_cast<double>(kTryOnWidth) / size.width;
    const double y = static_cast<double>(kTryOnHeight) / size.height;
    return {x, 0, (x - 1) / 2, 0, y, (y - 1) / 2};
}

}  // namespace

LearnedWarp::LearnedWarp(std::shared_ptr<const Garment> garment, const GarmentWarpOptions& options)
    : networks_(options.try_on) {
    if (!networks_) {
        throw ConfigError(
            "this warp lays garments with networks, which were not loaded: it works with closet "
            "fit only");
    }
    if (!can_be_tried_on(garment->kind)) {
        throw ConfigError(
            fmt::format("the garment {} is no top, and the networks of the warp {} know nothing "
                        "else: use the warp mesh",
                        garment->name, networks_->name()));
    }
    photo_ = learned::garment_photo(*garment);
}

/// Asks the networks anew; `painted` stays as it is where nothing of the person can be seen.
void LearnedWarp::paint(const Wearer& wearer, const cv::Matx23d& shown_from_picture,
                        Painted& painted) {
    const auto person = learned::person_picture(wearer, *classes_, *frame_, shown_from_picture);
    if (!person) {
        return;
    }
    ++counts_.asked;
    cv::Mat now = networks_->dress(*person, photo_);
    premultiply(now);
    if (painted.rgba.size() == now.size()) {
        compare(painted.rgba, now);
    }
    painted.rgba = now;
}

/// Adds to the flicker: by how much what two calls painted differs where both did.
void LearnedWarp::compare(const cv::Mat& before, const cv::Mat& now) {
    double sum = 0;
    std::int64_t count = 0;
    constexpr std::uint8_t kPainted = 128;
    for (int y = 0; y < now.rows; ++y) {
        const auto* a = before.ptr<cv::Vec4b>(y);
        const auto* b = now.ptr<cv::Vec4b>(y);
        for (int x = 0; x < now.cols; ++x) {
            if (a[x][3] >= kPainted && b[x][3] >= kPainted) {
                sum += std::abs(a[x][0] - b[x][0]) + std::abs(a[x][1] - b[x][1]) +
                       std::abs(a[x][2] - b[x][2]);
                ++count;
            }
        }
    }
    if (count > 0) {
        counts_.flicker_sum += sum / (3 * static_cast<double>(count));
        ++counts_.compared;
    }
}

std::optional<Patch> LearnedWarp::warp(const Wearer& wearer, cv::Size picture) {
    const auto shown_from_picture = learned::shown_from_person_picture(wearer);
    if (!shown_from_picture || frame_ == nullptr ||
        wearer.body->unit > kLargestBody * std::max(picture.width, picture.height)) {
        return std::nullopt;
    }
    const auto known = people_.of(wearer.pose);
    const cv::Mat& kept = known.memory.rgba;
    const bool is_key = wearer.pose.origin == PoseOrigin::kMeasured;
    if (classes_ != nullptr && (is_key || kept.empty())) {
        paint(wearer, *shown_from_picture, known.memory);
    }
    if (kept.empty()) {
        if (classes_ == nullptr && !told_) {
            told_ = true;
            log::warning(
                "the warp {} lays nothing on people whose clothes no parser told: closet models "
                "fetch parser brings one",
                networks_->name());
        }
        return std::nullopt;
    }
    cv::Mat painted = kept;
    const double scale = (*shown_from_picture)(0, 0) * kTryOnWidth / painted.cols;
    if (scale < 1) {
        const cv::Size size(std::max(1, cvRound(painted.cols * scale)),
                            std::max(1, cvRound(painted.rows * scale)));
        cv::resize(kept, painted, size, 0, 0, cv::INTER_AREA);
    }
    const cv::Matx23d shown_from_painted =
        compose(*shown_from_picture, person_from(painted.size()));
    cv::Mat alpha;
    cv::extractChannel(painted, alpha, 3);
    const cv::Rect used = cv::boundingRect(alpha);
    if (used.empty()) {
        return std::nullopt;
    }
    const cv::Point2d low = apply(shown_from_painted, cv::Point2d(used.tl()) - cv::Point2d(1, 1));
    const cv::Point2d high = apply(shown_from_painted, cv::Point2d(used.br()));
    const cv::Point2d clear(kClearPx, kClearPx);
    Patch patch;
    patch.where = occlusion::even_part(cv::Rect2d(low - clear, high + clear), picture);
    if (patch.where.empty()) {
        return std::nullopt;
    }
    const cv::Matx23d shown_from_patch(1, 0, patch.where.x, 0, 1, patch.where.y);
    cv::warpAffine(painted, canvas_, compose(inverse(shown_from_painted), shown_from_patch),
                   patch.where.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT,
                   cv::Scalar::all(0));
    unpremultiply(canvas_);
    patch.rgba = canvas_;
    patch.is_native = networks_->renders() && sdr_curve(frame_->image) == nullptr;
    return patch;
}

}  // namespace closet
