#include "warp/occlusion/class_front.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "core/picture_geometry.h"
#include "warp/occlusion/half_view.h"

namespace closet::occlusion {
namespace {

/// From the first value of a class on a pixel begins to belong to it, from the second one on it
/// does, of 255. The same for labels, which are soft blobs.
constexpr int kClassFrom = 90, kClassTo = 165;
constexpr int kLabelFrom = 90, kLabelTo = 150;
constexpr std::uint8_t kSureHair = 128;
// Shoulder widths.
constexpr double kHairSpeck = 0.012, kHairGrow = 0.03;
/// Around a wrist, what of a hand is beyond it; farther hands are another's or a bad pose's.
constexpr double kHandReach = 0.6;
constexpr double kCuff = 0.02;
/// A sleeve that ends before the wrist, but so far down the arm (2: the wrist), ends where the own
/// one does, as the mesh has it (SleeveMap).
constexpr double kOwnCuffFrom = 1.4, kOwnCuffTo = 1.64;
/// Labels of hands end before spread fingers do, by so much.
constexpr double kFingertips = 0.18;
constexpr int kSureSkin = 127;    ///< of 255
constexpr double kToPalm = 0.12;  ///< its middle beyond a wrist
/// Areas, of a square shoulder width: of a hand at most; of what is too small for a bare forearm.
constexpr double kMostOfHand = 0.2, kSurelyHand = 0.13;
constexpr double kLongestHand = 0.55;
constexpr std::uint8_t kSureArm = 150;  ///< of labels
/// Beyond a wrist, and to either side of a forearm and its hand: farther skin is no arm's.
constexpr double kHand = 0.4, kNearArm = 0.45;
/// Above the shoulders: the label "face" reaches down to the collar, and high collars are worn
/// there.
constexpr double kChin = 0.4;

/// 0 up to `from`, 255 from `to` on.
cv::Mat1b ramp_table(int from, int to) {
    cv::Mat1b table(1, 256);
    for (int i = 0; i < 256; ++i) {
        table(i) = static_cast<std::uint8_t>(std::clamp(255 * (i - from) / (to - from), 0, 255));
    }
    return table;
}

int reach_in(const classes::LabelView& labels, double unit, double share) {
    return std::clamp(static_cast<int>(std::lround(share * unit / labels.shown_from_view(0, 0))), 1,
                      50);
}

cv::Mat round_element(int radius) {
    return cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1});
}

struct Forearm {
    cv::Point2d elbow, wrist, along;  ///< shown pixels; unit vector from elbow to wrist
    double cuff = 0;                  ///< where long sleeves end, from the wrist on, shown pixels
};

/// Those that are known.
std::vector<Forearm> forearms_of(const Wearer& wearer) {
    std::vector<Forearm> forearms;
    for (const Side side : kSides) {
        const bool left = side == Side::kLeft;
        const Keypoint& from = wearer.pose.at(left ? Joint::kLeftElbow : Joint::kRightElbow);
        const Keypoint& to = wearer.pose.at(left ? Joint::kLeftWrist : Joint::kRightWrist);
        if (!is_reliable(from, wearer.min_score) || !is_reliable(to, wearer.min_score)) {
            continue;
        }
        const cv::Point2d bone = place_of(to) - place_of(from);
        double cuff = kCuff * wearer.body->unit;
        if (wearer.own) {
            const auto i = static_cast<std::size_t>(side);
            const double end = std::min(wearer.own->sleeve_end[i], 2.0);
            cuff -= wearer.own->sleeve_seen[i] * smoothstep(kOwnCuffFrom, kOwnCuffTo, end) *
                    (2 - end) * length_of(bone);
        }
        forearms.push_back({place_of(from), place_of(to), unit_of(bone, wearer.body->down), cuff});
    }
    return forearms;
}

/// Leaves of the arms' label what lies near a forearm or a hand, where both arms are known: bare
/// bellies are taken for arms at times.
void keep_near_arms(const classes::LabelView& labels, const Wearer& wearer, cv::Mat& arm) {
    const std::vector<Forearm> forearms = forearms_of(wearer);
    if (forearms.size() < 2) {
        return;
    }
    const double reach = kNearArm * wearer.body->unit;
    for (int j = 0; j < arm.rows; ++j) {
        auto* row = arm.ptr(j);
        for (int i = 0; i < arm.cols; ++i) {
            if (row[i] == 0) {
                continue;
            }
            const cv::Point2d p = apply(labels.shown_from_view, cv::Point2d(i, j));
            const auto is_near = [&](const Forearm& bone) {
                const cv::Point2d fingers = bone.wrist + bone.along * (kHand * wearer.body->unit);
                const cv::Point2d along = fingers - bone.elbow, off = p - bone.elbow;
                const double t =
                    std::clamp(off.dot(along) / std::max(along.dot(along), 1e-9), 0.0, 1.0);
                return length_of(off - along * t) < reach;
            };
            if (!std::any_of(forearms.begin(), forearms.end(), is_near)) {
                row[i] = 0;
            }
        }
    }
}

/// The label of hands; skin by class in one piece of the size of the hands at whose wrists it is,
/// or of one hand on an arm, since labels and wrists of crossed arms are often wrong; and skin that
/// hangs together with either, `reach` pixels far.
cv::Mat find_hands(const PersonClasses& classes, const Wearer& wearer, int reach) {
    const classes::LabelView& labels = *classes.labels;
    cv::Mat hand = labels.of(Label::kHand).clone();
    cv::Mat skin;
    cv::resize(classes.of(Surface::kSkin), skin, hand.size(), 0, 0, cv::INTER_AREA);
    cv::threshold(skin, skin, kSureSkin, 255, cv::THRESH_BINARY);
    cv::Mat pieces, stats, centers;
    cv::connectedComponentsWithStats(skin, pieces, stats, centers, 8, CV_32S);
    const double unit = wearer.body->unit / labels.shown_from_view(0, 0);
    std::map<int, int> hands_of;  // by piece
    for (const Forearm& arm : forearms_of(wearer)) {
        const cv::Point2d palm = apply(inverse(labels.shown_from_view),
                                       arm.wrist + arm.along * (kToPalm * wearer.body->unit));
        const cv::Point at(cvRound(palm.x), cvRound(palm.y));
        if (cv::Rect({0, 0}, hand.size()).contains(at) && pieces.at<int>(at) != 0) {
            ++hands_of[pieces.at<int>(at)];
        }
    }
    const cv::Mat arms = cv::max(hand, labels.of(Label::kLowerArm));
    std::vector<std::uint8_t> on_arm(static_cast<std::size_t>(stats.rows), 0);  // by piece
    for (int y = 0; y < pieces.rows; ++y) {
        for (int x = 0; x < pieces.cols; ++x) {
            std::uint8_t& most = on_arm[static_cast<std::size_t>(pieces.at<int>(y, x))];
            most = std::max(most, arms.at<std::uint8_t>(y, x));
        }
    }
    for (int piece = 1; piece < stats.rows; ++piece) {
        const double area = stats.at<int>(piece, cv::CC_STAT_AREA) / (unit * unit);
        const double side = std::max(stats.at<int>(piece, cv::CC_STAT_WIDTH),
                                     stats.at<int>(piece, cv::CC_STAT_HEIGHT)) /
                            unit;
        const auto at_wrists = hands_of.find(piece);
        if ((at_wrists != hands_of.end() && area <= at_wrists->second * kMostOfHand) ||
            (area <= kSurelyHand && side <= kLongestHand &&
             on_arm[static_cast<std::size_t>(piece)] > kSureArm)) {
            hand.setTo(255, pieces == piece);
        }
    }
    cv::max(skin, hand, skin);
    for (int i = 0; i < reach; ++i) {
        cv::dilate(hand, hand, cv::Mat());
        cv::min(hand, skin, hand);
    }
    return hand;
}

/// Leaves of the hands' label what lies beyond the cuffs.
void cut_cuffs(const classes::LabelView& labels, const Wearer& wearer, cv::Mat& hand) {
    const std::vector<Forearm> arms = forearms_of(wearer);
    const double unit = wearer.body->unit;
    for (int j = 0; j < hand.rows; ++j) {
        auto* row = hand.ptr(j);
        for (int i = 0; i < hand.cols; ++i) {
            if (row[i] == 0) {
                continue;
            }
            const cv::Point2d p = apply(labels.shown_from_view, cv::Point2d(i, j));
            const auto is_cuff = [&](const Forearm& arm) {
                const cv::Point2d off = p - arm.wrist;
                return length_of(off) < kHandReach * unit && off.dot(arm.along) < arm.cuff;
            };
            // Folded hands: beyond one wrist may be beside the other one.
            if (!arms.empty() && std::any_of(arms.begin(), arms.end(), is_cuff) &&
                std::none_of(arms.begin(), arms.end(), [&](const Forearm& arm) {
                    const cv::Point2d off = p - arm.wrist;
                    return length_of(off) < kHandReach * unit && off.dot(arm.along) >= arm.cuff;
                })) {
                row[i] = 0;
            }
        }
    }
}

/// A plane of another grid, in `where` at half size; 0 beyond it.
void read_plane(const cv::Mat& plane, const cv::Matx23d& plane_from_shown, cv::Rect where,
                cv::Mat& out) {
    const cv::Matx23d shown_from_view(2, 0, where.x + 0.5, 0, 2, where.y + 0.5);
    cv::warpAffine(plane, out, compose(plane_from_shown, shown_from_view),
                   {where.width / 2, where.height / 2}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_CONSTANT, 0);
}

/// Leaves of a label what lies more than `height` shoulder widths above the shoulders.
void keep_above(const classes::LabelView& labels, const BodyFrame& body, double height,
                cv::Mat& label) {
    for (int j = 0; j < label.rows; ++j) {
        auto* row = label.ptr(j);
        for (int i = 0; i < label.cols; ++i) {
            if (row[i] == 0) {
                continue;
            }
            const cv::Point2d p = apply(labels.shown_from_view, cv::Point2d(i, j));
            if ((p - body.middle).dot(body.down) > -height * body.unit) {
                row[i] = 0;
            }
        }
    }
}

void cut_plane(Patch& patch, const cv::Mat& plane, const PersonClasses& classes) {
    const cv::Rect where = patch.where & classes.where;
    if (!where.empty()) {
        cv::Mat kept;
        read_plane(plane, classes.classes_from_shown, where, kept);
        cut_away(patch, kept, where);
    }
}

}  // namespace

void ClassFront::look_at(const PersonClasses& classes, const Wearer& wearer, Sleeves sleeves,
                         bool own_sleeves) {
    static const cv::Mat1b kSoftClass = ramp_table(kClassFrom, kClassTo);
    static const cv::Mat1b kSoftLabel = ramp_table(kLabelFrom, kLabelTo);
    classes_ = &classes;
    const classes::LabelView& labels = *classes.labels;
    const double unit = wearer.body->unit;
    const cv::Size grid = classes.of(Surface::kSkin).size();
    /// What is of this surface within a soft plane of the labels' grid.
    const auto within = [&](const cv::Mat& label, const cv::Mat& surface, cv::Mat& result) {
        cv::resize(label, gate_, grid, 0, 0, cv::INTER_LINEAR);
        cv::multiply(gate_, surface, result, 1.0 / 255.0);
    };
    cv::LUT(classes.of(Surface::kSkin), kSoftClass, surface_);
    const cv::Mat hand = find_hands(classes, wearer, reach_in(labels, unit, kFingertips));
    if (sleeves == Sleeves::kLong) {
        arm_ = hand;
        cut_cuffs(labels, wearer, arm_);
    } else {
        cv::add(labels.of(Label::kLowerArm), hand, arm_);
        if (own_sleeves) {
            cv::add(arm_, labels.of(Label::kUpperArm), arm_);
            cv::add(classes.of(Surface::kSkin), classes.of(Surface::kUpperClothes), surface_);
            cv::LUT(surface_, kSoftClass, surface_);
        }
        keep_near_arms(labels, wearer, arm_);
    }
    cv::LUT(arm_, kSoftLabel, label_);
    within(label_, surface_, front_);
    labels.of(Label::kFace).copyTo(label_);
    keep_above(labels, *wearer.body, kChin, label_);
    cv::LUT(label_, kSoftLabel, label_);
    within(label_, surface_, face_);
    cv::max(labels.of(Label::kFace), labels.of(Label::kTorso), label_);
    keep_above(labels, *wearer.body, 0.0, label_);
    cv::LUT(label_, kSoftLabel, label_);
    within(label_, surface_, throat_);
    cv::Mat hair;
    if (labels.knows_hair) {
        cv::threshold(labels.of(Label::kHair), label_, kSureHair, 255, cv::THRESH_BINARY);
        cv::morphologyEx(label_, label_, cv::MORPH_OPEN,
                         round_element(reach_in(labels, unit, kHairSpeck)));
        cv::dilate(label_, label_, round_element(reach_in(labels, unit, kHairGrow)));
        cv::LUT(classes.of(Surface::kHair), kSoftClass, surface_);
        within(label_, surface_, hair);
        cv::max(front_, hair, front_);
    }
}

void ClassFront::cut_front(Patch& patch) const {
    cut_plane(patch, front_, *classes_);
}

void ClassFront::cut_face(Patch& patch, bool throat) const {
    cut_plane(patch, throat ? throat_ : face_, *classes_);
}

void ClassFront::read_arm(cv::Rect where, cv::Mat& arm) const {
    read_plane(arm_, inverse(classes_->labels->shown_from_view), where, arm);
}

}  // namespace closet::occlusion
