#include "body/arm_agreement.h"

#include <algorithm>
#include <cmath>

#include "body/arm_capsules.h"
#include "core/picture_geometry.h"

namespace closet {
namespace {

constexpr int kLabeled = 100, kBare = 153;  ///< of 255
/// Distances from an arm's usual outline, shoulder widths: surely in it, still in it, its skin.
constexpr double kInside = -0.04, kStillInside = 0.025, kAround = 0.17;
constexpr double kHand = 0.5;         ///< shoulder widths from the wrist
constexpr double kLeastSkin = 0.004;  ///< that tells anything: of a square shoulder width

/// Of pixels of the labels.
struct Counts {
    int inside = 0, called_arm = 0, skin = 0, skin_inside = 0;

    float agreement(double square_unit) const {
        if (inside == 0) {
            return 0;
        }
        const double called = std::min(2.0 * called_arm / inside, 1.0);
        const bool shows_skin = skin >= std::max(1.0, kLeastSkin * square_unit);
        return static_cast<float>(
            shows_skin ? std::min(called, static_cast<double>(skin_inside) / skin) : called);
    }
};

/// Whether a point lies past the wrist, within a `reach` of it (all shown pixels): hands bend, so
/// nobody knows where they are.
bool is_hand(const ArmBones& arm, cv::Point2d at, double reach) {
    return arm.wrist && (at - *arm.wrist).dot(*arm.wrist - *arm.elbow) > 0 &&
           cv::norm(at - *arm.wrist) < reach;
}

/// The part of the labels, of `size`, that arms may be in.
cv::Rect around(const std::array<ArmBones, 2>& arms, const cv::Matx23d& labels_from_shown,
                double unit, cv::Size size) {
    const double reach = kHand * unit;
    cv::Point2d low(INFINITY, INFINITY), high(-INFINITY, -INFINITY);
    for (const ArmBones& arm : arms) {
        for (const cv::Point2d& joint :
             {arm.shoulder, arm.elbow.value_or(arm.shoulder), arm.wrist.value_or(arm.shoulder)}) {
            for (const cv::Point2d& corner :
                 {joint - cv::Point2d(reach, reach), joint + cv::Point2d(reach, reach),
                  joint + cv::Point2d(reach, -reach), joint + cv::Point2d(-reach, reach)}) {
                const cv::Point2d at = apply(labels_from_shown, corner);
                low = {std::min(low.x, at.x), std::min(low.y, at.y)};
                high = {std::max(high.x, at.x), std::max(high.y, at.y)};
            }
        }
    }
    const cv::Rect2d part = cv::Rect2d(low, high) & cv::Rect2d(0, 0, size.width, size.height);
    return part.empty() || !std::isfinite(part.x + part.y)
               ? cv::Rect()
               : cv::Rect(cv::Point(cvFloor(part.x), cvFloor(part.y)),
                          cv::Point(cvFloor(part.br().x), cvFloor(part.br().y)));
}

}  // namespace

std::array<float, 2> arm_agreement(const Pose& pose, float min_score) {
    constexpr std::array kArm{Label::kUpperArm, Label::kLowerArm, Label::kHand};
    const PersonLabels* const labels = pose.labels.get();
    const auto body = labels != nullptr ? body_frame(pose, min_score) : std::nullopt;
    if (!body || std::any_of(kArm.begin(), kArm.end(), [&](Label label) {
            return labels->of(label).type() != CV_8UC1 || labels->of(label).empty() ||
                   labels->of(label).size() != labels->of(Label::kUpperArm).size();
        })) {
        return {-1, -1};
    }
    const cv::Mat& skin = labels->of(Label::kSkin);
    const cv::Size size = labels->of(Label::kUpperArm).size();
    const bool tells_skin = skin.size() == size && skin.type() == CV_8UC1;
    const std::array bones{arm_bones(pose, *body, Side::kLeft, min_score),
                           arm_bones(pose, *body, Side::kRight, min_score)};
    const ArmCapsules arms(bones, *body);
    const cv::Matx23d shown_from_labels = inverse(labels->labels_from_shown);
    std::array<Counts, 2> counts;
    const cv::Rect part = around(bones, labels->labels_from_shown, body->unit, size);
    for (int y = part.y; y < part.br().y; ++y) {
        for (int x = part.x; x < part.br().x; ++x) {
            const cv::Point2d shown = apply(shown_from_labels, cv::Point2d(x, y));
            int called_arm = 0;
            for (const Label label : kArm) {
                called_arm += labels->of(label).at<std::uint8_t>(y, x);
            }
            for (const Side side : kSides) {
                const double distance = arms.distance(shown, side);
                const auto s = static_cast<std::size_t>(side);
                if (!(distance < kAround) || is_hand(bones[s], shown, kHand * body->unit)) {
                    continue;
                }
                Counts& arm = counts[s];
                const bool is_arm = called_arm > kLabeled;
                if (distance < kInside) {
                    ++arm.inside;
                    arm.called_arm += is_arm ? 1 : 0;
                }
                if (is_arm && tells_skin && skin.at<std::uint8_t>(y, x) >= kBare) {
                    ++arm.skin;
                    arm.skin_inside += distance < kStillInside ? 1 : 0;
                }
            }
        }
    }
    const cv::Matx23d& m = labels->labels_from_shown;
    const double square_unit =
        std::abs(m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0)) * body->unit * body->unit;
    return {counts[0].agreement(square_unit), counts[1].agreement(square_unit)};
}

}  // namespace closet
