#include "warp/removal/removal.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/removal/belly.h"
#include "warp/removal/hair_fill.h"
#include "warp/removal/painted_patch.h"
#include "warp/removal/placed_limb.h"
#include "warp/removal/throat.h"

namespace closet {
namespace {

using namespace removal;

constexpr double kFollowS = 0.35;

/// Least area that is worth it, of a square shoulder width.
constexpr double kLeastShare = 0.002;
constexpr int kLeastPixels = 10;
constexpr double kAround = 0.35;        ///< of the old clothes: what their place is filled from
constexpr double kPersonAround = 0.15;  ///< of a box: other people's clothes
/// Of the old clothes' area: when the pose is given up, and when it is believed again.
constexpr double kLost = 0.24, kFoundAgain = 0.18;
constexpr double kUpright = 0.8;  ///< least cosine of the spine with the vertical
/// Of clothes, called skin, and how near to skin's color they are then bare skin: levels.
constexpr double kBareShare = 0.5;
constexpr float kBareChroma = 14.0F, kBareLuma = 45.0F;
/// Levels of change that nobody sees, and twice of that all do; side of the square it is the mean
/// of.
constexpr float kUnseenChange = 5.0F, kChromaCounts = 2.0F;
constexpr int kChangeSide = 5;
/// Of the change of old clothes beside, mean of that square: pixels at their edge that change by
/// less are not mixed with them, by twice as much are.
constexpr float kMixedFrom = 0.2F;
constexpr int kContrastSide = 9;
constexpr float kRoughLevels = 9.0F;  ///< of ground that nobody can invent

/// Where a limb is seen on pixels of `part` that are painted (`wide`, not 0).
cv::Rect wanted_of(const PlacedLimb& limb, const cv::Mat& wide, cv::Rect part) {
    const cv::Rect all = limb.part & part;
    cv::Point low = all.br(), high = all.tl();
    for (int y = all.y; y < all.br().y; ++y) {
        const auto* is_wide = wide.ptr(y);
        const float* inside = limb.inside[y - limb.part.y] - limb.part.x;
        for (int x = all.x; x < all.br().x; ++x) {
            if (is_wide[x] != 0 && inside[x] > 0) {
                low = {std::min(low.x, x), std::min(low.y, y)};
                high = {std::max(high.x, x + 1), std::max(high.y, y + 1)};
            }
        }
    }
    return low.x < high.x ? cv::Rect(low, high) : cv::Rect();
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

/// How much each pixel would change (`change`, levels) in terms of what the old clothes (`old`,
/// 255) beside it do: the share of them that it is mixed with.
cv::Mat1f share_of_old(const cv::Mat1f& change, const cv::Mat& old) {
    constexpr float kLeastContrast = 1.0F;  // levels
    cv::Mat1f is_old, share, contrast;
    old.convertTo(is_old, CV_32F, 1.0 / 255);
    cv::blur(change, share, {3, 3});
    cv::blur(change.mul(is_old), contrast, {kContrastSide, kContrastSide});
    cv::blur(is_old, is_old, {kContrastSide, kContrastSide});
    contrast /= cv::max(is_old, 1e-3F);
    share /= cv::max(contrast, kLeastContrast);
    return share;
}

}  // namespace

void Removal::begin_frame(cv::Size shown, double seconds, bool scene_start) {
    plate_.begin_frame(shown, people_.begin_frame(seconds, scene_start));
}

std::optional<Patch> Removal::remove(Patch& garment, const UncutAlpha& uncut, const Ensemble& worn,
                                     const Wearer& wearer, const occlusion::ShownPicture& frame,
                                     const PersonClasses& classes,
                                     const std::vector<const Pose*>& others) {
    look_at(garment, wearer, classes, view_);
    const cv::Size size = view_.size();
    const double unit = view_.unit;
    clear(others_, size);
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
    if (!classes.held.empty()) {
        others_.setTo(255, classes.held);
    }
    ground_.look_at(view_, others_, plate_);

    // Where old clothes are, and where they show.
    const auto any = [&](auto is) {
        return std::any_of(worn.begin(), worn.end(), [&](const auto& one) { return is(*one); });
    };
    const bool upper = any([](const Garment& one) { return covers_torso(one.kind); });
    const bool closed =
        any([](const Garment& one) { return covers_torso(one.kind) && !one.open_front; });
    Sleeves sleeves = Sleeves::kNone;
    for (const auto& one : worn) {
        sleeves = std::max(sleeves, one->sleeves);
    }
    Taken taken;
    taken.upper = upper;
    taken.lower = any([](const Garment& one) { return has_legs(one.kind) || has_skirt(one.kind); });
    taken.open_front = upper && !closed;
    taken.has_sleeves = sleeves != Sleeves::kNone;
    taken.has_skirt = any([](const Garment& one) { return has_skirt(one.kind); });
    taken.guesses_legs = !sees_knees(view_) && any([](const Garment& one) {
        return has_legs(one.kind) && one.kind != GarmentKind::kShorts;
    });
    taken.is_outfit = upper && any([](const Garment& one) { return !covers_torso(one.kind); });
    const auto [known, is_new, passed_s] = people_.of(wearer.pose);
    const float share =
        passed_s > 0 ? static_cast<float>(1.0 - std::exp(-passed_s / kFollowS)) : 1.0F;

    const auto decide = [&, passed = passed_s](OldPart part, Gate& gate, bool now,
                                               bool is_sure = false) {
        const bool is = gate.decide(now, passed, is_sure);
        counts_.changes[static_cast<std::size_t>(part)] += gate.take_changes();
        return is;
    };
    const std::optional<cv::Vec3f> all_skin = tone_of_all_skin(view_);
    taken.knows_skin = all_skin.has_value();
    if (taken.upper && all_skin) {
        skin_like_cloth_.take(*all_skin, view_);
    }
    const SkinGrain grain(view_, known.grain);
    std::array<std::optional<BareLimb>, 4> found;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const bool is_arm = i < 2;
        if (is_arm ? !taken.upper : !taken.lower) {
            continue;
        }
        std::optional<BareLimb>& limb = found[i];
        limb = BareLimb::make(view_, is_arm ? LimbKind::kArm : LimbKind::kLeg, i % 2, passed_s,
                              known.limbs[i]);
        if (limb) {
            limb->learn(view_, is_arm ? wearer.pose.arms_agree[i] : -1, share, known.limbs[i]);
        }
    }
    std::array<std::optional<SkinTone>, 4> tones;
    for (std::size_t i = 0; i < found.size(); ++i) {
        tones[i] = found[i] ? found[i]->tone_now(view_, all_skin, nullptr) : std::nullopt;
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        const std::optional<SkinTone>& other = tones[i ^ 1U];
        if (tones[i] && !tones[i]->is_whole && other && other->is_whole) {
            tones[i] = found[i]->tone_now(view_, all_skin, &*other);
        }
        if (found[i]) {
            found[i]->learn_tone(tones[i], share, known.limbs[i]);
        }
    }
    const auto can_paint = [](const std::optional<BareLimb>& limb) {
        return limb && limb->is_known() && limb->is_trusted();
    };
    // Nobody wears one leg of trousers: what cannot be done for one leg is left for both.
    const bool can_both = (!found[2] || can_paint(found[2])) && (!found[3] || can_paint(found[3]));
    std::vector<PlacedLimb> limbs;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const bool is_arm = i < 2;
        if (is_arm ? !taken.upper : !taken.lower) {
            continue;
        }
        const std::optional<BareLimb>& limb = found[i];
        Gate& gate = known.limb_gates[i];
        decide(is_arm ? OldPart::kArms : OldPart::kLegs, gate,
               can_paint(limb) && (is_arm || can_both), limb && limb->is_sure());
        if (limb) {
            limbs.push_back(placed(view_, *limb, is_arm, i % 2 == 0 ? Side::kLeft : Side::kRight,
                                   sleeves, gate.fade()));
        }
    }
    const int showing = regions_.find_old(view_, taken, limbs, ground_);
    const int least = std::max(kLeastPixels, static_cast<int>(kLeastShare * unit * unit));
    if (showing < least) {
        return std::nullopt;
    }
    if (!decide(OldPart::kAll, known.all_gate, !is_bare(view_, regions_.old, all_skin))) {
        return std::nullopt;
    }
    const cv::Rect part = grown(cv::boundingRect(regions_.gone), view_.px(kAround), size);

    const GarmentHem hem = find_hem(view_, taken.open_front);
    regions_.find_rims(view_, taken, limbs, hem, part);
    const bool is_upright = view_.down.y > kUpright;
    const bool can_go_on =
        taken.upper && !taken.lower && is_upright &&
        trousers_.find(view_, regions_.old, hem, passed_s, share, known.trousers);

    const bool has_trousers = decide(OldPart::kBelowHem, known.hem_gate, can_go_on) && can_go_on;
    const Throat throat(view_);
    read_alpha(uncut.alpha, uncut.where, classes, regions_.uncut);
    const int body = regions_.decide(view_, taken, limbs, ground_, throat, hem,
                                     has_trousers ? &trousers_ : nullptr, part);
    std::array<int, kLeftClothes>& left = regions_.left;
    const int taken_away = cv::countNonZero(regions_.old | regions_.bare);
    const double lost = static_cast<double>(body) / std::max(taken_away, 1);
    known.body_lost = known.body_lost < 0
                          ? lost
                          : known.body_lost + static_cast<double>(share) * (lost - known.body_lost);
    known.is_lost =
        !decide(OldPart::kBeside, known.pose_gate,
                std::max(lost, known.body_lost) <= (known.is_lost ? kFoundAgain : kLost));
    if (known.is_lost) {
        regions_.keep_only_inner(part);
    }
    ground_.fill(view_, regions_.ground, part);
    const bool is_rough = !decide(
        OldPart::kBeside, known.smooth_gate,
        ground_.roughness() <= static_cast<double>(kRoughLevels) || !regions_.is_mostly_unseen);

    // What is painted, and what its pixels are compared with.
    const cv::Rect area = grown(cv::boundingRect(regions_.wide), kContrastSide, size) & part;
    const auto count_left = [&] {
        for (std::size_t i = 0; i < kLeftClothes; ++i) {
            counts_.left[i] += left[i] >= least ? 1 : 0;
        }
    };
    if (area.empty()) {
        count_left();
        return std::nullopt;
    }
    cv::Mat3f canvas = ground_.colors()(area - part.tl()).clone();
    cv::Mat3f layer;
    Sources layer_sources;
    ground_.sources()(area - part.tl()).copyTo(sources_);
    const auto lay = [&](const cv::Mat3f& colors, cv::Rect where, const auto& weight_at) {
        const cv::Rect here = where & area;
        for (int y = here.y; y < here.br().y; ++y) {
            const auto* is_wide = regions_.wide.ptr(y);
            for (int x = here.x; x < here.br().x; ++x) {
                if (is_wide[x] != 0) {
                    const float weight = weight_at(x, y);
                    cv::Vec3f& to = canvas(y - area.y, x - area.x);
                    to += (colors(y - where.y, x - where.x) - to) * weight;
                    if (weight > 0.5F) {
                        sources_(y - area.y, x - area.x) =
                            layer_sources.empty() ? cv::Vec3s(0, 0, 0)
                                                  : layer_sources(y - where.y, x - where.x);
                    }
                }
            }
        }
    };
    cv::Mat1f covered(area.size(), 0.0F);  // by anything but ground
    const auto share_of = [&](const cv::Mat& plane) {
        return [&, plane](int x, int y) {
            const float weight = static_cast<float>(plane.at<std::uint8_t>(y, x)) / 255;
            float& all = covered(y - area.y, x - area.x);
            all = std::max(all, weight);
            return weight;
        };
    };
    const HairFill hair(view_, regions_.wide, regions_.throat, part);
    if (!hair.where.empty()) {
        layer_sources = hair.sources;
        lay(hair.colors, hair.where, [&](int x, int y) {
            float& all = covered(y - area.y, x - area.x);
            all = std::max(all, hair.at(x, y));
            return hair.at(x, y);
        });
        layer_sources.release();
    }
    if (has_trousers) {
        const cv::Rect where = cv::boundingRect(regions_.trousers);
        if (!where.empty()) {
            trousers_.paint(view_, where, layer, layer_sources);
            lay(layer, where, share_of(regions_.trousers));
            layer_sources.release();
        }
    }
    if (const cv::Rect where = cv::boundingRect(regions_.belly); !where.empty()) {
        paint_belly(view_, regions_.belly, where, *all_skin, layer);
        grain.set_sources(where, layer_sources);
        lay(layer, where, share_of(regions_.belly));
        layer_sources.release();
    }
    for (PlacedLimb& limb : limbs) {
        if (!limb.is_known) {
            continue;
        }
        const cv::Rect seen = wanted_of(limb, regions_.wide, part);
        if (seen.empty()) {
            continue;
        }
        const cv::Rect where = grown(seen, reach_of_paint(view_), size) & limb.part & part;
        limb.limb.paint(view_, where, regions_.wide, grain, layer, layer_sources);
        lay(layer, where, [&](int x, int y) {
            const float weight = limb.inside_at(x, y) * (1 - hair.at(x, y));
            const bool is_beside = regions_.trousers.at<std::uint8_t>(y, x) > 127 &&
                                   (weight < 0.5F || limb.is_behind_body(view_, x, y));
            float& all = covered(y - area.y, x - area.x);
            all = std::max(all, is_beside ? 0.0F : weight);
            return is_beside ? 0.0F : weight;
        });
    }
    if (const cv::Rect where = cv::boundingRect(regions_.throat); !where.empty()) {
        const bool can = throat.paint(where, all_skin, layer);
        grain.set_sources(where, layer_sources);
        if (decide(OldPart::kNeck, known.neck_gate, can) && can) {
            lay(layer, where, [&, share = share_of(regions_.throat)](int x, int y) {
                return share(x, y) * (1 - hair.at(x, y));
            });
        } else {
            regions_.gone.setTo(0, regions_.throat);
        }
    }

    const auto fade_at = [&](int x, int y) {
        float fade = 1;
        for (const PlacedLimb& limb : limbs) {
            fade = limb.fade < 1 && limb.is_known && limb.near_at(x, y) ? std::min(fade, limb.fade)
                                                                        : fade;
        }
        return fade;
    };
    // What would hardly change stays as it was decoded: ground that was taken for cloth, trousers
    // as dark as the shirt.
    cv::Mat1f change(area.size());
    for (int y = 0; y < area.height; ++y) {
        const auto* was = view_.colors().ptr<cv::Vec3b>(area.y + y) + area.x;
        const auto* is = canvas[y];
        float* of_row = change[y];
        for (int x = 0; x < area.width; ++x) {
            const float luma = is[x][0] - static_cast<float>(was[x][0]);
            const float blue = is[x][1] - static_cast<float>(was[x][1]);
            const float red = is[x][2] - static_cast<float>(was[x][2]);
            of_row[x] =
                std::max(std::abs(luma), kChromaCounts * std::max(std::abs(blue), std::abs(red)));
        }
    }
    // Along an edge that both garments have pixels are mixed with the old one, or not.
    const cv::Mat1f mixed = share_of_old(change, regions_.old(area) | regions_.bare(area));
    cv::blur(change, change, {kChangeSide, kChangeSide});
    cv::Mat alpha;
    cv::GaussianBlur(regions_.gone(area), alpha, {3, 3}, 0);
    clear(became_ground_, size);
    painted_.create(area.size(), CV_8UC4);
    int painted = 0;
    for (int y = 0; y < area.height; ++y) {
        auto* out = painted_.ptr<cv::Vec4b>(y);
        const auto* of_row = canvas[y];
        for (int x = 0; x < area.width; ++x) {
            const int gx = area.x + x, gy = area.y + y;
            const cv::Vec3f& color = of_row[x];
            float a = static_cast<float>(alpha.at<std::uint8_t>(y, x)) * 1.6F - 76.0F;
            if (regions_.wide.at<std::uint8_t>(gy, gx) == 0 ||
                regions_.keep.at<std::uint8_t>(gy, gx) != 0) {
                a = regions_.gone.at<std::uint8_t>(gy, gx) != 0 ? a : 0;
            }
            if (a <= 0 && !is_rough) {
                out[x] = {to_level(color[0]), to_level(color[1]), to_level(color[2]), 0};
                continue;
            }
            const bool is_ground = covered(y, x) < 0.5F;
            if (is_rough && is_ground &&
                ground_.seen().at<std::uint8_t>(gy, gx) < CleanPlate::kSeenOnce) {
                a = 0;
                ++left[static_cast<std::size_t>(LeftClothes::kBeside)];
            }
            became_ground_.at<std::uint8_t>(gy, gx) =
                to_level(std::clamp(a, 0.0F, 255.0F) * (1 - covered(y, x)));
            a *= fade_at(gx, gy);
            a *= std::clamp((change(y, x) - kUnseenChange) / kUnseenChange, 0.0F, 1.0F);
            if (regions_.rims.at<std::uint8_t>(gy, gx) == 0) {
                a *= std::clamp((mixed(y, x) - kMixedFrom) / kMixedFrom, 0.0F, 1.0F);
            }
            out[x] = {to_level(color[0]), to_level(color[1]), to_level(color[2]), to_level(a)};
            painted += out[x][3] != 0 ? 1 : 0;
        }
    }
    count_left();
    if (painted == 0) {
        return std::nullopt;
    }
    ++counts_.removed;
    ground_.keep(view_, became_ground_, plate_);
    lift_shadow(view_, area, became_ground_, garment);
    restore(view_, part, regions_.restored, uncut, garment);
    return patch_of(frame, view_, area, painted_, sources_);
}

}  // namespace closet
