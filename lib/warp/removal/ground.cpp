#include "warp/removal/ground.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/removal/nearest_known.h"
#include "warp/removal/push_pull.h"

namespace closet::removal {
namespace {

constexpr std::uint8_t kSureGround = 204, kPersonNear = 90;
constexpr int kUnpainted = 8;  ///< of the garment's alpha
constexpr double kAwayWidths = 0.02;
constexpr double kSmoothWidths = 0.05;
constexpr double kTextureWidths = 0.25;        ///< where the nearest ground is sought
constexpr int kSameLuma = 8, kSameChroma = 6;  ///< levels; the study's 8
constexpr float kMostLight = 45.0F;            ///< levels, the study's
/// Chroma varies less than luma: more of it is another thing's.
constexpr float kMostDetail = 40.0F;

cv::Mat3f half_of(const cv::Mat3f& whole) {
    cv::Mat3f half;
    cv::resize(whole, half, {(whole.cols + 1) / 2, (whole.rows + 1) / 2}, 0, 0, cv::INTER_AREA);
    return half;
}

/// Colors (of `part`) where `weight` is 1 (else they are 0), smooth, filled in elsewhere; at half
/// size.
cv::Mat3f smooth_fill(const cv::Mat3f& values, const cv::Mat1f& weight, int radius) {
    cv::Mat3f low = half_of(values);
    cv::Mat1f known;
    cv::resize(weight, known, low.size(), 0, 0, cv::INTER_AREA);
    const cv::Size window(2 * radius + 1, 2 * radius + 1);
    cv::Mat1f share;
    cv::blur(low, low, window, {-1, -1}, cv::BORDER_REPLICATE);
    cv::blur(known, share, window, {-1, -1}, cv::BORDER_REPLICATE);
    for (int y = 0; y < low.rows; ++y) {
        auto* colors = low[y];
        auto* is_known = known[y];
        const float* of_row = share[y];
        for (int x = 0; x < low.cols; ++x) {
            colors[x] *= 1.0F / std::max(of_row[x], 1e-6F);
            is_known[x] = is_known[x] > 0.5F ? 1.0F : 0.0F;
        }
    }
    push_pull(low, known);
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

    // What is seen of the ground, and how much lighter it is than when the plate was.
    cv::Mat3f seen_now(part.size()), off(part.size());
    cv::Mat1f off_weight(part.size());
    bool any_ground = false, any_plate = false;
    cv::Mat1b is_unknown(part.size());  // wanted, and never seen
    for (int y = 0; y < part.height; ++y) {
        const auto* is_sure = sure.ptr(y);
        const auto* frames = seen.ptr(y);
        const auto* old = plate.ptr<cv::Vec3b>(y);
        const auto* is_wanted = wanted.ptr(part.y + y) + part.x;
        const auto* color = now[y];
        auto *ground = seen_now[y], *lighter = off[y];
        float* of_row = off_weight[y];
        std::uint8_t* unknown = is_unknown[y];
        for (int x = 0; x < part.width; ++x) {
            const bool is_ground = is_sure[x] != 0;
            const bool has_plate = is_ground && frames[x] >= CleanPlate::kSeenOnce;
            ground[x] = is_ground ? color[x] : cv::Vec3f::all(0);
            lighter[x] = has_plate ? color[x] - cv::Vec3f(old[x]) : cv::Vec3f::all(0);
            of_row[x] = has_plate ? 1.0F : 0.0F;
            any_ground = any_ground || is_ground;
            any_plate = any_plate || has_plate;
            unknown[x] = is_wanted[x] != 0 && frames[x] == CleanPlate::kUnknown ? 255 : 0;
        }
    }
    cv::resize(smooth_fill(seen_now, weight, radius), colors_, part.size(), 0, 0, cv::INTER_LINEAR);
    light_.create(part.size());
    if (any_plate) {
        cv::resize(smooth_fill(off, off_weight, radius), light_, part.size(), 0, 0,
                   cv::INTER_LINEAR);
    } else {
        light_.setTo(cv::Scalar::all(0));
    }
    double rough = 0;
    int counted = 0;
    for (int y = 0; y < part.height; ++y) {
        const auto* is_sure = sure.ptr(y);
        const auto *color = now[y], *smooth = colors_[y];
        for (int x = 0; x < part.width; ++x) {
            if (is_sure[x] != 0) {
                rough += static_cast<double>(std::abs(color[x][0] - smooth[x][0]));
                ++counted;
            }
        }
    }
    roughness_ = counted > 0 ? rough / counted : 0;

    // Texture: what lies mirrored behind the nearest ground.
    std::optional<NearestKnown> nearest;
    const bool has_texture = any_ground && cv::countNonZero(is_unknown) > 0;
    cv::Rect around;
    cv::Mat3f base;
    if (has_texture) {
        base = colors_.clone();
        // Old clothes lie beside ground; where they do not, all of it is looked at.
        const cv::Rect all({0, 0}, part.size());
        around = grown(cv::boundingRect(is_unknown), view.px(kTextureWidths), part.size());
        around = cv::countNonZero(sure(around)) > 0 ? around : all;
        nearest.emplace(sure(around));
    }
    sources_.create(part.size());
    sources_.setTo(cv::Scalar::all(0));
    for (int y = 0; y < part.height; ++y) {
        const auto* is_wanted = wanted.ptr(part.y + y) + part.x;
        for (int x = 0; x < part.width; ++x) {
            if (is_wanted[x] == 0) {
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
            if (!has_texture) {
                continue;
            }
            const cv::Point n = around.tl() + nearest->at(cv::Point(x, y) - around.tl());
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
