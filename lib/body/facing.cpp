#include "body/facing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

#include "core/body_frame.h"
#include "core/curve.h"

namespace closet {
namespace {

// What follows was chosen on the first half of turning_no_head.mp4 and on sit_stand_walk.mp4
// (results/turning.md).

/// The distance of the shoulder joints in trunk lengths, seen from the front: 0.62 to 0.72 on
/// adults who stand, more where the trunk is seen shortened.
constexpr double kShouldersOfTrunk = 0.6, kMostOfTrunk = 0.72;

/// Of the nose from the picture's edge, in trunk lengths: the crown is about 0.35 above it, and a
/// head that is cut off at the mouth is guessed into the picture.
constexpr double kHeadCut = 0.1, kHeadWhole = 0.35;

/// Errors of width and depth, in true widths.
constexpr double kAcrossError = 0.25, kDepthError = 0.4;

/// How probable a mean of both answers is, with the head seen and without, and what is as probable
/// whatever the state.
constexpr double kMeanWithHead = 0.03, kMeanWithoutHead = 0.3, kAnything = 1e-3;

/// How probable exchanged sides are at first, with the head seen and without; that they become so
/// from one key frame to the next, and that they are right again.
constexpr double kExchangedWithHead = 0.05, kExchangedWithoutHead = 0.35;
constexpr double kBeginWithHead = 0.01, kBeginWithoutHead = 0.08, kEndExchanged = 0.15;

/// Looks at the same body err alike: each counts for so much of what it says, with the head seen
/// and without, and none for more than the last. BodyPix takes for a front what it sees no head of:
/// dressed fronts have 4.0 to 6.9, backs 0.1 to 3.7 then.
constexpr double kOddsWithHead = 0.4, kOddsWithoutHead = 0.8, kMostFrontOdds = 3.0;
constexpr double kHeadlessBias = 3.45;

/// Of bare bodies BodyPix tells little, and nothing without a head. Shares of a trunk that are
/// skin: of one that is dressed at most the first (throat, arms in front), of a bare one the
/// second.
constexpr double kDressedTrunk = 0.3, kBareTrunk = 0.7;

/// Toes lie lower in the picture than heels where they point to the camera, which is above the
/// ground: by 0.1 to 0.25 trunk lengths of fronts (0.0 where the network exchanges the sides), by
/// -0.13 to -0.04 of backs. So many times that is believed, of feet with such scores.
constexpr double kOddsOfFeet = 10.0, kMostFeetOdds = 2.0;
constexpr double kFeetFrom = 0.3, kFeetTo = 0.7;
constexpr std::size_t kLeftHeel = 29, kLeftToes = 31;  ///< BlazePose's; the right ones follow

/// How far a body turns, radians: as it were by chance, and in a second.
constexpr double kTurnNoise = 0.15, kTurnSpeed = 2.8;
constexpr double kAnyTurn = 1e-6;  ///< of what is not a turn at all

/// A key frame is decided from this certainty on.
constexpr double kSureFacing = 0.5;

/// A pose is a mean of both answers where so little is left of the width that the person has (none
/// of it is below the first, all above the second; arms that are raised narrow the shoulders to
/// 0.7), of a body that is turned by less than these cosines tell.
constexpr double kLeastWithHead = 0.25, kWholeWithHead = 0.5;
constexpr double kLeastWithoutHead = 0.65, kWholeWithoutHead = 0.9;
constexpr double kTurnedCosine = 0.45, kFrontCosine = 0.7;
/// Neighbors are asked within this time, seconds; where there are none, what is left is enlarged,
/// by this share at most.
constexpr double kNeighborS = 1.0;
constexpr double kLeastLeft = 0.3;

/// Key frames that wait; more are decided before their time.
constexpr std::size_t kMostWaiting = 64;

double normal(double off, double sigma) {
    return std::exp(-off * off / (2 * sigma * sigma));
}

/// Cosines and sines of the directions.
template <std::size_t N>
std::array<cv::Point2d, N> directions() {
    std::array<cv::Point2d, N> all;
    for (std::size_t i = 0; i < N; ++i) {
        const double yaw = 2 * std::numbers::pi * static_cast<double>(i) / N;
        all[i] = {std::cos(yaw), std::sin(yaw)};
    }
    return all;
}

cv::Point2d trunk_end(const Pose& pose, Joint left, Joint right) {
    return {(static_cast<double>(pose.at(left).x) + pose.at(right).x) / 2,
            (static_cast<double>(pose.at(left).y) + pose.at(right).y) / 2};
}

/// How much of the trunk is skin, 0..1; 0 where no parser tells.
double bareness(const Pose& pose) {
    const cv::Mat& skin = pose.labels->of(Label::kSkin);
    if (skin.empty()) {
        return 0;
    }
    const cv::Rect plane({}, skin.size());
    constexpr int kSteps = 5;  // away from the edges, where arms hang
    double sum = 0;
    int inside = 0;
    for (int i = 0; i < (kSteps - 1) * (kSteps - 1); ++i) {
        const double down = (1.0 + std::floor(i / (kSteps - 1.0))) / kSteps;
        const double across = static_cast<double>(1 + i % (kSteps - 1)) / kSteps;
        const auto between = [&](Joint left, Joint right) {
            const Keypoint &a = pose.at(left), &b = pose.at(right);
            return cv::Point2d(std::lerp(double{a.x}, double{b.x}, across),
                               std::lerp(double{a.y}, double{b.y}, across));
        };
        const cv::Point2d shown =
            between(Joint::kLeftShoulder, Joint::kRightShoulder) * (1 - down) +
            between(Joint::kLeftHip, Joint::kRightHip) * down;
        const cv::Vec2d at = pose.labels->labels_from_shown * cv::Vec3d(shown.x, shown.y, 1);
        if (std::abs(at[0]) < kFarthestPx && std::abs(at[1]) < kFarthestPx &&
            plane.contains({cvRound(at[0]), cvRound(at[1])})) {
            sum += skin.at<std::uint8_t>(cvRound(at[1]), cvRound(at[0])) / 255.0;
            ++inside;
        }
    }
    return inside > 0 ? sum / inside : 0;
}

/// What feet tell of the front's being seen: log of the odds; 0 where none are in the picture.
double odds_of_feet(const Pose& pose, cv::Size frame, double trunk) {
    if (pose.skeleton != Skeleton::kBlazePose33 || !(trunk > 0)) {
        return 0;
    }
    double sum = 0;
    for (const std::size_t side : {0U, 1U}) {
        const Keypoint& heel = pose.keypoints[kLeftHeel + side];
        const Keypoint& toes = pose.keypoints[kLeftToes + side];
        const auto bottom = static_cast<float>(frame.height);
        if (frame.empty() || std::max(heel.y, toes.y) < bottom) {
            sum += smoothstep(kFeetFrom, kFeetTo, double{std::min(heel.score, toes.score)}) *
                   (double{toes.y} - heel.y) / trunk;
        }
    }
    const double odds = kOddsOfFeet * sum / 2;
    return std::isfinite(odds) ? std::clamp(odds, -kMostFeetOdds, kMostFeetOdds) : 0.0;
}

template <class Belief>
void scale_to_one(Belief& belief) {
    double sum = 0;
    for (const auto& part : belief) {
        for (const double state : part) {
            sum += state;
        }
    }
    for (auto& part : belief) {
        for (double& state : part) {
            state = sum > 0 ? state / sum : 1.0 / (2.0 * static_cast<double>(part.size()));
        }
    }
}

template <class Belief>
Belief both(Belief a, const Belief& b) {
    for (std::size_t exchanged = 0; exchanged < 2; ++exchanged) {
        for (std::size_t i = 0; i < a[exchanged].size(); ++i) {
            a[exchanged][i] *= b[exchanged][i];
        }
    }
    scale_to_one(a);
    return a;
}

}  // namespace

FacingFilter::Evidence FacingFilter::read(const Pose& pose, cv::Size frame) const {
    Evidence evidence;
    const Keypoint& left = pose.at(Joint::kLeftShoulder);
    const Keypoint& right = pose.at(Joint::kRightShoulder);
    const cv::Point2d shoulders = trunk_end(pose, Joint::kLeftShoulder, Joint::kRightShoulder);
    const cv::Point2d trunk = trunk_end(pose, Joint::kLeftHip, Joint::kRightHip) - shoulders;
    const double length = length_of(trunk);
    const cv::Point2d down = unit_of(trunk, {0, 1});
    const cv::Point2d axis(static_cast<double>(left.x) - right.x,
                           static_cast<double>(left.y) - right.y);
    const double across = axis.x * down.y - axis.y * down.x;  // picture-right of an upright body
    const double depth = depth_from(right, left);
    evidence.has_depth = left.z != 0 || right.z != 0;
    const double width = std::max(std::hypot(across, depth), kShouldersOfTrunk * length);
    if (width > 0 && std::isfinite(width)) {
        evidence.across = across / width;
        evidence.depth = depth / width;
        evidence.width = length > 0 ? width / length : kShouldersOfTrunk;
    }
    const Keypoint& nose = pose.at(Joint::kNose);
    if (!frame.empty() && length > 0) {
        const double inside = std::min({static_cast<double>(nose.x), static_cast<double>(nose.y),
                                        static_cast<double>(frame.width) - nose.x,
                                        static_cast<double>(frame.height) - nose.y});
        evidence.head = smoothstep(kHeadCut, kHeadWhole, inside / length);
    }
    if (pose.labels && pose.labels->front_odds != 0 && std::isfinite(pose.labels->front_odds)) {
        const double odds = pose.labels->front_odds - kHeadlessBias * (1 - evidence.head);
        const double dressed = 1 - smoothstep(kDressedTrunk, kBareTrunk, bareness(pose));
        evidence.front_odds = std::lerp(kOddsWithoutHead * dressed, kOddsWithHead, evidence.head) *
                              std::clamp(odds, -kMostFrontOdds, kMostFrontOdds);
    }
    evidence.front_odds += odds_of_feet(pose, frame, length);
    return evidence;
}

FacingFilter::Belief FacingFilter::likelihood_of(const Evidence& evidence) {
    static const std::array<cv::Point2d, kYaws> kDirections = directions<kYaws>();
    const double mean = std::lerp(kMeanWithoutHead, kMeanWithHead, evidence.head);
    const auto depth_fits = [&](double expected) {
        return evidence.has_depth ? normal(evidence.depth - expected, kDepthError) : 1.0;
    };
    Belief likelihood;
    for (std::size_t exchanged = 0; exchanged < 2; ++exchanged) {
        const double sign = exchanged != 0 ? -1 : 1;
        for (std::size_t i = 0; i < kYaws; ++i) {
            const auto [cosine, sine] = sign * kDirections[i];
            const double seen = normal(evidence.across - cosine, kAcrossError) * depth_fits(sine);
            // Anywhere between both answers; as a density, like the above. In profile they agree.
            const double most = std::abs(cosine) + kAcrossError / 2;
            const double between = std::abs(evidence.across) <= most
                                       ? cosine * cosine * kAcrossError / most * depth_fits(0)
                                       : 0.0;
            const double odds = evidence.front_odds * sign * cosine / 2;
            likelihood[exchanged][i] =
                ((1 - mean) * seen + mean * between + kAnything) * std::exp(odds);
        }
    }
    return likelihood;
}

/// Where the states go in `elapsed_s`, or, `backward`, where they came from.
FacingFilter::Belief FacingFilter::moved_on(const Belief& belief, double elapsed_s, double head,
                                            bool backward) {
    const double sigma = kTurnNoise + kTurnSpeed * std::clamp(elapsed_s, 0.0, kMostFacingWaitS);
    std::array<double, kYaws> turn{};
    double sum = 0;
    for (std::size_t i = 0; i < kYaws; ++i) {
        const double steps = static_cast<double>(std::min(i, kYaws - i));
        turn[i] = normal(2 * std::numbers::pi * steps / kYaws, sigma) + kAnyTurn;
        sum += turn[i];
    }
    const double begin = std::lerp(kBeginWithoutHead, kBeginWithHead, head);
    Belief moved{};
    for (std::size_t exchanged = 0; exchanged < 2; ++exchanged) {
        // From 0 to 1 with `begin`, back with kEndExchanged; seen from behind the other way round.
        const bool is_from_right = (exchanged == 0) != backward;
        const double stays = exchanged == 0 ? 1 - begin : 1 - kEndExchanged;
        const double comes = is_from_right ? kEndExchanged : begin;
        for (std::size_t i = 0; i < kYaws; ++i) {
            const double from = stays * belief[exchanged][i] + comes * belief[1 - exchanged][i];
            for (std::size_t j = 0; j < kYaws; ++j) {
                moved[exchanged][j] += from * turn[(i + kYaws - j) % kYaws] / sum;
            }
        }
    }
    return moved;
}

void FacingFilter::add(double seconds, const Pose& measured, cv::Size frame) {
    KeyFrame key;
    key.seconds = seconds;
    key.evidence = read(measured, frame);
    key.scale = std::max(1.0, static_cast<double>(torso_length(measured)));
    key.measured = measured.keypoints;
    key.skeleton = measured.skeleton;
    key.likelihood = likelihood_of(key.evidence);
    Belief expected;
    if (keys_.empty()) {
        const double exchanged =
            std::lerp(kExchangedWithoutHead, kExchangedWithHead, key.evidence.head);
        expected[0].fill(1 - exchanged);
        expected[1].fill(exchanged);
    } else {
        const KeyFrame& last = keys_.back();
        expected = moved_on(last.before, seconds - last.seconds, key.evidence.head, false);
    }
    key.before = both(expected, key.likelihood);
    keys_.push_back(std::move(key));
    look_back();
    while (decided_ < keys_.size() &&
           (is_sure(decided_) || seconds - keys_[decided_].seconds >= kMostFacingWaitS ||
            keys_.size() - decided_ > kMostWaiting)) {
        ++decided_;
    }
}

void FacingFilter::decide_all() {
    decided_ = keys_.size();
}

void FacingFilter::pop_front() {
    keys_.pop_front();
    decided_ -= decided_ > 0 ? 1 : 0;
}

/// Judges those that are not decided by all that is known.
void FacingFilter::look_back() {
    std::vector<double> widths;
    for (const KeyFrame& key : keys_) {
        widths.push_back(key.evidence.width * std::hypot(key.evidence.across, key.evidence.depth));
    }
    const auto wide = widths.begin() + static_cast<std::ptrdiff_t>(widths.size() * 3 / 4);
    std::nth_element(widths.begin(), wide, widths.end());
    width_ = std::clamp(*wide, kShouldersOfTrunk, kMostOfTrunk);
    Belief after;
    after[0].fill(1);
    after[1].fill(1);
    for (std::size_t k = keys_.size(); k-- > decided_;) {
        if (k + 1 < keys_.size()) {
            const KeyFrame& next = keys_[k + 1];
            after = moved_on(both(after, next.likelihood), next.seconds - keys_[k].seconds,
                             next.evidence.head, true);
        }
        judge(keys_[k], both(keys_[k].before, after));
    }
}

void FacingFilter::judge(KeyFrame& key, const Belief& belief) const {
    static const std::array<cv::Point2d, kYaws> kDirections = directions<kYaws>();
    cv::Point2d mean;
    double squares = 0, exchanged = 0;
    for (std::size_t e = 0; e < 2; ++e) {
        for (std::size_t i = 0; i < kYaws; ++i) {
            mean += kDirections[i] * belief[e][i];
            squares += kDirections[i].x * kDirections[i].x * belief[e][i];
            exchanged += e != 0 ? belief[e][i] : 0.0;
        }
    }
    const double variance = squares - mean.x * mean.x;
    // Without depth nobody knows to which side a body is turned.
    const double yaw = key.evidence.has_depth ? std::atan2(mean.y, mean.x)
                                              : std::acos(std::clamp(mean.x, -1.0, 1.0));
    key.facing = {static_cast<float>(yaw),
                  static_cast<float>(std::clamp(1 - 2 * variance, 0.0, 1.0))};
    const double cosine = std::cos(yaw);
    const double across = key.evidence.across;
    // A mean of both answers has the sides of the one that outweighs.
    key.exchanged = std::abs(cosine) > kTurnedCosine ? across * cosine < 0 : exchanged > 0.5;
    const double true_width = width_ / key.evidence.width;
    key.share = std::min(std::abs(across / cosine) / true_width, 1.0);
    const double turned = 1 - smoothstep(kTurnedCosine, kFrontCosine, std::abs(cosine));
    const auto enough = [&](double width) {
        return smoothstep(std::lerp(kLeastWithoutHead, kLeastWithHead, key.evidence.head),
                          std::lerp(kWholeWithoutHead, kWholeWithHead, key.evidence.head), width);
    };
    key.whole = key.evidence.has_depth
                    ? std::max({turned, enough(key.share),
                                enough(std::hypot(across, key.evidence.depth) / true_width)})
                    : 1.0;
}

bool FacingFilter::is_sure(std::size_t key) const {
    return static_cast<double>(keys_[key].facing.certainty) >= kSureFacing &&
           (keys_[key].whole > 0 || good_key(key, 1) != nullptr);
}

/// The nearest key frame that is no mean of both answers, `step` 1: later, -1: earlier.
const FacingFilter::KeyFrame* FacingFilter::good_key(std::size_t from, int step) const {
    for (std::size_t k = from + static_cast<std::size_t>(step); k < keys_.size();
         k += static_cast<std::size_t>(step)) {  // ends below 0 as well, which wraps around
        if (std::abs(keys_[k].seconds - keys_[from].seconds) > kNeighborS) {
            break;
        }
        if (keys_[k].whole >= 1) {
            return &keys_[k];
        }
    }
    return nullptr;
}

void FacingFilter::mend(std::size_t key, Pose& pose) const {
    const KeyFrame& at = keys_.at(key);
    pose.facing = at.facing;
    if (at.exchanged) {
        exchange_sides(pose.keypoints, pose.skeleton);
    }
    if (at.whole >= 1) {
        return;
    }
    const KeyFrame* const before = good_key(key, -1);
    const KeyFrame* const after = good_key(key, 1);
    const auto between = [&](std::size_t left, std::size_t right) {
        const auto axis = [&](const KeyFrame& other) {
            const Keypoint& a = other.measured[left];
            const Keypoint& b = other.measured[right];
            return cv::Point2d(static_cast<double>(a.x) - b.x, static_cast<double>(a.y) - b.y) *
                   ((other.exchanged ? -1 : 1) * at.scale / other.scale);
        };
        if (before == nullptr || after == nullptr) {
            return axis(before != nullptr ? *before : *after);
        }
        const double share = (at.seconds - before->seconds) / (after->seconds - before->seconds);
        return axis(*before) * (1 - share) + axis(*after) * share;
    };
    for (const auto& [left, right] : side_pairs(pose.skeleton)) {
        Keypoint& a = pose.keypoints.at(left);
        Keypoint& b = pose.keypoints.at(right);
        const cv::Point2d axis(static_cast<double>(a.x) - b.x, static_cast<double>(a.y) - b.y);
        const cv::Point2d mended = before == nullptr && after == nullptr
                                       ? axis / std::max(at.share, kLeastLeft)
                                       : between(left, right);
        const cv::Point2d half = (axis * at.whole + mended * (1 - at.whole)) / 2;
        const cv::Point2d middle((static_cast<double>(a.x) + b.x) / 2,
                                 (static_cast<double>(a.y) + b.y) / 2);
        a.x = static_cast<float>(middle.x + half.x);
        a.y = static_cast<float>(middle.y + half.y);
        b.x = static_cast<float>(middle.x - half.x);
        b.y = static_cast<float>(middle.y - half.y);
    }
    pose.box = enclosing_box(pose.keypoints);
}

Facing mix(const Facing& a, const Facing& b, double share) {
    const double turn = std::remainder(static_cast<double>(b.yaw) - a.yaw, 2 * std::numbers::pi);
    return {static_cast<float>(std::remainder(a.yaw + share * turn, 2 * std::numbers::pi)),
            static_cast<float>(std::lerp(static_cast<double>(a.certainty),
                                         static_cast<double>(b.certainty), share))};
}

}  // namespace closet
