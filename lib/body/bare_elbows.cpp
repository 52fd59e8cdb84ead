#include "body/bare_elbows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "body/arm_capsules.h"
#include "core/curve.h"
#include "core/picture_geometry.h"

namespace closet {
namespace {

constexpr int kIsPerson = 127, kIsArm = 64, kBareSkin = 127;  ///< of 255
/// Shares of either bone, from the elbow on, that are looked at, in so many steps.
constexpr double kAlong = 0.6;
constexpr int kBoneSteps = 6;
/// Shoulder widths: between samples across, to either side of the bone, and how wide bare arms are
/// (.24 as a rule).
constexpr double kSampleStep = 0.02, kBesideBone = 0.44, kNarrowest = 0.12, kWidest = 0.36;
constexpr double kLeastSeen = 2.0;  ///< sum of squared shares, of 5.2 if all of it is seen
/// Shoulder widths: closer to the middle an elbow stays where it is read, beyond the second one it
/// goes there. Of people with heads nearly all are closer than .08.
constexpr double kOffFrom = 0.05, kOffTo = 0.10;
constexpr double kMostBent = 0.5;  ///< cosine

/// The middle of the only arm across a bone, shoulder widths along `normal`.
std::optional<double> middle_of_arm(const PersonLabels& labels, cv::Point2d on_bone,
                                    cv::Point2d normal) {
    const cv::Size size = labels.of(Label::kSkin).size();
    const int reach = cvRound(kBesideBone / kSampleStep);
    std::optional<int> first;
    int last = 0;
    for (int i = -reach; i <= reach; ++i) {
        const cv::Point2d at =
            apply(labels.labels_from_shown, on_bone + normal * (i * kSampleStep));
        const cv::Point pixel(cvRound(at.x), cvRound(at.y));
        if (!cv::Rect({0, 0}, size).contains(pixel)) {
            continue;
        }
        const auto is = [&](Label label) { return int{labels.of(label).at<std::uint8_t>(pixel)}; };
        if (is(Label::kSkin) > kBareSkin && is(Label::kPerson) > kIsPerson &&
            is(Label::kUpperArm) + is(Label::kLowerArm) > kIsArm) {
            if (std::abs(i) == reach || (first && i > last + 1)) {
                return std::nullopt;
            }
            first = first.value_or(i);
            last = i;
        }
    }
    const double width = first ? (last - *first + 1) * kSampleStep : 0;
    return width > kNarrowest && width < kWidest
               ? std::optional((*first + last) / 2.0 * kSampleStep)
               : std::nullopt;
}

}  // namespace

void move_to_bare_elbows(Pose& pose, float min_score) {
    const PersonLabels* const labels = pose.labels.get();
    const auto body = labels != nullptr ? body_frame(pose, min_score) : std::nullopt;
    constexpr std::array kNeeded{Label::kPerson, Label::kSkin, Label::kUpperArm, Label::kLowerArm};
    if (!body || std::any_of(kNeeded.begin(), kNeeded.end(), [&](Label label) {
            const cv::Mat& plane = labels->of(label);
            return plane.empty() || plane.type() != CV_8UC1 ||
                   plane.size() != labels->of(Label::kSkin).size();
        })) {
        return;
    }
    for (const Side side : kSides) {
        const ArmBones arm = arm_bones(pose, *body, side, min_score);
        if (!arm.wrist) {
            continue;
        }
        const cv::Point2d upper = *arm.elbow - arm.shoulder, fore = *arm.wrist - *arm.elbow;
        const cv::Point2d upper_unit = unit_of(upper, {0, 0}), fore_unit = unit_of(fore, {0, 0});
        if (upper_unit.dot(fore_unit) < kMostBent) {
            continue;
        }
        const auto normal_of = [](cv::Point2d along) { return cv::Point2d(-along.y, along.x); };
        double sum = 0,
               squares = 0;  // of a bend that is 1 at the elbow, 0 at the bones' other ends
        for (int i = -kBoneSteps; i <= kBoneSteps; ++i) {
            const double from_elbow = kAlong * std::abs(i) / kBoneSteps;
            const auto middle =
                middle_of_arm(*labels, *arm.elbow + (i < 0 ? -upper : fore) * from_elbow,
                              normal_of(i < 0 ? upper_unit : fore_unit) * body->unit);
            if (middle) {
                sum += (1 - from_elbow) * *middle;
                squares += (1 - from_elbow) * (1 - from_elbow);
            }
        }
        if (squares < kLeastSeen) {
            continue;
        }
        const double off = sum / squares;
        const cv::Point2d by = normal_of(unit_of(upper_unit + fore_unit, {0, 0})) *
                               (off * body->unit * smoothstep(kOffFrom, kOffTo, std::abs(off)));
        Keypoint& elbow = pose.at(side == Side::kLeft ? Joint::kLeftElbow : Joint::kRightElbow);
        elbow.x += static_cast<float>(by.x);
        elbow.y += static_cast<float>(by.y);
    }
}

}  // namespace closet
