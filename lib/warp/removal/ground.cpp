#include "warp/removal/ground.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/removal/push_pull.h"

namespace closet::removal {
namespace {

constexpr std::uint8_t kSureGround = 204, kPersonNear = 90;
constexpr int kUnpainted = 8;  ///< of the garment's alpha
constexpr double kAwayWidths = 0.02;
constexpr double kSmoothWidths = 0.05;
constexpr int kSameLuma = 8, kSameChroma = 6;  ///< levels; the study's 8
constexpr float kMostLight = 45.0F;            ///< levels, the study's
/// Chroma varies less than luma: more of it is another thing's.
constexpr float kMostDetail = 40.0F;

cv::Mat3f half_of(const cv::Mat3f& whole) {
    cv::Mat3f half;
    cv::resize(whole, half, {(whole.cols + 1) / 2, (whole.rows + 1) / 2}, 0, 0, cv::INTER_AREA);
    return half;
}

/// Colors (of `part`) where `weight` is 1, smooth, filled in elsewhere; at half size.
cv::Mat3f smooth_fill(const cv::Mat3f& values, const cv::Mat1f& weight, int radius) {
    cv::Mat3f sums(values.size());
    for (int y = 0; y < values.rows; ++y) {
        for (int x = 0; x < values.cols; ++x) {
            sums(y, x) = values(y, x) * weight(y, x);
        }
    }
    cv::Mat3f low = half_of(sums);
    cv::Mat1f known;
    cv::resize(weight, known, low.size(), 0, 0, cv::INTER_AREA);
    const cv::Size window(2 * radius + 1, 2 * radius + 1);
    cv::Mat1f share;
    cv::blur(low, low, window, {-1, -1}, cv::BORDER_REPLICATE);
    cv::blur(known, share, window, {-1, -1}, cv::BORDER_REPLICATE);
    cv::Mat1f is_known(low.size());
    for (int y = 0; y < low.rows; ++y) {
        for (int x = 0; x < low.cols; ++x) {
            low(y, x) *= 1.0F / std::max(share(y, x), 1e-6F);
            is_known(y, x) = known(y, x) > 0.5F ? 1.0F : 0.0F;
        }
    }
    push_pull(low, is_known);
    return low;
}

}  // namespace

void Ground::look_at(const GridView& view, const cv::Mat& others, CleanPlate& plate) {
    const cv::Mat& chance = view.classes->of(Surface::kGround);
    sure_.create(view.size(), CV_8UC1);
    const cv::Mat& person = view.classes->labels->of(Label::kPerson);
    for (int y = 0; y < sure_.rows; ++y) {
        auto* sure = sure_.ptr(y);
        const auto* ground = chance.ptr(y);
        const auto* matte = view.matte.ptr(y);
        const auto* near_row = person.ptr(std::min(y / 2, person.rows - 1));
        for (int x = 0; x < sure_.cols; ++x) {
            sure[x] = ground[x] >= kSureGround && matte[x] < kUnpainted &&
                              near_row[std::min(x / 2, person.cols - 1)] < kPersonNear
                          ? 255
                          : 0;
        }
    }
    shrink(sure_, view.px(kAwayWidths));
    sure_.setTo(0, others);
    // What is in front of the plate is not the plate.
    plate.learn(view, sure_);
    plate.read(view, plate_, seen_);
}

bool Ground::is_plate(const GridView& view, int x, int y) const {
    if (seen_.at<std::uint8_t>(y, x) < CleanPlate::kSure) {
        return false;
    }
    const cv::Vec3b& a = view.colors().at<cv::Vec3b>(y, x);
    const cv::Vec3b& b = plate_.at<cv::Vec3b>(y, x);
    return std::abs(a[0] - b[0]) <= kSameLuma && std::abs(a[1] - b[1]) <= kSameChroma &&
           std::abs(a[2] - b[2]) <= kSameChroma;
}

void Ground::fill(const GridView& view, const cv::Mat& wanted, cv::Rect part) {
    part_ = part;
    const cv::Mat sure = sure_(part);
    const cv::Mat seen = seen_(part);
    const cv::Mat plate = plate_(part);
    cv::Mat3f now;
    view.colors()(part).convertTo(now, CV_32F);
    cv::Mat1f weight;
    sure.convertTo(weight, CV_32F, 1.0 / 255);
    const int radius = std::max(view.px(kSmoothWidths) / 2, 1);
    const cv::Mat3f low = smooth_fill(now, weight, radius);
    cv::resize(low, colors_, part.size(), 0, 0, cv::INTER_LINEAR);

    // How much lighter it is than when the plate was seen.
    cv::Mat3f off(part.size(), cv::Vec3f::all(0));
    cv::Mat1f off_weight(part.size(), 0.0F);
    bool any_plate = false;
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            if (sure.at<std::uint8_t>(y, x) != 0 &&
                seen.at<std::uint8_t>(y, x) >= CleanPlate::kSeenOnce) {
                off(y, x) = now(y, x) - cv::Vec3f(plate.at<cv::Vec3b>(y, x));
                off_weight(y, x) = 1;
                any_plate = true;
            }
        }
    }
    light_.create(part.size());
    if (any_plate) {
        cv::resize(smooth_fill(off, off_weight, radius), light_, part.size(), 0, 0,
                   cv::INTER_LINEAR);
    } else {
        light_.setTo(cv::Scalar::all(0));
    }

    // Texture: what lies mirrored behind the nearest ground.
    cv::Mat1b is_hidden;
    cv::bitwise_not(sure, is_hidden);
    cv::Mat distance, labels;
    const bool any_ground = cv::countNonZero(sure) > 0;
    std::vector<cv::Point> nearest;
    double rough = 0;
    int counted = 0;
    if (any_ground) {
        cv::distanceTransform(is_hidden, distance, labels, cv::DIST_L2, 5, cv::DIST_LABEL_PIXEL);
        nearest.resize(static_cast<std::size_t>(cv::countNonZero(sure)) + 1);
        for (int y = 0; y < part.height; ++y) {
            for (int x = 0; x < part.width; ++x) {
                if (sure.at<std::uint8_t>(y, x) != 0) {
                    const auto label = static_cast<std::size_t>(labels.at<int>(y, x));
                    if (label < nearest.size()) {
                        nearest[label] = {x, y};
                    }
                    rough += static_cast<double>(std::abs(now(y, x)[0] - colors_(y, x)[0]));
                    ++counted;
                }
            }
        }
    }
    roughness_ = counted > 0 ? rough / counted : 0;
    const cv::Mat3f base = colors_.clone();
    sources_.create(part.size());
    sources_.setTo(cv::Scalar::all(0));
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            if (wanted.at<std::uint8_t>(part.y + y, part.x + x) == 0) {
                continue;
            }
            if (seen.at<std::uint8_t>(y, x) != CleanPlate::kUnknown) {
                cv::Vec3f lighter = light_(y, x);
                for (int c = 0; c < 3; ++c) {
                    lighter[c] = std::clamp(lighter[c], -kMostLight, kMostLight);
                }
                colors_(y, x) = cv::Vec3f(plate.at<cv::Vec3b>(y, x)) + lighter;
                light_(y, x) = lighter;
                continue;
            }
            if (!any_ground) {
                continue;
            }
            const auto label = static_cast<std::size_t>(labels.at<int>(y, x));
            const cv::Point n = label < nearest.size() ? nearest[label] : cv::Point(x, y);
            const cv::Point m = n * 2 - cv::Point(x, y);
            if (m.x >= 0 && m.y >= 0 && m.x < part.width && m.y < part.height &&
                sure.at<std::uint8_t>(m) != 0) {
                sources_(y, x) = {static_cast<short>(m.x - x), static_cast<short>(m.y - y),
                                  kTexture};
                for (int c = 0; c < 3; ++c) {
                    colors_(y, x)[c] +=
                        std::clamp(now(m)[c] - base(m)[c], -kMostDetail, kMostDetail);
                }
            }
        }
    }
}

void Ground::keep(const GridView& view, const cv::Mat& painted, CleanPlate& plate) const {
    cv::Mat whole(view.size(), CV_8UC3, cv::Scalar::all(0));
    cv::Mat3f dark;
    cv::subtract(colors_, light_, dark);
    dark.convertTo(whole(part_), CV_8U);
    plate.invent(view, whole, painted);
}

}  // namespace closet::removal
