#include "warp/occlusion/class_front.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "core/picture_geometry.h"
#include "warp/occlusion/half_view.h"
#include "warp/paint/blur_plane.h"
#include "warp/paint/kernel.h"

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
/// Around what the own sleeve leaves bare of an arm: skin there is the arm's, not a hand's.
constexpr double kBareArm = 0.3;
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
/// Of fingers that are called a leg's; a thigh's lower half is 0.14.
constexpr double kMostFingers = 0.09;
constexpr std::uint8_t kSureArm = 150, kSureLeg = 127;  ///< of labels
constexpr double kBareLeg = 0.5;  ///< of a piece of skin, where it is a bare leg
/// Beyond a wrist, and to either side of a forearm and its hand: farther skin is no arm's.
constexpr double kHand = 0.4, kNearArm = 0.45;
/// Above the shoulders: the label "face" reaches down to the collar, and high collars are worn
/// there.
constexpr double kChin = 0.4;

/// Sines of the turn between which a body is in profile, with its near arm before the torso; of
/// that upper arm what lies beyond a short sleeve or an armhole is seen, and so near to the bone.
constexpr double kProfileFrom = 0.6, kProfileTo = 0.88;
constexpr double kShortSleeve = 0.5, kArmhole = 0.15, kNearUpperArm = 0.25;

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

/// Where a plane is not 0 and so many pixels around; empty where all of it is.
cv::Rect used_part(const cv::Mat& plane, int by) {
    const cv::Rect part = cv::boundingRect(plane);
    return part.empty() ? part : grown(part, by, plane.size());
}

struct Forearm {
    cv::Point2d elbow, wrist, along;  ///< shown pixels; unit vector from elbow to wrist
    double cuff = 0;                  ///< where long sleeves end, from the wrist on, shown pixels
    std::optional<cv::Point2d> bare_from;  ///< where the own sleeve ends, if well above the wrist
};

/// From a point to the line from `a` to `b`, pixels.
double to_line(cv::Point2d p, cv::Point2d a, cv::Point2d b) {
    const cv::Point2d line = b - a;
    const double share = (p - a).dot(line) / std::max(line.dot(line), 1e-9);
    return length_of(p - a - line * std::clamp(share, 0.0, 1.0));
}

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
        std::optional<cv::Point2d> bare_from;
        if (wearer.own) {
            const auto i = static_cast<std::size_t>(side);
            const double end = std::min(wearer.own->sleeve_end[i], 2.0);
            cuff -= wearer.own->sleeve_seen[i] * smoothstep(kOwnCuffFrom, kOwnCuffTo, end) *
                    (2 - end) * length_of(bone);
            if (end < kOwnCuffFrom) {
                const cv::Point2d shoulder = wearer.body->shoulder[i];
                bare_from = place_of(from) - (place_of(from) - shoulder) * std::max(1 - end, 0.0);
            }
        }
        forearms.push_back(
            {place_of(from), place_of(to), unit_of(bone, wearer.body->down), cuff, bare_from});
    }
    return forearms;
}

/// From an elbow to the fingertips.
struct Reach {
    float x, y, dx, dy, per_square;  ///< shown pixels
};

/// Sets to 0 those of `n` pixels that lie farther from both arms than the root of `square`. Pixel i
/// lies at `x` + i * `step`, `y`.
CLOSET_TARGET_CLONES
void keep_near(const std::array<Reach, 2>& arms, float x, float step, float y, float square,
               std::size_t n, std::uint8_t* __restrict row) {
    const Reach a = arms[0], b = arms[1];
    const auto from = [](const Reach& arm, float px, float py) {
        const float ox = px - arm.x, oy = py - arm.y;
        const float along = (ox * arm.dx + oy * arm.dy) * arm.per_square;
        const float t = std::min(std::max(along, 0.0F), 1.0F);
        const float off_x = ox - arm.dx * t, off_y = oy - arm.dy * t;
        return off_x * off_x + off_y * off_y;
    };
    for (std::size_t i = 0; i < n; ++i) {
        const float px = x + step * static_cast<float>(static_cast<int>(i));
        const float nearest = std::min(from(a, px, y), from(b, px, y));
        row[i] = nearest < square ? row[i] : std::uint8_t{0};
    }
}

/// Leaves of the arms' label what lies near a forearm or a hand, where both arms are known: bare
/// bellies are taken for arms at times.
void keep_near_arms(const classes::LabelView& labels, const Wearer& wearer, cv::Mat& arm) {
    const std::vector<Forearm> forearms = forearms_of(wearer);
    if (forearms.size() < 2) {
        return;
    }
    std::array<Reach, 2> reaches{};
    for (std::size_t k = 0; k < 2; ++k) {
        const Forearm& bone = forearms[k];
        const cv::Point2f from = bone.elbow;
        const cv::Point2f along =
            bone.wrist + bone.along * (kHand * wearer.body->unit) - bone.elbow;
        reaches[k] = {from.x, from.y, along.x, along.y, 1 / std::max(along.dot(along), 1e-9F)};
    }
    const auto reach = static_cast<float>(kNearArm * wearer.body->unit);
    const cv::Matx23f m(labels.shown_from_view);
    for (int j = 0; j < arm.rows; ++j) {
        keep_near(reaches, m(0, 2), m(0, 0), m(1, 2) + m(1, 1) * static_cast<float>(j),
                  reach * reach, static_cast<std::size_t>(arm.cols), arm.ptr(j));
    }
}

/// Adds what is bare of the near upper arm of a body in profile.
void add_near_arm(const classes::LabelView& labels, const Wearer& wearer, Sleeves sleeves,
                  cv::Mat& arm) {
    const Facing& facing = wearer.pose.facing;
    const bool left = facing.yaw < 0;
    const Keypoint& elbow = wearer.pose.at(left ? Joint::kLeftElbow : Joint::kRightElbow);
    const double share =
        facing.certainty * smoothstep(kProfileFrom, kProfileTo, std::abs(std::sin(facing.yaw)));
    if (share <= 0 || !is_reliable(elbow, wearer.min_score)) {
        return;
    }
    const cv::Point2d shoulder =
        wearer.body->shoulder[static_cast<std::size_t>(left ? Side::kLeft : Side::kRight)];
    const cv::Point2d bone = place_of(elbow) - shoulder;
    const cv::Point2d from =
        shoulder + bone * (sleeves == Sleeves::kNone ? kArmhole : kShortSleeve);
    const cv::Mat& upper = labels.of(Label::kUpperArm);
    for (int j = 0; j < arm.rows; ++j) {
        for (int i = 0; i < arm.cols; ++i) {
            if (upper.at<std::uint8_t>(j, i) == 0) {
                continue;
            }
            const cv::Point2d p = apply(labels.shown_from_view, cv::Point2d(i, j));
            if ((p - from).dot(bone) > 0 &&
                to_line(p, from, place_of(elbow)) < kNearUpperArm * wearer.body->unit) {
                arm.at<std::uint8_t>(j, i) = cv::saturate_cast<std::uint8_t>(
                    arm.at<std::uint8_t>(j, i) + share * upper.at<std::uint8_t>(j, i));
            }
        }
    }
}

}  // namespace

cv::Mat find_hands(const PersonClasses& classes, const Wearer& wearer) {
    const classes::LabelView& labels = *classes.labels;
    const int reach = reach_in(labels, wearer.body->unit, kFingertips);
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
    const cv::Mat& leg = labels.of(Label::kLeg);
    const cv::Mat is_leg =
        leg.empty() ? cv::Mat::zeros(hand.size(), CV_8U) : cv::Mat((leg > hand) & (leg > kSureLeg));
    std::vector<std::uint8_t> on_arm(static_cast<std::size_t>(stats.rows), 0);  // by piece
    std::vector<int> on_leg(on_arm.size(), 0);                                  // pixels
    for (int y = 0; y < pieces.rows; ++y) {
        const int* piece = pieces.ptr<int>(y);
        const auto *arm = arms.ptr(y), *legs = is_leg.ptr(y);
        for (int x = 0; x < pieces.cols; ++x) {
            if (piece[x] != 0) {
                const auto i = static_cast<std::size_t>(piece[x]);
                on_arm[i] = std::max(on_arm[i], arm[x]);
                on_leg[i] += legs[x] != 0 ? 1 : 0;
            }
        }
    }
    // Labels are blobs: that of a hand beside a bare thigh lies on the thigh, too.
    for (int piece = 1; piece < stats.rows; ++piece) {
        if (on_leg[static_cast<std::size_t>(piece)] >
            kBareLeg * stats.at<int>(piece, cv::CC_STAT_AREA)) {
            const cv::Mat thigh = is_leg & (pieces == piece);
            hand.setTo(0, thigh);
            skin.setTo(0, thigh);
        }
    }
    // So it does where arm, hand and thigh are one piece.
    cv::Mat thighs, thigh_stats;
    const int legs =
        cv::connectedComponentsWithStats(is_leg & skin, thighs, thigh_stats, centers, 8, CV_32S);
    for (int i = 1; i < legs; ++i) {
        if (thigh_stats.at<int>(i, cv::CC_STAT_AREA) > kMostFingers * unit * unit) {
            hand.setTo(0, thighs == i);
            skin.setTo(0, thighs == i);
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
            const cv::Rect where(
                stats.at<int>(piece, cv::CC_STAT_LEFT), stats.at<int>(piece, cv::CC_STAT_TOP),
                stats.at<int>(piece, cv::CC_STAT_WIDTH), stats.at<int>(piece, cv::CC_STAT_HEIGHT));
            hand(where).setTo(255, pieces(where) == piece);
        }
    }
    cv::max(skin, hand, skin);
    const cv::Rect around = used_part(hand, reach);
    if (!around.empty()) {
        cv::Mat part = hand(around);
        for (int i = 0; i < reach; ++i) {
            cv::dilate(part, part, cv::Mat());
            cv::min(part, skin(around), part);
        }
    }
    return hand;
}

namespace {

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
                return off.dot(arm.along) < arm.cuff &&
                       (length_of(off) < kHandReach * unit ||
                        (arm.bare_from &&
                         std::min(to_line(p, *arm.bare_from, arm.elbow),
                                  to_line(p, arm.elbow, arm.wrist)) < kBareArm * unit));
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
    // How far down a pixel lies is linear in its column and row.
    const auto down = [&](double i, double j) {
        return (apply(labels.shown_from_view, {i, j}) - body.middle).dot(body.down);
    };
    const double start = down(0, 0), across = down(1, 0) - start, below = down(0, 1) - start;
    const double limit = -height * body.unit;
    for (int j = 0; j < label.rows; ++j) {
        auto* row = label.ptr(j);
        const double first = start + below * j;
        for (int i = 0; i < label.cols; ++i) {
            row[i] = first + across * i > limit ? std::uint8_t{0} : row[i];
        }
    }
}

/// Shown pixels that interpolation of a part of the classes' grid reaches; even.
cv::Rect shown_around(const PersonClasses& classes, cv::Rect part) {
    const cv::Matx23d shown_from_classes = inverse(classes.classes_from_shown);
    const cv::Point2d low = apply(shown_from_classes, {part.x - 2.0, part.y - 2.0});
    const cv::Point2d high = apply(shown_from_classes, {part.br().x + 1.0, part.br().y + 1.0});
    return align_to_chroma(
        {cv::Point(cvFloor(low.x), cvFloor(low.y)), cv::Point(cvCeil(high.x), cvCeil(high.y))});
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
    /// What is of this surface, softened, within a plane of the labels' grid: half the classes'.
    const auto within = [&](const cv::Mat& label, const cv::Mat& surface, Plane& result) {
        result.values.create(grid, CV_8UC1);
        result.values.setTo(0);
        const cv::Rect part = used_part(label, 1);
        result.used = {2 * part.x, 2 * part.y, 2 * part.width, 2 * part.height};
        if (!part.empty()) {
            cv::resize(label(part), gate_, result.used.size(), 0, 0, cv::INTER_LINEAR);
            cv::LUT(surface(result.used), kSoftClass, surface_);
            cv::multiply(gate_, surface_, result.values(result.used), 1.0 / 255.0);
        }
    };
    cv::Mat bare = classes.of(Surface::kSkin);
    const cv::Mat hand = find_hands(classes, wearer);
    if (sleeves == Sleeves::kLong) {
        arm_ = hand;
        cut_cuffs(labels, wearer, arm_);
    } else {
        cv::add(labels.of(Label::kLowerArm), hand, arm_);
        if (own_sleeves) {
            cv::add(arm_, labels.of(Label::kUpperArm), arm_);
            cv::Mat both;
            cv::add(bare, classes.of(Surface::kUpperClothes), both);
            bare = both;
        }
        add_near_arm(labels, wearer, sleeves, arm_);
        keep_near_arms(labels, wearer, arm_);
    }
    cv::LUT(arm_, kSoftLabel, label_);
    within(label_, bare, front_);
    labels.of(Label::kFace).copyTo(label_);
    keep_above(labels, *wearer.body, kChin, label_);
    cv::LUT(label_, kSoftLabel, label_);
    within(label_, bare, face_);
    cv::max(labels.of(Label::kFace), labels.of(Label::kTorso), label_);
    keep_above(labels, *wearer.body, 0.0, label_);
    cv::LUT(label_, kSoftLabel, label_);
    within(label_, bare, throat_);
    if (labels.knows_hair) {
        cv::threshold(labels.of(Label::kHair), label_, kSureHair, 255, cv::THRESH_BINARY);
        cv::morphologyEx(label_, label_, cv::MORPH_OPEN,
                         round_element(reach_in(labels, unit, kHairSpeck)));
        cv::dilate(label_, label_, round_element(reach_in(labels, unit, kHairGrow)));
        within(label_, classes.of(Surface::kHair), hair_);
        cv::max(front_.values, hair_.values, front_.values);
        front_.used |= hair_.used;
    }
    if (!classes.held.empty()) {
        cv::GaussianBlur(classes.held, gate_, {3, 3}, 0);
        cv::max(front_.values, gate_, front_.values);
        front_.used |= cv::boundingRect(gate_);
    }
}

void ClassFront::cut(Patch& patch, const Plane& plane) const {
    const cv::Rect where =
        plane.used.empty() ? cv::Rect()
                           : patch.where & classes_->where & shown_around(*classes_, plane.used);
    if (!where.empty()) {
        cv::Mat kept;
        read_plane(plane.values, classes_->classes_from_shown, where, kept);
        cut_away(patch, kept, where);
    }
}

void ClassFront::cut_front(Patch& patch) const {
    cut(patch, front_);
}

void ClassFront::cut_face(Patch& patch, bool throat) const {
    cut(patch, throat ? throat_ : face_);
}

void ClassFront::read_arm(cv::Rect where, cv::Mat& arm) const {
    read_plane(arm_, inverse(classes_->labels->shown_from_view), where, arm);
}

}  // namespace closet::occlusion
