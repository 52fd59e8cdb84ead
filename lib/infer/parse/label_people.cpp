#include "infer/parse/label_people.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "infer/track/tracked.h"

namespace closet {
namespace {

/// parsing.md's prototype (clip.py): keypoints that count, how many there must be of them to leave
/// the others out, the margin.
constexpr float kSeenKeypoint = 0.3F;
constexpr std::ptrdiff_t kFewKeypoints = 5;
constexpr double kMargin = 0.18;

constexpr double kLeastSide = 20;    ///< view pixels; the prototype's 40 at full size
constexpr double kMostPixels = 1e6;  ///< poses come from networks

/// Numbers of people in memory; inference counts up.
constexpr std::size_t kMostKnownPeople = 256;

/// A parser that sees somebody is sure of some label on this share of the region at least: a
/// person's box is filled by a quarter to a half.
constexpr double kLeastSeenShare = 0.01;
constexpr double kSureLabel = 127;

cv::Rect2d around_points(std::span<const Keypoint> keypoints) {
    const bool few = std::count_if(keypoints.begin(), keypoints.end(), [](const Keypoint& point) {
                         return point.score > kSeenKeypoint;
                     }) <= kFewKeypoints;
    double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const Keypoint& point : keypoints) {
        if (few || point.score > kSeenKeypoint) {
            left = std::min<double>(left, point.x);
            top = std::min<double>(top, point.y);
            right = std::max<double>(right, point.x);
            bottom = std::max<double>(bottom, point.y);
        }
    }
    return {left, top, right - left, bottom - top};
}

cv::Rect2d widened(const cv::Rect2d& box, double by) {
    return {box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by};
}

/// The box of a mask's person in view pixels; empty where the mask shows nobody.
cv::Rect2d around_mask(const PersonMask& mask, const cv::Matx23d& view_from_shown) {
    const cv::Rect inside = cv::boundingRect(mask.probability > kSureLabel);
    if (inside.empty()) {
        return {};
    }
    const cv::Matx23d to = compose(view_from_shown, inverse(mask.mask_from_shown));
    std::array<cv::Point2f, 4> corners;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const cv::Point at =
            inside.tl() + cv::Point(i % 2 != 0 ? inside.width : 0, i >= 2 ? inside.height : 0);
        corners[i] = cv::Point2f(apply(to, cv::Point2d(at) - cv::Point2d(0.5, 0.5)));
    }
    return cv::Rect2d(cv::boundingRect(corners));
}

/// What region-proposing labels say of a region in which nobody is: nothing.
bool sees_somebody(const PersonLabels& labels) {
    constexpr std::array kSurfaces{Label::kPerson, Label::kSkin,         Label::kClothes,
                                   Label::kHair,   Label::kUpperClothes, Label::kLowerClothes,
                                   Label::kDress};
    // Body parts tell nothing by themselves: they add up to 1 on any ground.
    return std::any_of(kSurfaces.begin(), kSurfaces.end(), [&](Label label) {
        const cv::Mat& plane = labels.of(label);
        return !plane.empty() && cv::countNonZero(plane > kSureLabel) >=
                                     kLeastSeenShare * static_cast<double>(plane.total());
    });
}

}  // namespace

std::optional<cv::Rect> region_of_keypoints(std::span<const Keypoint> keypoints, cv::Size picture,
                                            const SeenBox& seen) {
    const cv::Rect2d points = around_points(keypoints);
    const double margin = kMargin * std::max(points.width, points.height);
    const cv::Rect2d near = widened(points, margin);
    // Comparisons are false for NaN.
    if (!(std::abs(near.x) < kMostPixels && std::abs(near.y) < kMostPixels &&
          near.width < kMostPixels && near.height < kMostPixels)) {
        return std::nullopt;
    }
    cv::Rect2d box = near;
    if (seen) {
        if (const cv::Rect2d whole = seen(); !whole.empty()) {
            box |= whole & widened(near, margin);
        }
    }
    const cv::Point from(cvFloor(box.x), cvFloor(box.y));
    const cv::Point to(cvCeil(box.br().x) + 1, cvCeil(box.br().y) + 1);
    const cv::Rect region = cv::Rect(from, to) & cv::Rect({}, picture);
    return region.width >= kLeastSide && region.height >= kLeastSide ? std::optional(region)
                                                                     : std::nullopt;
}

std::optional<cv::Rect> region_of_person(const Pose& pose, const View& view) {
    const cv::Matx23d view_from_shown = inverse(view.shown_from_view);
    std::vector<Keypoint> keypoints = pose.keypoints;
    for (Keypoint& point : keypoints) {
        const cv::Point2d place = apply(view_from_shown, {point.x, point.y});
        point.x = static_cast<float>(place.x);
        point.y = static_cast<float>(place.y);
    }
    return region_of_keypoints(keypoints, view.rgb.size(), [&] {
        return pose.mask ? around_mask(*pose.mask, view_from_shown) : cv::Rect2d();
    });
}

LabelPeople::LabelPeople(std::shared_ptr<PersonParser> parser, double every_s)
    : parser_(std::move(parser)), every_s_(every_s) {}

bool LabelPeople::is_turn(double time_s) const {
    bool is_anybody_known = false;
    for (const auto& [person, due_s] : due_) {
        if (due_s < time_s - 2 * every_s_) {
            continue;  // gone: nobody looked when it was due
        }
        if (is_due(time_s, due_s, every_s_)) {
            return true;
        }
        is_anybody_known = true;
    }
    return !is_anybody_known;
}

void LabelPeople::label(std::span<const Seen> views) {
    std::vector<ParseInput> inputs;
    std::vector<std::pair<const View*, Pose*>> people;
    for (const Seen& seen : views) {
        if (seen.scene_start || due_.size() > kMostKnownPeople) {
            due_.clear();
        }
        for (Pose& pose : *seen.poses) {
            const auto due = due_.try_emplace(pose.person_id, seen.time_s).first;
            if (pose.labels || !is_due(seen.time_s, due->second, every_s_)) {
                continue;
            }
            if (const auto region = region_of_person(pose, *seen.view)) {
                due->second = due_after(seen.time_s, due->second, every_s_);
                inputs.push_back({&seen.view->rgb, *region});
                people.emplace_back(seen.view, &pose);
            }
        }
    }
    if (inputs.empty()) {
        return;
    }
    std::vector<PersonLabels> labels = parser_->look(inputs);
    looks_ += static_cast<std::int64_t>(inputs.size());
    for (std::size_t i = 0; i < people.size(); ++i) {
        if (sees_somebody(labels[i])) {
            labels[i].labels_from_shown =
                compose(labels[i].labels_from_shown, inverse(people[i].first->shown_from_view));
            people[i].second->labels = std::make_shared<const PersonLabels>(std::move(labels[i]));
        }
    }
}

}  // namespace closet
