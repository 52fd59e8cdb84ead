#include "warp/removal/removal.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/removal/painted_patch.h"
#include "warp/removal/placed_limb.h"
#include "warp/removal/throat.h"

namespace closet {
namespace {

using namespace removal;

constexpr double kForgetPersonS = 2.0, kFollowS = 0.35;
constexpr std::size_t kMostPeople = 64;

constexpr int kOldClothes = 107;  ///< of 255, the study's .42
constexpr int kCovered = 247;     ///< of the garment's alpha, the study's .97
/// Least area that is worth it, of a square shoulder width.
constexpr double kLeastShare = 0.002;
constexpr int kLeastPixels = 10;
// Shoulder widths, the study's. Clothes hang on the skeleton: farther ones are a chair's.
constexpr double kNearSpine = 0.85;
constexpr double kHighestOn = -0.35, kLowestOn = 1.6;
constexpr double kEdge = 0.010, kCuffRim = 0.024, kHemRim = 0.030;
constexpr double kAround = 0.35;        ///< of the old clothes: what their place is filled from
constexpr double kPersonAround = 0.15;  ///< of a box: other people's clothes
/// The middle of the torso under the neckline: what shows there shows through the garment.
constexpr double kCoreAside = 0.30, kCoreFrom = 0.42;
/// Of the old clothes' area: when the pose is given up, and when it is believed again.
constexpr double kLost = 0.24, kFoundAgain = 0.18;
constexpr double kArmsFrom = 0.3;  ///< beside the spine
constexpr double kBelowOldHem = 0.22;
constexpr double kUpright = 0.8;  ///< least cosine of the spine with the vertical
/// Of clothes, called skin, and how near to skin's color they are then bare skin: levels.
constexpr double kBareShare = 0.5;
constexpr float kBareChroma = 14.0F, kBareLuma = 45.0F;
constexpr float kRoughLevels = 9.0F;  ///< of ground that nobody can invent
constexpr int kLimbLabelled = 127, kPersonLabel = 127;
constexpr int kRestored = 200;            ///< of the uncut garment's alpha

cv::Rect grown(cv::Rect rect, int by, cv::Size size) {
    return cv::Rect(rect.x - by, rect.y - by, rect.width + 2 * by, rect.height + 2 * by) &
           cv::Rect({0, 0}, size);
}

/// What is taken for clothes looks like skin to the parser and has skin's color: a bare chest.
bool is_bare(const GridView& view, const cv::Mat& old, const std::optional<cv::Vec3f>& skin) {
    if (!skin) {
        return false;
    }
    int all = 0, called_skin = 0;
    occlusion::MedianColor color;
    for (int y = 0; y < old.rows; y += 2) {
        for (int x = 0; x < old.cols; x += 2) {
            if (old.at<std::uint8_t>(y, x) != 0) {
                ++all;
                called_skin += view.label(Label::kSkin, x, y) > 127 ? 1 : 0;
                color.add(view.colors().at<cv::Vec3b>(y, x));
            }
        }
    }
    const cv::Vec3f off = cv::Vec3f(color.median()) - *skin;
    return called_skin > kBareShare * all && std::hypot(off[1], off[2]) < kBareChroma &&
           std::abs(off[0]) < kBareLuma;
}

}  // namespace

void Removal::begin_frame(cv::Size shown, double seconds, bool scene_start) {
    const bool forget = !started_ || scene_start || !(seconds >= now_s_) || !std::isfinite(seconds);
    if (forget) {
        people_.clear();
    }
    started_ = true;
    now_s_ = std::isfinite(seconds) ? seconds : 0.0;
    std::erase_if(people_,
                  [&](const auto& entry) { return now_s_ - entry.second.seen_s > kForgetPersonS; });
    plate_.begin_frame(shown, forget);
}

Removal::Remembered& Removal::remember(const Pose& pose, double& passed_s) {
    passed_s = 0;
    if (pose.person_id < 0) {
        stranger_ = {};
        return stranger_;
    }
    if (!people_.contains(pose.person_id) && people_.size() >= kMostPeople) {
        people_.erase(people_.begin());
    }
    const bool is_known = people_.contains(pose.person_id);
    Remembered& known = people_[pose.person_id];
    passed_s = is_known ? now_s_ - known.seen_s : 0.0;
    known.seen_s = now_s_;
    return known;
}

std::optional<Patch> Removal::remove(Patch& garment, const UncutAlpha& uncut, const Garment& worn,
                                     const Wearer& wearer, const occlusion::ShownPicture& frame,
                                     const PersonClasses& classes,
                                     const std::vector<const Pose*>& others) {
    look_at(garment, wearer, classes, view_);
    const cv::Size size = view_.size();
    const double unit = view_.unit;
    others_.create(size, CV_8UC1);
    others_.setTo(0);
    for (const Pose* other : others) {
        const Box& box = other->box;
        const double margin = kPersonAround * static_cast<double>(std::max(box.width, box.height));
        const cv::Point2d low =
            view_.place({static_cast<double>(box.x) - margin, static_cast<double>(box.y) - margin});
        const cv::Point2d high = view_.place({static_cast<double>(box.x + box.width) + margin,
                                              static_cast<double>(box.y + box.height) + margin});
        const cv::Rect2d area = cv::Rect2d(low, high) & cv::Rect2d(0, 0, size.width, size.height);
        if (std::isfinite(area.x + area.y) && area.width >= 1 && area.height >= 1) {
            others_(cv::Rect(area)).setTo(255);
        }
    }
    ground_.look_at(view_, others_, plate_);

    // Where old clothes are, and where they show.
    const bool takes_upper = covers_torso(worn.kind);
    const bool takes_lower = has_legs(worn.kind) || has_skirt(worn.kind);
    double passed_s = 0;
    Remembered& known = remember(wearer.pose, passed_s);
    const float share =
        passed_s > 0 ? static_cast<float>(1.0 - std::exp(-passed_s / kFollowS)) : 1.0F;

    const std::optional<cv::Vec3f> all_skin = tone_of_all_skin(view_);
    std::vector<PlacedLimb> limbs;
    for (std::size_t i = 0; i < 4; ++i) {
        const bool is_arm = i < 2;
        if (is_arm ? !takes_upper : !takes_lower) {
            continue;
        }
        const auto kind = is_arm ? BareLimb::Kind::kArm : BareLimb::Kind::kLeg;
        if (auto limb = BareLimb::make(view_, kind, i % 2)) {
            limb->learn(view_, all_skin, share, known.limbs[i]);
            limbs.push_back(placed(view_, *limb, is_arm));
        }
    }
    old_.create(size, CV_8UC1);
    old_.setTo(0);
    gone_.create(size, CV_8UC1);
    gone_.setTo(0);
    int showing = 0;
    for (int y = 0; y < size.height; ++y) {
        const auto* upper = classes.of(Surface::kUpperClothes).ptr(y);
        const auto* lower = classes.of(Surface::kLowerClothes).ptr(y);
        const auto* matte = view_.matte.ptr(y);
        auto* old = old_.ptr(y);
        auto* gone = gone_.ptr(y);
        for (int x = 0; x < size.width; ++x) {
            const int chance = (takes_upper ? upper[x] : 0) + (takes_lower ? lower[x] : 0);
            if (chance <= kOldClothes) {
                continue;
            }
            const cv::Point2d p(x, y);
            const double t = view_.along(p);
            bool is_near = std::abs(view_.aside(p)) < kNearSpine && t > kHighestOn && t < kLowestOn;
            for (const PlacedLimb& limb : limbs) {
                is_near = is_near || limb.near_at(x, y);
            }
            if (!is_near || (takes_lower && view_.label(Label::kFoot, x, y) > 90)) {
                continue;
            }
            old[x] = 255;
            if (matte[x] < kCovered && !ground_.is_plate(view_, x, y)) {
                gone[x] = 255;
                ++showing;
            }
        }
    }
    const int least = std::max(kLeastPixels, static_cast<int>(kLeastShare * unit * unit));
    if (showing < least) {
        return std::nullopt;
    }
    if (is_bare(view_, old_, all_skin)) {
        return std::nullopt;
    }
    const cv::Rect part = grown(cv::boundingRect(gone_), view_.px(kAround), size);

    // Rims: edges mix two colors, cuffs and hems shade what is beside them.
    keep_.create(size, CV_8UC1);
    for (int y = 0; y < size.height; ++y) {
        const auto* kind = view_.kinds.ptr(y);
        auto* keep = keep_.ptr(y);
        for (int x = 0; x < size.width; ++x) {
            const auto surface = static_cast<Surface>(kind[x]);
            const bool stays = surface == Surface::kSkin || surface == Surface::kHair ||
                               (surface == Surface::kLowerClothes && !takes_lower) ||
                               (surface == Surface::kUpperClothes && !takes_upper);
            keep[x] = stays ? 255 : 0;
        }
    }
    shrink(keep_, view_.px(kEdge));
    const GarmentHem hem = find_hem(view_);
    const cv::Mat showing_mask = gone_.clone();
    grow(gone_, view_.px(kEdge) + 1);
    cv::Mat cuffs = showing_mask.clone();
    grow(cuffs, view_.px(kCuffRim) + 1);
    cv::Mat hems = showing_mask.clone();
    grow(hems, view_.px(kHemRim) + 1);
    for (int y = part.y; y < part.br().y; ++y) {
        auto* gone = gone_.ptr(y);
        const auto* keep = keep_.ptr(y);
        for (int x = part.x; x < part.br().x; ++x) {
            if (gone[x] != 0 && keep[x] != 0) {
                gone[x] = 0;
            }
            if (cuffs.at<std::uint8_t>(y, x) != 0 && view_.is(Surface::kSkin, x, y)) {
                for (const PlacedLimb& limb : limbs) {
                    // Beyond the limb it is the sleeve's blurred edge.
                    gone[x] = limb.is_known && limb.near_at(x, y) ? 255 : gone[x];
                }
            }
            if (hems.at<std::uint8_t>(y, x) != 0 && takes_upper && !takes_lower && hem.is_there &&
                view_.is(Surface::kLowerClothes, x, y) && y > hem.at(x)) {
                gone[x] = 255;
            }
        }
    }

    const bool is_upright = view_.down.y > kUpright;
    const bool has_trousers = takes_upper && !takes_lower && is_upright &&
                              trousers_.find(view_, old_, hem, passed_s, share, known.trousers);

    // What each pixel becomes.
    std::array<int, kLeftClothes> left{};  // pixels
    cv::Mat wide = gone_.clone();
    grow(wide, 1);
    cv::Mat ground_wanted(size, CV_8UC1, cv::Scalar(0));
    cv::Mat throat_wanted(size, CV_8UC1, cv::Scalar(0));
    cv::Mat trousers_wanted(size, CV_8UC1, cv::Scalar(0));
    const Throat throat(view_);
    read_alpha(uncut.alpha, uncut.where, classes, uncut_);
    restored_.create(size, CV_8UC1);
    restored_.setTo(0);
    int unseen = 0, grounds = 0, body = 0;
    for (int y = part.y; y < part.br().y; ++y) {
        for (int x = part.x; x < part.br().x; ++x) {
            if (wide.at<std::uint8_t>(y, x) == 0) {
                continue;
            }
            const cv::Point2d p(x, y);
            const double t = view_.along(p);
            const double aside = view_.aside(p);
            const double u = std::abs(aside);
            std::optional<LeftClothes> reason;
            bool near_known = false;
            bool near_unknown = false;
            float on_limb = 0;
            for (const PlacedLimb& limb : limbs) {
                const bool is_near = limb.around_at(x, y);
                near_known = near_known || (is_near && limb.is_known);
                // Where the arm of a side really is, nobody knows then.
                near_unknown =
                    near_unknown || (!limb.is_known && (is_near || limb.side * aside > 0));
                on_limb = std::max(on_limb, limb.is_known ? limb.inside_at(x, y) : 0.0F);
            }
            const int arm = view_.label(Label::kUpperArm, x, y) +
                            view_.label(Label::kLowerArm, x, y) + view_.label(Label::kHand, x, y);
            const int leg = view_.label(Label::kLeg, x, y) + view_.label(Label::kFoot, x, y);
            const bool is_limb =
                (takes_upper && arm > kLimbLabelled) || (takes_lower && leg > kLimbLabelled);
            if (on_limb < 0.5F &&
                ((near_unknown && u > kArmsFrom) || (is_limb && (near_unknown || !near_known)))) {
                reason = LeftClothes::kSleeves;
            }
            const bool below = takes_upper && hem.is_there && y > hem.at(x) - 1;
            const bool at_neck = takes_upper && !worn.open_front && !below &&
                                 ((t < 0.42 && u < 0.6 && on_limb < 0.5F) || (t < 0.1 && u < 0.5));
            const bool is_person = view_.label(Label::kPerson, x, y) > kPersonLabel;
            const float in_throat = at_neck && is_person ? throat.inside(p) : 0.0F;
            float in_trousers = 0;
            if (below && !takes_lower && !reason) {
                if (has_trousers && t < known.trousers.old_along + kBelowOldHem) {
                    in_trousers = trousers_.inside(x, y);
                } else if (x >= hem.left && x <= hem.right && on_limb < 0.5F) {
                    reason = LeftClothes::kBelowHem;
                }
            }
            const float most = std::max({in_throat, in_trousers, on_limb});
            if (!reason && most < 0.5F) {
                const int trunk = t < 1 ? view_.label(Label::kTorso, x, y) : 0;
                const bool is_body = takes_upper && is_person && arm + trunk > kLimbLabelled;
                body += is_body && gone_.at<std::uint8_t>(y, x) != 0 ? 1 : 0;
            }
            const bool is_core = takes_upper && !below && in_throat < 0.5F && on_limb < 0.5F &&
                                 u < kCoreAside && t > (worn.open_front ? -0.1 : kCoreFrom);
            // A sleeve before the garment that is wider than the arm: there the garment is seen.
            if (!reason && on_limb < 0.5F && in_throat < 0.5F &&
                uncut_.at<std::uint8_t>(y, x) > kRestored) {
                restored_.at<std::uint8_t>(y, x) = 255;
            }
            // Of lower garments only what is below their waist: above it hangs what is worn over.
            const bool above = !takes_upper && t < 0.95 && on_limb < 0.5F;
            if (reason) {
                left[static_cast<std::size_t>(*reason)] +=
                    showing_mask.at<std::uint8_t>(y, x) != 0 ? 1 : 0;
            }
            if (reason || (is_core && restored_.at<std::uint8_t>(y, x) == 0) || above) {
                wide.at<std::uint8_t>(y, x) = 0;
                gone_.at<std::uint8_t>(y, x) = 0;
                continue;
            }
            ground_wanted.at<std::uint8_t>(y, x) = 255;
            throat_wanted.at<std::uint8_t>(y, x) = to_level(255 * in_throat);
            trousers_wanted.at<std::uint8_t>(y, x) = to_level(255 * in_trousers);
            if (most < 0.5F) {
                ++grounds;
                unseen += ground_.seen().at<std::uint8_t>(y, x) < CleanPlate::kSeenOnce ? 1 : 0;
            }
        }
    }
    const double lost = static_cast<double>(body) / std::max(cv::countNonZero(old_), 1);
    known.body_lost = known.body_lost < 0
                          ? lost
                          : known.body_lost + static_cast<double>(share) * (lost - known.body_lost);
    known.is_lost = std::max(lost, known.body_lost) > (known.is_lost ? kFoundAgain : kLost);
    if (known.is_lost) {
        for (int y = part.y; y < part.br().y; ++y) {
            for (int x = part.x; x < part.br().x; ++x) {
                if (std::max(throat_wanted.at<std::uint8_t>(y, x),
                             trousers_wanted.at<std::uint8_t>(y, x)) < 128) {
                    left[static_cast<std::size_t>(LeftClothes::kBeside)] +=
                        gone_.at<std::uint8_t>(y, x) & showing_mask.at<std::uint8_t>(y, x) & 1;
                    wide.at<std::uint8_t>(y, x) = 0;
                    gone_.at<std::uint8_t>(y, x) = 0;
                    ground_wanted.at<std::uint8_t>(y, x) = 0;
                    restored_.at<std::uint8_t>(y, x) = 0;
                }
            }
        }
    }
    ground_.fill(view_, ground_wanted, part);
    const bool is_rough =
        ground_.roughness() > static_cast<double>(kRoughLevels) && 2 * unseen > grounds;

    cv::Mat3f canvas = ground_.colors().clone();
    cv::Mat3f layer;
    Sources layer_sources;
    ground_.sources().copyTo(sources_);
    const auto lay = [&](const cv::Mat3f& colors, cv::Rect where, const auto& weight_at) {
        const cv::Rect here = where & part;
        for (int y = here.y; y < here.br().y; ++y) {
            for (int x = here.x; x < here.br().x; ++x) {
                if (wide.at<std::uint8_t>(y, x) != 0) {
                    const float weight = weight_at(x, y);
                    cv::Vec3f& to = canvas(y - part.y, x - part.x);
                    to += (colors(y - where.y, x - where.x) - to) * weight;
                    if (weight > 0.5F) {
                        sources_(y - part.y, x - part.x) =
                            layer_sources.empty() ? cv::Vec2s(0, 0)
                                                  : layer_sources(y - where.y, x - where.x);
                    }
                }
            }
        }
    };
    cv::Mat1f covered(part.size(), 0.0F);  // by anything but ground
    const auto share_of = [&](const cv::Mat& plane) {
        return [&, plane](int x, int y) {
            const float weight = static_cast<float>(plane.at<std::uint8_t>(y, x)) / 255;
            float& all = covered(y - part.y, x - part.x);
            all = std::max(all, weight);
            return weight;
        };
    };
    if (has_trousers) {
        const cv::Rect where = cv::boundingRect(trousers_wanted);
        if (!where.empty()) {
            trousers_.paint(view_, where, layer, layer_sources);
            lay(layer, where, share_of(trousers_wanted));
            layer_sources.release();
        }
    }
    for (PlacedLimb& limb : limbs) {
        const cv::Rect where = limb.part & part;
        if (!limb.is_known || where.empty()) {
            continue;
        }
        limb.limb.paint(view_, where, layer);
        lay(layer, where, [&](int x, int y) {
            const float weight = limb.inside_at(x, y);
            const bool is_beside = trousers_wanted.at<std::uint8_t>(y, x) > 127 && weight < 0.5F;
            float& all = covered(y - part.y, x - part.x);
            all = std::max(all, is_beside ? 0.0F : weight);
            return is_beside ? 0.0F : weight;
        });
    }
    if (const cv::Rect where = cv::boundingRect(throat_wanted); !where.empty()) {
        if (throat.paint(where, all_skin, layer)) {
            lay(layer, where, share_of(throat_wanted));
        } else {
            gone_.setTo(0, throat_wanted);
        }
    }

    cv::Mat alpha;
    cv::GaussianBlur(gone_, alpha, {3, 3}, 0);
    became_ground_.create(size, CV_8UC1);
    became_ground_.setTo(0);
    painted_.create(part.size(), CV_8UC4);
    int painted = 0;
    for (int y = 0; y < part.height; ++y) {
        auto* out = painted_.ptr<cv::Vec4b>(y);
        for (int x = 0; x < part.width; ++x) {
            const int gx = part.x + x, gy = part.y + y;
            const cv::Vec3f& color = canvas(y, x);
            float a = static_cast<float>(alpha.at<std::uint8_t>(gy, gx)) * 1.6F - 76.0F;
            if (wide.at<std::uint8_t>(gy, gx) == 0 || keep_.at<std::uint8_t>(gy, gx) != 0) {
                a = gone_.at<std::uint8_t>(gy, gx) != 0 ? a : 0;
            }
            const bool is_ground = covered(y, x) < 0.5F;
            if (is_rough && is_ground &&
                ground_.seen().at<std::uint8_t>(gy, gx) < CleanPlate::kSeenOnce) {
                a = 0;
                ++left[static_cast<std::size_t>(LeftClothes::kBeside)];
            }
            out[x] = {to_level(color[0]), to_level(color[1]), to_level(color[2]), to_level(a)};
            if (out[x][3] != 0) {
                ++painted;
                became_ground_.at<std::uint8_t>(gy, gx) =
                    to_level(static_cast<float>(out[x][3]) * (1 - covered(y, x)));
            }
        }
    }
    for (std::size_t i = 0; i < kLeftClothes; ++i) {
        counts_.left[i] += left[i] >= least ? 1 : 0;
    }
    if (painted == 0) {
        return std::nullopt;
    }
    ++counts_.removed;
    ground_.keep(view_, became_ground_, plate_);
    lift_shadow(view_, part, became_ground_, garment);
    restore(view_, part, restored_, uncut, garment);
    return patch_of(frame, view_, part, painted_, sources_);
}

}  // namespace closet
