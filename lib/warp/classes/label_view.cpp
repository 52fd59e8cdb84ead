#include "warp/classes/label_view.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "warp/occlusion/half_view.h"

namespace closet::classes {
namespace {

// Radii in shoulder widths of a body whose parts no network told.
constexpr double kUpperArmRadius = 0.13, kLowerArmRadius = 0.1, kHandRadius = 0.13;
constexpr double kLegRadius = 0.22, kTorsoHalf = 0.55, kTorsoAbove = 0.12;
constexpr double kHandBeyond = 0.3;  ///< of the forearm, from the wrist to the hand's middle
constexpr double kFaceAcross = 1.1, kFaceAlong = 1.4;  ///< half face widths

/// Draws the body's parts around the bones.
void draw_parts(const Wearer& wearer, LabelView& view) {
    const auto& [pose, min_score, body, own, classes, head] = wearer;
    for (const Label label : {Label::kFace, Label::kUpperArm, Label::kLowerArm, Label::kHand,
                              Label::kTorso, Label::kLeg, Label::kFoot}) {
        view.of(label).create(view.size, CV_8UC1);
        view.of(label).setTo(0);
    }
    const cv::Matx23d view_from_shown = inverse(view.shown_from_view);
    const double scale = view_from_shown(0, 0) * body->unit;
    const auto at = [&](cv::Point2d p) {
        const cv::Point2d q = apply(view_from_shown, p);
        return cv::Point(cvRound(q.x), cvRound(q.y));
    };
    const auto thick = [&](double radius) {
        return std::clamp(cvRound(2 * radius * scale), 1, 2000);
    };
    const auto bone = [&](Label label, cv::Point2d from, cv::Point2d to, double radius) {
        cv::line(view.of(label), at(from), at(to), 255, thick(radius));
    };
    const auto joint = [&](Joint which) -> std::optional<cv::Point2d> {
        const Keypoint& point = pose.at(which);
        return is_reliable(point, min_score) ? std::optional(place_of(point)) : std::nullopt;
    };
    const auto corner = [&](double v, double u) {
        return at(body->spine(v) + body->row(v) * (u * body->unit));
    };
    const double hips = body->torso / body->unit;
    cv::fillConvexPoly(
        view.of(Label::kTorso),
        std::vector<cv::Point>{corner(-kTorsoAbove, kTorsoHalf), corner(-kTorsoAbove, -kTorsoHalf),
                               corner(hips + kTorsoAbove, -kTorsoHalf),
                               corner(hips + kTorsoAbove, kTorsoHalf)},
        255);
    if (head) {
        const double r = head->half_width * view_from_shown(0, 0);
        cv::ellipse(view.of(Label::kFace), at(head->nose + head->up * (0.25 * head->half_width)),
                    cv::Size(std::clamp(cvRound(kFaceAcross * r), 1, 2000),
                             std::clamp(cvRound(kFaceAlong * r), 1, 2000)),
                    std::atan2(head->up.x, -head->up.y) * 180 / CV_PI, 0, 360, 255, cv::FILLED);
    }
    constexpr std::array kElbows{Joint::kLeftElbow, Joint::kRightElbow};
    constexpr std::array kWrists{Joint::kLeftWrist, Joint::kRightWrist};
    constexpr std::array kKnees{Joint::kLeftKnee, Joint::kRightKnee};
    constexpr std::array kAnkles{Joint::kLeftAnkle, Joint::kRightAnkle};
    for (std::size_t side = 0; side < 2; ++side) {
        const auto knee = joint(kKnees[side]), ankle = joint(kAnkles[side]);
        bone(Label::kLeg, body->hip[side],
             knee ? *knee : body->hip[side] + body->down * (1.2 * body->unit), kLegRadius);
        if (knee && ankle) {
            bone(Label::kLeg, *knee, *ankle, kLegRadius);
        }
        const auto elbow = joint(kElbows[side]), wrist = joint(kWrists[side]);
        if (elbow) {
            bone(Label::kUpperArm, body->shoulder[side], *elbow, kUpperArmRadius);
        }
        if (elbow && wrist) {
            bone(Label::kLowerArm, *elbow, *wrist, kLowerArmRadius);
            const cv::Point2d hand = *wrist + (*wrist - *elbow) * kHandBeyond;
            bone(Label::kHand, *wrist + (hand - *wrist) * 0.5, hand, kHandRadius);
        }
    }
    // Nearer parts hide farther ones: as networks see it, parts do not overlap.
    cv::Mat taken = view.of(Label::kHand).clone();
    for (const Label label :
         {Label::kLowerArm, Label::kUpperArm, Label::kFace, Label::kTorso, Label::kLeg}) {
        view.of(label).setTo(0, taken);
        taken |= view.of(label);
    }
}

}  // namespace

bool is_usable(const PersonLabels* labels) {
    if (labels == nullptr) {
        return false;
    }
    cv::Size size;
    for (const cv::Mat& plane : labels->probability) {
        if (plane.empty()) {
            continue;
        }
        if (plane.type() != CV_8UC1 || (size.area() > 0 && plane.size() != size)) {
            return false;
        }
        size = plane.size();
    }
    const auto& values = labels->labels_from_shown.val;
    return size.area() > 0 && std::all_of(std::begin(values), std::end(values),
                                          [](double v) { return std::isfinite(v); });
}

void read_labels(const PersonLabels& labels, const Wearer& wearer, LabelView& view) {
    const cv::Matx23d labels_from_view = compose(labels.labels_from_shown, view.shown_from_view);
    const auto has = [&](Label label) { return !labels.of(label).empty(); };
    std::vector<cv::Mat> from, to;
    for (std::size_t i = 0; i < kLabelCount; ++i) {
        cv::Mat& plane = view.probability[i];
        plane.create(view.size, CV_8UC1);
        if (!labels.probability[i].empty()) {
            from.push_back(labels.probability[i]);
            to.push_back(plane);
        } else {
            plane.setTo(0);
        }
    }
    // Four planes at a time: most of the work is to find out where pixels lie.
    constexpr std::size_t kAtOnce = 4;
    cv::Mat together, moved;
    for (std::size_t i = 0; i < from.size(); i += kAtOnce) {
        const std::size_t count = std::min(kAtOnce, from.size() - i);
        cv::merge(&from[i], count, together);
        cv::warpAffine(together, moved, labels_from_view, view.size,
                       cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
        cv::split(moved, &to[i]);
    }
    view.knows_skin = has(Label::kSkin);
    view.knows_hair = has(Label::kHair);
    view.splits_clothes = has(Label::kUpperClothes) || has(Label::kDress);
    if (!has(Label::kTorso)) {
        draw_parts(wearer, view);
    }
    if (!view.knows_skin) {
        cv::addWeighted(view.of(Label::kUpperArm), 0.5, view.of(Label::kLowerArm), 0.5, 0,
                        view.of(Label::kSkin));
        cv::max(view.of(Label::kSkin), view.of(Label::kFace), view.of(Label::kSkin));
        cv::max(view.of(Label::kSkin), view.of(Label::kHand), view.of(Label::kSkin));
    }
    cv::Mat all_clothes;
    cv::max(view.of(Label::kUpperClothes), view.of(Label::kLowerClothes), all_clothes);
    cv::max(all_clothes, view.of(Label::kDress), all_clothes);
    if (has(Label::kClothes)) {
        cv::max(view.of(Label::kClothes), all_clothes, view.of(Label::kClothes));
    } else if (view.splits_clothes) {
        view.of(Label::kClothes) = all_clothes;
    }
    if (!has(Label::kPerson)) {
        cv::Mat& person = view.of(Label::kPerson);
        if (occlusion::is_usable(wearer.pose.mask.get())) {
            cv::warpAffine(wearer.pose.mask->probability, person,
                           compose(wearer.pose.mask->mask_from_shown, view.shown_from_view),
                           view.size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT,
                           0);
        } else {
            cv::max(view.of(Label::kSkin), view.of(Label::kClothes), person);
            cv::max(person, view.of(Label::kHair), person);
        }
    }
    if (!has(Label::kClothes) && !view.splits_clothes) {
        cv::subtract(view.of(Label::kPerson), view.of(Label::kSkin), view.of(Label::kClothes));
    }
}

}  // namespace closet::classes
