#include "warp/affine/affine_warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "core/error.h"
#include "pipeline/part_clock.h"
#include "warp/paint/sampling.h"

namespace closet {
namespace {

/// Proportions of an upright adult as the mesh study found them: from the side the shoulders nearly
/// coincide, and the torso tells the size instead. In parts of the torso's length.
constexpr double kMinLengthOfTorso = 0.5;
constexpr double kMinWidthOfTorso = 0.28;
/// Where the shoulder line becomes too short to tell a direction and the torso takes over.
constexpr double kTrustNothing = 0.12;
constexpr double kTrustFully = 0.30;

/// A garment's width between the armpits in widths of the shoulder joints, as the mesh study has
/// it.
constexpr double kChestOfShoulders = 0.9;

/// And so far above the line through the joints its shoulder seams lie, likewise.
constexpr double kSeamsAboveJoints = 0.2;

/// A coordinate farther from the frame than this many frame sizes is a network's blunder.
constexpr float kFarthest = 8.0F;

bool is_reliable(const Keypoint& point, float min_score, cv::Size picture) {
    const auto limit = kFarthest * static_cast<float>(std::max(picture.width, picture.height));
    return point.score >= min_score && std::abs(point.x) <= limit && std::abs(point.y) <= limit;
}

/// The mean of those joints that are reliable.
template <std::size_t N>
std::optional<cv::Point2d> middle_of(const Pose& pose, const std::array<Joint, N>& joints,
                                     float min_score, cv::Size picture) {
    cv::Point2d sum;
    int count = 0;
    for (const Joint joint : joints) {
        const Keypoint& point = pose.at(joint);
        if (is_reliable(point, min_score, picture)) {
            sum += cv::Point2d(point.x, point.y);
            ++count;
        }
    }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
}

/// Roughly where "below the shoulders" is; any length.
cv::Point2d towards_below(const Pose& pose, cv::Point2d middle, cv::Size picture, float min_score) {
    if (const auto hips =
            middle_of<2>(pose, {Joint::kLeftHip, Joint::kRightHip}, min_score, picture)) {
        return *hips - middle;
    }
    if (const auto head = middle_of<5>(
            pose,
            {Joint::kNose, Joint::kLeftEye, Joint::kRightEye, Joint::kLeftEar, Joint::kRightEar},
            min_score, picture)) {
        return middle - *head;
    }
    return {0, 1};
}

}  // namespace

std::optional<ShoulderFit> fit_shoulders(const Pose& pose, cv::Size picture, float min_score) {
    const Keypoint& left = pose.at(Joint::kLeftShoulder);
    const Keypoint& right = pose.at(Joint::kRightShoulder);
    if (!is_reliable(left, min_score, picture) || !is_reliable(right, min_score, picture)) {
        return std::nullopt;
    }
    ShoulderFit fit;
    const cv::Point2d a(left.x, left.y);
    const cv::Point2d b(right.x, right.y);
    fit.middle = (a + b) / 2;
    fit.width = length_of(a - b);
    fit.length = fit.width;

    const cv::Point2d below = towards_below(pose, fit.middle, picture, min_score);
    cv::Point2d down(a.y - b.y, b.x - a.x);
    if (down.dot(below) < 0) {
        down = -down;
    }
    const bool torso_seen = is_reliable(pose.at(Joint::kLeftHip), min_score, picture) &&
                            is_reliable(pose.at(Joint::kRightHip), min_score, picture) &&
                            length_of(below) > 1.0;
    if (torso_seen) {
        const double torso = length_of(below);
        const double trust = smoothstep(kTrustNothing, kTrustFully, fit.width / torso);
        const cv::Point2d perpendicular =
            fit.width > 0 ? down / fit.width : cv::Point2d(below / torso);
        down = perpendicular * trust + below / torso * (1.0 - trust);
        fit.width = std::max(fit.width, kMinWidthOfTorso * torso);
        fit.length = std::max(fit.length, kMinLengthOfTorso * torso);
    }
    const double length = length_of(down);
    if (fit.width < 1.0 || length <= 0) {
        return std::nullopt;
    }
    fit.down = down / length;
    fit.across = {fit.down.y, -fit.down.x};
    return fit;
}

AffineWarp::AffineWarp(std::shared_ptr<const Garment> garment, const GarmentWarpOptions&)
    : garment_(std::move(garment)) {
    if (!covers_torso(garment_->kind)) {
        throw ConfigError("the garment '" + garment_->name +
                          "' is worn on the legs, which the affine warp cannot do: leave the warp "
                          "at mesh");
    }
    const auto anchor = [&](const char* name) {
        const auto found = garment_->anchors.find(name);
        if (found == garment_->anchors.end()) {
            throw ConfigError("the garment '" + garment_->name + "' has no anchor '" + name +
                              "', which the affine warp needs: add it to the garment's JSON file");
        }
        return cv::Point2d(found->second);
    };
    right_ = anchor("right_shoulder");
    left_ = anchor("left_shoulder");
    if (garment_->anchors.contains("left_armpit") && garment_->anchors.contains("right_armpit")) {
        hang_by_seams(anchor("left_armpit") - anchor("right_armpit"));
    }

    cv::Mat alpha;
    cv::extractChannel(garment_->rgba, alpha, 3);
    visible_ = cv::boundingRect(alpha);
    if (visible_.empty()) {
        visible_ = {0, 0, alpha.cols, alpha.rows};
    }
    halves_.push_back(garment_->rgba(visible_));
    while (std::min(halves_.back().cols, halves_.back().rows) >= 64) {
        halves_.push_back(resize_area(
            halves_.back(), {(halves_.back().cols + 1) / 2, (halves_.back().rows + 1) / 2}));
    }
}

void AffineWarp::hang_by_seams(cv::Point2d chest) {
    const cv::Point2d along = left_ - right_;
    const double wanted = length_of(chest) * kShoulderFactor / kChestOfShoulders;
    const cv::Point2d half = along * (std::max(wanted / length_of(along), 1.0) / 2);
    const cv::Point2d under(-half.y, half.x);
    const cv::Point2d center =
        (left_ + right_) / 2 + under * (2 * kSeamsAboveJoints / kShoulderFactor);
    left_ = center + half;
    right_ = center - half;
}

cv::Matx23d AffineWarp::frame_from_garment(const ShoulderFit& fit) const {
    // In the garment: `along` from one shoulder to the other, `under` a quarter turn from it, both
    // as long as the garment's shoulders are wide. They go to `across` and `down`.
    const cv::Point2d along = left_ - right_;
    const cv::Point2d under(-along.y, along.x);
    const double squared = along.dot(along);
    const cv::Point2d across = fit.across * (fit.width * kShoulderFactor / squared);
    const cv::Point2d down = fit.down * (fit.length * kShoulderFactor / squared);
    const cv::Matx22d linear(
        across.x * along.x + down.x * under.x, across.x * along.y + down.x * under.y,
        across.y * along.x + down.y * under.x, across.y * along.y + down.y * under.y);
    const cv::Point2d center = (left_ + right_) / 2;
    const cv::Vec2d moved = linear * cv::Vec2d(center.x, center.y);
    return {linear(0, 0), linear(0, 1), fit.middle.x - moved[0],
            linear(1, 0), linear(1, 1), fit.middle.y - moved[1]};
}

const cv::Mat& AffineWarp::resized(int step) {
    const PartTimer timer(Part::kResize);
    const auto hit = std::find_if(cache_.begin(), cache_.end(),
                                  [step](const Resized& entry) { return entry.step == step; });
    if (hit != cache_.end()) {
        cache_.splice(cache_.begin(), cache_, hit);
        return cache_.front().bordered;
    }
    cv::Size size = visible_.size();
    const cv::Mat* source = &halves_.front();
    if (step > 0) {
        const double scale = step * kStepPx / length_of(left_ - right_);
        size.width = std::clamp(static_cast<int>(std::lround(size.width * scale)), 1, size.width);
        size.height =
            std::clamp(static_cast<int>(std::lround(size.height * scale)), 1, size.height);
        for (const cv::Mat& half : halves_) {
            if (half.cols >= size.width && half.rows >= size.height) {
                source = &half;
            }
        }
    }
    Resized entry{step, {}};
    cv::copyMakeBorder(resize_area(*source, size), entry.bordered, kSampleBorder, kSampleBorder,
                       kSampleBorder, kSampleBorder, cv::BORDER_CONSTANT, cv::Scalar::all(0));
    bleed_color(entry.bordered);
    cache_.push_front(std::move(entry));
    if (cache_.size() > kCachedSteps) {
        cache_.pop_back();
    }
    return cache_.front().bordered;
}

std::optional<Patch> AffineWarp::warp(const Wearer& wearer, cv::Size picture) {
    const auto fit = fit_shoulders(wearer.pose, picture, wearer.min_score);
    if (!fit) {
        return std::nullopt;
    }
    const cv::Matx23d map = frame_from_garment(*fit);

    // The frame rectangle: the outline's box and a transparent pixel around it (patch.h).
    cv::Point2d low(INFINITY, INFINITY);
    cv::Point2d high(-INFINITY, -INFINITY);
    for (const int x : {visible_.x - 1, visible_.x + visible_.width}) {
        for (const int y : {visible_.y - 1, visible_.y + visible_.height}) {
            const cv::Vec2d p = map * cv::Vec3d(x, y, 1);
            low = {std::min(low.x, p[0]), std::min(low.y, p[1])};
            high = {std::max(high.x, p[0]), std::max(high.y, p[1])};
        }
    }
    low = {std::max(std::floor(low.x) - 1, 0.0), std::max(std::floor(low.y) - 1, 0.0)};
    high = {std::min(std::ceil(high.x) + 2, static_cast<double>(picture.width)),
            std::min(std::ceil(high.y) + 2, static_cast<double>(picture.height))};
    if (low.x >= high.x || low.y >= high.y) {
        return std::nullopt;
    }
    const cv::Rect where =
        align_to_chroma({cv::Point(static_cast<int>(low.x), static_cast<int>(low.y)),
                         cv::Point(static_cast<int>(high.x), static_cast<int>(high.y))});

    const double garment_width = length_of(left_ - right_);
    const double target_width = std::max(fit->width, fit->length) * kShoulderFactor;
    const bool shrinks = target_width < garment_width - kStepPx;
    const cv::Mat& source =
        resized(shrinks ? static_cast<int>(std::ceil(target_width / kStepPx)) : 0);

    // Patch pixel -> frame -> garment -> resized picture.
    cv::Matx33d garment_from_frame =
        cv::Matx33d(map(0, 0), map(0, 1), map(0, 2), map(1, 0), map(1, 1), map(1, 2), 0, 0, 1)
            .inv();
    const double scale_x = static_cast<double>(source.cols - 2 * kSampleBorder) / visible_.width;
    const double scale_y = static_cast<double>(source.rows - 2 * kSampleBorder) / visible_.height;
    const cv::Matx33d resized_from_garment(scale_x, 0, (0.5 - visible_.x) * scale_x - 0.5,  //
                                           0, scale_y, (0.5 - visible_.y) * scale_y - 0.5,  //
                                           0, 0, 1);
    const cv::Matx33d frame_from_patch(1, 0, where.x, 0, 1, where.y, 0, 0, 1);
    const cv::Matx33d total = resized_from_garment * garment_from_frame * frame_from_patch;

    canvas_.create(std::max(canvas_.rows, where.height), std::max(canvas_.cols, where.width),
                   CV_8UC4);
    Patch patch{where, canvas_({0, 0, where.width, where.height})};
    sample_affine(source, total.get_minor<2, 3>(0, 0), patch.rgba);
    return patch;
}

}  // namespace closet
