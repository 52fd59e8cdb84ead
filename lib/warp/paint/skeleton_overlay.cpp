#include "warp/paint/skeleton_overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include <opencv2/core.hpp>

namespace closet {
namespace {

using Limb = std::pair<std::uint8_t, std::uint8_t>;

/// COCO's skeleton, without the links from ears to shoulders that cross the face.
constexpr std::array<Limb, 16> kCocoLimbs{
    Limb{0, 1},  {0, 2},  {1, 3},  {2, 4},   {5, 6},   {5, 7},   {7, 9},   {6, 8},
    Limb{8, 10}, {5, 11}, {6, 12}, {11, 12}, {11, 13}, {13, 15}, {12, 14}, {14, 16}};

/// MediaPipe's POSE_CONNECTIONS.
constexpr std::array<Limb, 35> kBlazePoseLimbs{
    Limb{0, 1},   {1, 2},   {2, 3},   {3, 7},   {0, 4},   {4, 5},   {5, 6},   {6, 8},   {9, 10},
    Limb{11, 12}, {11, 13}, {13, 15}, {15, 17}, {15, 19}, {15, 21}, {17, 19}, {12, 14}, {14, 16},
    Limb{16, 18}, {16, 20}, {16, 22}, {18, 20}, {11, 23}, {12, 24}, {23, 24}, {23, 25}, {24, 26},
    Limb{25, 27}, {26, 28}, {27, 29}, {28, 30}, {29, 31}, {30, 32}, {27, 31}, {28, 32}};

/// Indices of BlazePose's face on the left; from the mouth on, odd indices are left.
constexpr std::uint8_t kBlazePoseFaceEnd = 9;

const cv::Vec3b kLeftColor(255, 138, 0);
const cv::Vec3b kRightColor(0, 182, 255);
const cv::Vec3b kMiddleColor(255, 255, 255);

bool is_left(Skeleton skeleton, std::size_t index) {
    if (skeleton == Skeleton::kBlazePose33 && index < kBlazePoseFaceEnd) {
        return (index >= 1 && index <= 3) || index == 7;
    }
    return index % 2 == 1;
}

/// The nose (0) is on neither side, and so is a limb that joins the sides.
cv::Vec3b color_of(Skeleton skeleton, std::size_t a, std::size_t b) {
    const bool left = is_left(skeleton, a == 0 ? b : a);
    if ((a == 0 && b == 0) || left != is_left(skeleton, b == 0 ? a : b)) {
        return kMiddleColor;
    }
    return left ? kLeftColor : kRightColor;
}

/// Paints a line with round ends (a disc where both ends are the same) over the patch.
void draw_capsule(Patch& patch, cv::Point2f a, cv::Point2f b, float radius, cv::Vec3b color,
                  float opacity) {
    a -= cv::Point2f(patch.where.tl());
    b -= cv::Point2f(patch.where.tl());
    const float reach = radius + 1.0F;
    const auto clamp_to = [](float value, int size) {
        return static_cast<int>(std::clamp(value, 0.0F, static_cast<float>(size)));
    };
    const int left = clamp_to(std::min(a.x, b.x) - reach, patch.rgba.cols);
    const int right = clamp_to(std::max(a.x, b.x) + reach + 1, patch.rgba.cols);
    const int top = clamp_to(std::min(a.y, b.y) - reach, patch.rgba.rows);
    const int bottom = clamp_to(std::max(a.y, b.y) + reach + 1, patch.rgba.rows);
    const cv::Point2f axis = b - a;
    const float squared = axis.dot(axis);
    for (int y = top; y < bottom; ++y) {
        auto* row = patch.rgba.ptr<cv::Vec4b>(y);
        for (int x = left; x < right; ++x) {
            const cv::Point2f p(static_cast<float>(x), static_cast<float>(y));
            const float t =
                squared > 0 ? std::clamp((p - a).dot(axis) / squared, 0.0F, 1.0F) : 0.0F;
            const cv::Point2f off = p - a - axis * t;
            const float coverage =
                std::clamp(radius + 0.5F - std::sqrt(off.dot(off)), 0.0F, 1.0F) * opacity;
            if (coverage <= 0.0F) {
                continue;
            }
            // "Over" on straight alpha.
            cv::Vec4b& pixel = row[x];
            const float below = static_cast<float>(pixel[3]) / 255.0F * (1.0F - coverage);
            const float alpha = coverage + below;
            for (int c = 0; c < 3; ++c) {
                const float mixed = (static_cast<float>(color[c]) * coverage +
                                     static_cast<float>(pixel[c]) * below) /
                                    alpha;
                pixel[c] = static_cast<std::uint8_t>(mixed + 0.5F);
            }
            pixel[3] = static_cast<std::uint8_t>(alpha * 255.0F + 0.5F);
        }
    }
}

}  // namespace

std::optional<Patch> skeleton_overlay(const Pose& pose, cv::Size frame,
                                      const SkeletonOverlayOptions& options) {
    const float thickness =
        options.thickness_px > 0
            ? options.thickness_px
            : std::max(2.0F, static_cast<float>(std::max(frame.width, frame.height)) / 300.0F);
    const float point_radius = thickness;
    const auto drawn = [&](const Keypoint& point) {
        return point.score >= options.min_score && std::isfinite(point.x) && std::isfinite(point.y);
    };

    const float margin = point_radius + 2.0F;
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const Keypoint& point : pose.keypoints) {
        if (drawn(point)) {
            left = std::min(left, point.x - margin);
            top = std::min(top, point.y - margin);
            right = std::max(right, point.x + margin);
            bottom = std::max(bottom, point.y + margin);
        }
    }
    const cv::Point low(static_cast<int>(std::max(left, 0.0F)),
                        static_cast<int>(std::max(top, 0.0F)));
    const cv::Point high(
        static_cast<int>(std::ceil(std::min(right, static_cast<float>(frame.width)))),
        static_cast<int>(std::ceil(std::min(bottom, static_cast<float>(frame.height)))));
    if (low.x >= high.x || low.y >= high.y) {
        return std::nullopt;
    }
    Patch patch;
    patch.where = align_to_chroma({low, high});
    patch.rgba = cv::Mat(patch.where.size(), CV_8UC4, cv::Scalar::all(0));

    const bool blaze = pose.skeleton == Skeleton::kBlazePose33;
    const std::span<const Limb> limbs =
        blaze ? std::span<const Limb>(kBlazePoseLimbs) : std::span<const Limb>(kCocoLimbs);
    for (const auto& [a, b] : limbs) {
        const Keypoint& from = pose.keypoints.at(a);
        const Keypoint& to = pose.keypoints.at(b);
        if (drawn(from) && drawn(to)) {
            draw_capsule(patch, {from.x, from.y}, {to.x, to.y}, thickness / 2,
                         color_of(pose.skeleton, a, b), std::min({from.score, to.score, 1.0F}));
        }
    }
    for (std::size_t i = 0; i < pose.keypoints.size(); ++i) {
        const Keypoint& point = pose.keypoints[i];
        if (drawn(point)) {
            draw_capsule(patch, {point.x, point.y}, {point.x, point.y}, point_radius,
                         color_of(pose.skeleton, i, i), std::min(point.score, 1.0F));
        }
    }
    return patch;
}

}  // namespace closet
