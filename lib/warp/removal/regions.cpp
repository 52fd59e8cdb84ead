#include "warp/removal/regions.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/occlusion/class_front.h"
#include "warp/removal/belly.h"
#include "warp/removal/painted_patch.h"
#include "warp/removal/trouser_measures.h"

namespace closet::removal {
namespace {

constexpr int kOldClothes = 107;     ///< of 255, the study's .42
constexpr double kWaistShows = 0.4;  ///< how sure that is, 0..1
/// A belly under a short top: levels between which it may be, shoulder widths to either side of the
/// spine, of what surely is belly and of all, and the least share of skin there.
constexpr double kBellyFrom = 0.35, kBellyTo = 1.05, kBellyMiddle = 0.25, kBellyWidth = 0.6;
constexpr double kLeastBelly = 0.12;
constexpr int kCovered = 247;  ///< of the garment's alpha, the study's .97
// Shoulder widths, the study's. Clothes hang on the skeleton: farther ones are a chair's.
constexpr double kNearSpine = 0.85;
constexpr double kHighestOn = -0.35, kLowestOn = 1.6;
constexpr double kLowestThigh = 2.2;  ///< where no knee tells how legs go on
constexpr double kEdge = 0.010, kCuffRim = 0.024, kHemRim = 0.030;
/// The middle of the torso under the neckline: what shows there shows through the garment.
constexpr double kCoreAside = 0.30, kCoreFrom = 0.42;
constexpr double kCollarFrom = -0.45;  ///< of what shows between open fronts
/// Shoulders beyond are in the sleeves of garments that have some, shoulder widths.
constexpr double kNeckline = 0.36;
constexpr double kArmsFrom = 0.3;  ///< beside the spine
constexpr double kBelowOldHem = 0.22;
constexpr double kBesideHips = 0.04, kHipsHidden = 0.5;
/// Along the arm: a sleeve's end on the hand does not hang beside it.
constexpr float kBeforeWrist = 1.9F;
constexpr double kFingertips = 0.18;  ///< beyond the label of a hand
constexpr std::uint8_t kFoundHand = 1, kLabeledHand = 255;
constexpr float kBeforeHand = 1.7F;  ///< along the arm: what hangs together with a hand is none yet
constexpr int kLimbLabelled = 127, kPersonLabel = 127, kHandLabel = 90, kHandSkin = 90;
constexpr double kThin = 0.12;       ///< of trousers: what is theirs
constexpr double kSkirtFrom = 0.95;  ///< above hips sleeves hang beside it
constexpr int kRestored = 200;       ///< of the uncut garment's alpha

}  // namespace

namespace {

/// Takes out of the old clothes (CV_8UC1, not 0) what lies below both knees and hangs together with
/// nothing above them: socks and boots, which stay on.
void leave_socks(const GridView& view, cv::Mat& old) {
    double below = 0;  // of the lower knee, down the spine
    for (const Joint joint : {Joint::kLeftKnee, Joint::kRightKnee}) {
        const Keypoint& knee = view.wearer->pose.at(joint);
        if (!is_reliable(knee, view.wearer->min_score)) {
            return;
        }
        below = std::max(below, (view.place(place_of(knee)) - view.middle).dot(view.down));
    }
    cv::Mat pieces, stats, centers;
    const int count = cv::connectedComponentsWithStats(old, pieces, stats, centers, 8, CV_32S);
    std::vector<bool> stays(static_cast<std::size_t>(count), true);
    for (int y = 0; y < old.rows; ++y) {
        const int* piece = pieces.ptr<int>(y);
        for (int x = 0; x < old.cols; ++x) {
            const bool is_above = (cv::Point2d(x, y) - view.middle).dot(view.down) < below;
            stays[static_cast<std::size_t>(piece[x])] =
                stays[static_cast<std::size_t>(piece[x])] && !is_above;
        }
    }
    stays[0] = false;
    for (int y = 0; y < old.rows; ++y) {
        const int* piece = pieces.ptr<int>(y);
        auto* row = old.ptr(y);
        for (int x = 0; x < old.cols; ++x) {
            row[x] = stays[static_cast<std::size_t>(piece[x])] ? 0 : row[x];
        }
    }
}

/// Lower clothes, and what is thinner than kThin between them: a top has no such fringes, but
/// drawstrings and folds have its color.
cv::Mat within_lower_clothes(const GridView& view) {
    cv::Mat within = view.kinds == static_cast<int>(Surface::kLowerClothes);
    grow(within, view.px(kThin / 2));
    shrink(within, view.px(kThin / 2));
    return within;
}

}  // namespace

int Regions::find_old(const GridView& view, const Taken& taken,
                      const std::vector<PlacedLimb>& limbs, const Ground& seen_ground) {
    const cv::Size size = view.size();
    old.create(size, CV_8UC1);
    old.setTo(0);
    bare.create(size, CV_8UC1);
    bare.setTo(0);
    gone.create(size, CV_8UC1);
    gone.setTo(0);
    // An arm that the new sleeve does not cover is no more seen than an old sleeve.
    hands = occlusion::find_hands(*view.classes, *view.wearer);
    const auto is_beside_sleeve = [&](int x, int y) {
        const int arm = view.label(Label::kUpperArm, x, y) + view.label(Label::kLowerArm, x, y);
        return arm > kLimbLabelled &&
               hands.at<std::uint8_t>(std::min(y / 2, hands.rows - 1),
                                      std::min(x / 2, hands.cols - 1)) < kHandLabel &&
               std::any_of(limbs.begin(), limbs.end(),
                           [&](const PlacedLimb& limb) { return limb.is_beside_sleeve(x, y); });
    };
    const double lowest = taken.lower && !sees_knees(view) ? kLowestThigh : kLowestOn;
    for (int y = 0; y < size.height; ++y) {
        const auto* upper = view.classes->of(Surface::kUpperClothes).ptr(y);
        const auto* lower = view.classes->of(Surface::kLowerClothes).ptr(y);
        auto* old_row = old.ptr(y);
        for (int x = 0; x < size.width; ++x) {
            const int chance = (taken.upper ? upper[x] : 0) + (taken.lower ? lower[x] : 0);
            if (view.is(Surface::kSkin, x, y) && is_beside_sleeve(x, y)) {
                bare.at<std::uint8_t>(y, x) = 255;
                continue;
            }
            // Between a top's hem and trousers that stay, the likelier one.
            if (chance <= kOldClothes || (!taken.lower && lower[x] > upper[x])) {
                continue;
            }
            const cv::Point2d p(x, y);
            const double t = view.along(p);
            bool is_near = std::abs(view.aside(p)) < kNearSpine && t > kHighestOn && t < lowest;
            for (const PlacedLimb& limb : limbs) {
                is_near = is_near || limb.near_at(x, y);
            }
            if (!is_near || (taken.lower && view.label(Label::kFoot, x, y) > 90)) {
                continue;
            }
            old_row[x] = 255;
        }
    }
    if (taken.lower) {
        leave_socks(view, old);
    } else if (taken.upper) {
        old.setTo(0, within_lower_clothes(view));
    }
    int count = 0;
    for (int y = 0; y < size.height; ++y) {
        const auto* bare_row = bare.ptr(y);
        const auto* old_row = old.ptr(y);
        const auto* matte = view.matte.ptr(y);
        auto* gone_row = gone.ptr(y);
        for (int x = 0; x < size.width; ++x) {
            if ((old_row[x] | bare_row[x]) != 0 && matte[x] < kCovered &&
                !seen_ground.is_plate(view, x, y)) {
                gone_row[x] = 255;
                ++count;
            }
        }
    }
    return count;
}

namespace {

/// Whether skin shows between upper and lower clothes that is no hand's: what shows of the old top
/// there was not on trousers, and what is under it nobody can tell.
bool shows_belly(const GridView& view) {
    int skin = 0, all = 0;
    std::vector<cv::Point2f> corners;
    for (const double level : {kBellyFrom, kBellyTo}) {
        for (const double aside : {-kBellyMiddle, kBellyMiddle}) {
            corners.emplace_back(view.middle + view.down * (level * view.torso) +
                                 view.across * (aside * view.unit));
        }
    }
    const cv::Rect around = cv::boundingRect(corners) & cv::Rect({0, 0}, view.size());
    for (int y = around.y; y < around.br().y; ++y) {
        for (int x = around.x; x < around.br().x; ++x) {
            const cv::Point2d p(x, y);
            const double level = view.along(p);
            if (level > kBellyFrom && level < kBellyTo && std::abs(view.aside(p)) < kBellyMiddle) {
                const bool is_arm =
                    view.label(Label::kHand, x, y) + view.label(Label::kLowerArm, x, y) > 90;
                skin += view.is(Surface::kSkin, x, y) && !is_arm ? 1 : 0;
                ++all;
            }
        }
    }
    return skin > kLeastBelly * all;
}

}  // namespace

void Regions::find_rims(const GridView& view, const Taken& taken,
                        const std::vector<PlacedLimb>& limbs, const GarmentHem& hem,
                        cv::Rect part) {
    const cv::Size size = view.size();
    keep.create(size, CV_8UC1);
    for (int y = 0; y < size.height; ++y) {
        const auto* kind = view.kinds.ptr(y);
        const auto* bare_row = bare.ptr(y);
        auto* keep_row = keep.ptr(y);
        for (int x = 0; x < size.width; ++x) {
            const auto surface = static_cast<Surface>(kind[x]);
            const bool stays = surface == Surface::kSkin || surface == Surface::kHair ||
                               (surface == Surface::kLowerClothes && !taken.lower) ||
                               (surface == Surface::kUpperClothes && !taken.upper);
            keep_row[x] = stays && bare_row[x] == 0 ? 255 : 0;
        }
    }
    cv::Mat keep_part = keep(part);
    shrink(keep_part, view.px(kEdge));
    // Hands are narrow, lie on the old clothes, and are the first that a viewer misses: all of them
    // stays, edges too.
    cv::Mat hand_edges(part.size(), CV_8UC1), found(part.size(), CV_8UC1);
    const cv::Mat& labeled = view.classes->labels->of(Label::kHand);
    for (int y = 0; y < part.height; ++y) {
        const int from_y = std::min((part.y + y) / 2, hands.rows - 1);
        const auto *label = labeled.ptr(from_y), *of_hands = hands.ptr(from_y);
        auto *row = hand_edges.ptr(y), *found_row = found.ptr(y);
        for (int x = 0; x < part.width; ++x) {
            const int from_x = std::min((part.x + x) / 2, hands.cols - 1);
            row[x] = label[from_x] > kHandLabel ? kLabeledHand : 0;
            found_row[x] = of_hands[from_x] > kHandLabel ? kFoundHand : 0;
        }
    }
    grow(hand_edges, view.px(kFingertips));
    hand_edges = cv::max(hand_edges, found);
    hand_edges.setTo(0, view.classes->of(Surface::kSkin)(part) < kHandSkin);
    keep_part.setTo(255, hand_edges);
    if (!view.classes->held.empty()) {
        keep_part |= view.classes->held(part);
    }
    gone.copyTo(showing);
    // Where both edges nearly agree, only a thin line shows: shadows beside it are the garment's.
    cv::Mat broad = showing(part).clone();
    shrink(broad, 1);
    grow(broad, 1);
    cv::Mat gone_part = gone(part);
    grow(gone_part, 1);
    rims.create(size, CV_8UC1);
    rims.setTo(0);
    cv::Mat rims_part = rims(part);
    broad.copyTo(rims_part);
    grow(rims_part, view.px(kEdge) + 1);
    gone_part |= rims_part;
    cv::Mat cuffs = broad.clone();
    grow(cuffs, view.px(kCuffRim) + 1);
    cv::Mat hems = broad;
    grow(hems, view.px(kHemRim) + 1);
    // A waistband that is seen has no old hem over it, whose shadow would have to go.
    const std::optional<OwnClothes>& own = view.wearer->own;
    const bool shows = own && own->seen * own->shows > kWaistShows;
    const auto is_waistband = [&](int x, int y) {
        return shows && view.is(Surface::kLowerClothes, x, y) &&
               view.along(cv::Point2d(x, y)) * view.torso >
                   own->at(view.aside(cv::Point2d(x, y))) * view.unit;
    };
    const bool is_cropped = taken.upper && !taken.lower && shows_belly(view);
    const auto is_belly = [&](int x, int y) {
        const double level = view.along(cv::Point2d(x, y));
        return is_cropped && level > kBellyFrom && level < kBellyTo &&
               std::abs(view.aside(cv::Point2d(x, y))) < kBellyWidth;
    };
    // Short bare forearms hang together with their hands.
    const auto is_forearm = [&](int x, int y) {
        bool above = false, beyond = false;
        for (const PlacedLimb& limb : limbs) {
            if (limb.is_arm && limb.near_at(x, y)) {
                const bool is_above = limb.limb.at(x, y).along < kBeforeHand;
                above = above || is_above;
                beyond = beyond || !is_above;
            }
        }
        return above && !beyond;
    };
    for (int y = part.y; y < part.br().y; ++y) {
        auto* gone_row = gone.ptr(y);
        const auto* keep_row = keep.ptr(y);
        const auto* hand = hand_edges.ptr(y - part.y) - part.x;
        const auto* cuff = cuffs.ptr(y - part.y) - part.x;
        const auto* hem_row = hems.ptr(y - part.y) - part.x;
        for (int x = part.x; x < part.br().x; ++x) {
            if ((gone_row[x] | cuff[x] | hem_row[x]) == 0) {
                continue;
            }
            if (gone_row[x] != 0 &&
                (keep_row[x] != 0 || (!taken.lower && (is_waistband(x, y) || is_belly(x, y))))) {
                gone_row[x] = 0;
            }
            if (cuff[x] != 0 && view.is(Surface::kSkin, x, y) && !is_belly(x, y)) {
                const bool is_hand = hand[x] == kLabeledHand || (hand[x] != 0 && !is_forearm(x, y));
                for (const PlacedLimb& limb : limbs) {
                    // Beyond the limb it is the sleeve's blurred edge.
                    const bool is_rim =
                        limb.is_known && limb.near_at(x, y) &&
                        (!is_hand || (limb.ends_at(x, y) &&
                                      !limb.limb.has_tone(view.colors().at<cv::Vec3b>(y, x))));
                    gone_row[x] = is_rim ? 255 : gone_row[x];
                }
            }
            if (hem_row[x] != 0 && taken.upper && !taken.lower && hem.is_there &&
                view.is(Surface::kLowerClothes, x, y) && y > hem.at(x) && !is_waistband(x, y) &&
                !is_belly(x, y)) {
                gone_row[x] = 255;
            }
        }
    }
}

namespace {

/// The columns of lower clothes in each row of a part, those of the next row that has some where
/// hands and tops hide them; all columns where there are none. Beside them a wide sleeve hangs
/// before the ground.
std::vector<cv::Range> hips_by_row(const GridView& view, cv::Rect part) {
    std::vector<cv::Range> rows(static_cast<std::size_t>(part.height), cv::Range::all());
    const int beside = view.px(kBesideHips), reach = view.px(kHipsHidden);
    cv::Range hips = cv::Range::all();
    int unseen = 0;
    for (int y = std::min(part.br().y + reach, view.size().height) - 1; y >= part.y; --y) {
        if (const auto run = lower_clothes_at(view, y)) {
            hips = {(*run)[0] - beside, (*run)[1] + beside + 1};
            unseen = 0;
        } else if (++unseen > reach) {
            hips = cv::Range::all();
        }
        if (y < part.br().y) {
            rows[static_cast<std::size_t>(y - part.y)] = hips;
        }
    }
    return rows;
}

/// The row in which a lower garment begins in each column of a part; of columns without it, none.
std::vector<int> waistband_of(const cv::Mat& uncut, cv::Rect part) {
    std::vector<int> rows(static_cast<std::size_t>(part.width), 0);
    for (int x = 0; x < part.width; ++x) {
        for (int y = part.y; y < part.br().y && rows[static_cast<std::size_t>(x)] == 0; ++y) {
            if (uncut.at<std::uint8_t>(y, part.x + x) > kRestored) {
                rows[static_cast<std::size_t>(x)] = y;
            }
        }
    }
    return rows;
}

/// The columns around the spine that a skirt covers, of each row of a part; where it covers none,
/// all: no leg is beside it.
std::vector<cv::Range> skirt_by_row(const GridView& view, const cv::Mat& uncut, cv::Rect part) {
    std::vector<cv::Range> rows(static_cast<std::size_t>(part.height), cv::Range::all());
    for (int y = part.y; y < part.br().y; ++y) {
        const auto* row = uncut.ptr(y);
        const double down = (y - view.middle.y) / std::max(view.down.y, 0.1);
        const int middle = cvRound(view.middle.x + view.down.x * down);
        if (down / view.torso < kSkirtFrom || middle < 0 || middle >= uncut.cols ||
            row[middle] <= kRestored) {
            continue;
        }
        cv::Range& run = rows[static_cast<std::size_t>(y - part.y)];
        run = {middle, middle + 1};
        while (run.start > 0 && row[run.start - 1] > kRestored) {
            --run.start;
        }
        while (run.end < uncut.cols && row[run.end] > kRestored) {
            ++run.end;
        }
    }
    return rows;
}

/// Which rows of a part are those of trousers' legs.
std::vector<bool> rows_of_legs(const GridView& view, const cv::Mat& uncut, cv::Rect part) {
    std::vector<bool> rows(static_cast<std::size_t>(part.height), false);
    for (int y = part.y; y < part.br().y; ++y) {
        const bool is_below =
            (y - view.middle.y) / std::max(view.down.y, 0.1) > kSkirtFrom * view.torso;
        rows[static_cast<std::size_t>(y - part.y)] =
            is_below && cv::countNonZero(uncut.row(y) > kRestored) > 0;
    }
    return rows;
}

}  // namespace

int Regions::decide(const GridView& view, const Taken& taken, const std::vector<PlacedLimb>& limbs,
                    const Ground& seen_ground, const Throat& neck, const GarmentHem& hem,
                    const HiddenTrousers* hidden, cv::Rect part) {
    const cv::Size size = view.size();
    left.fill(0);
    wide.create(size, CV_8UC1);
    wide.setTo(0);
    cv::Mat wide_part = wide(part);
    gone(part).copyTo(wide_part);
    grow(wide_part, 1);
    ground.create(size, CV_8UC1);
    ground.setTo(0);
    throat.create(size, CV_8UC1);
    throat.setTo(0);
    trousers.create(size, CV_8UC1);
    trousers.setTo(0);
    belly.create(size, CV_8UC1);
    belly.setTo(0);
    restored.create(size, CV_8UC1);
    restored.setTo(0);
    int unseen = 0, grounds = 0, body = 0;
    const bool has_hem = taken.upper && !taken.lower && hem.is_there;
    const std::vector<cv::Range> hips_rows =
        has_hem ? hips_by_row(view, part) : std::vector<cv::Range>();
    const std::vector<int> waistband = taken.upper ? std::vector<int>() : waistband_of(uncut, part);
    const std::vector<cv::Range> skirts =
        taken.has_skirt ? skirt_by_row(view, uncut, part) : std::vector<cv::Range>();
    const std::vector<bool> legs =
        taken.guesses_legs ? rows_of_legs(view, uncut, part) : std::vector<bool>();
    const auto is_beside_legs = [&](int x, int y) {
        if (taken.guesses_legs && legs[static_cast<std::size_t>(y - part.y)]) {
            return uncut.at<std::uint8_t>(y, x) <= kRestored;
        }
        if (!taken.has_skirt) {
            return false;
        }
        const cv::Range& run = skirts[static_cast<std::size_t>(y - part.y)];
        return x < run.start || x >= run.end;
    };
    const bool shows_between = taken.is_outfit && taken.knows_skin && !taken.open_front;
    const BetweenGarments between(shows_between ? uncut : cv::Mat());
    const auto hangs_on_arm = [&](int x, int y) {
        return std::any_of(limbs.begin(), limbs.end(), [&](const PlacedLimb& limb) {
            return limb.is_arm && limb.is_known && limb.near_at(x, y) &&
                   (limb.limb.ends_in_cuff() || limb.limb.at(x, y).along < kBeforeWrist);
        });
    };
    for (int y = part.y; y < part.br().y; ++y) {
        const cv::Range hips =
            has_hem ? hips_rows[static_cast<std::size_t>(y - part.y)] : cv::Range::all();
        for (int x = part.x; x < part.br().x; ++x) {
            if (wide.at<std::uint8_t>(y, x) == 0) {
                continue;
            }
            const cv::Point2d p(x, y);
            const double t = view.along(p);
            const double aside = view.aside(p);
            const double u = std::abs(aside);
            std::optional<LeftClothes> reason;
            bool near_known = false;
            bool near_unknown = false;
            float on_limb = 0, on_arm = 0, in_shape = 0;
            for (const PlacedLimb& limb : limbs) {
                const bool is_near = limb.around_at(x, y);
                near_known = near_known || (is_near && limb.is_known);
                // Where the arm of a side really is, nobody knows then.
                near_unknown =
                    near_unknown || (!limb.is_known && (is_near || limb.side * aside > 0) &&
                                     (limb.is_arm || !is_beside_legs(x, y)));
                in_shape = std::max(in_shape, limb.is_known ? limb.shape_at(x, y) : 0.0F);
                on_limb = std::max(on_limb, limb.is_known ? limb.inside_at(x, y) : 0.0F);
                on_arm = limb.is_arm ? on_limb : on_arm;
            }
            const int arm = view.label(Label::kUpperArm, x, y) +
                            view.label(Label::kLowerArm, x, y) + view.label(Label::kHand, x, y);
            const int leg = is_beside_legs(x, y)
                                ? 0
                                : view.label(Label::kLeg, x, y) + view.label(Label::kFoot, x, y);
            const bool is_limb =
                (taken.upper && arm > kLimbLabelled) || (taken.lower && leg > kLimbLabelled);
            if (on_limb < 0.5F &&
                ((near_unknown && u > kArmsFrom) || (is_limb && (near_unknown || !near_known)))) {
                reason = LeftClothes::kSleeves;
            }
            const bool is_between = taken.open_front && u < kCoreAside && t < 1;
            const bool below = taken.upper && !is_between && hem.is_there && y > hem.at(x) - 1;
            const bool at_neck = taken.upper && !taken.open_front && !below &&
                                 ((t < 0.42 && u < 0.6 && on_limb < 1.0F) || (t < 0.1 && u < 0.5));
            const bool is_person = view.label(Label::kPerson, x, y) > kPersonLabel;
            const float in_throat = at_neck && is_person && !(taken.has_sleeves && u > kNeckline)
                                        ? neck.inside(p)
                                        : 0.0F;
            float in_trousers = 0, in_belly = 0;
            if (below && !taken.lower && !reason) {
                if (hidden != nullptr && t < hidden->old_along() + kBelowOldHem) {
                    in_trousers = hidden->inside(x, y);
                    if (taken.knows_skin && !taken.open_front) {
                        in_belly = in_trousers * hidden->above_waist(view, x, y);
                    }
                } else if (x >= hem.left && x <= hem.right && on_limb < 0.5F &&
                           ((x >= hips.start && x < hips.end) || !hangs_on_arm(x, y))) {
                    reason = LeftClothes::kBelowHem;
                }
            }
            if (shows_between && t > kBellyFrom && t < kBellyTo && u < kBellyWidth &&
                arm <= kLimbLabelled && on_limb < 0.5F && between.holds(x, y)) {
                in_belly = 1;
            }
            const float most = std::max({in_throat, in_trousers, in_belly, on_limb});
            if (!reason && most < 0.5F && in_shape < 0.5F) {
                const int trunk = t < 1 ? view.label(Label::kTorso, x, y) : 0;
                const bool is_body = taken.upper && is_person && arm + trunk > kLimbLabelled &&
                                     bare.at<std::uint8_t>(y, x) == 0;
                body += is_body && gone.at<std::uint8_t>(y, x) != 0 ? 1 : 0;
            }
            const bool is_core = taken.upper && !below && in_throat < 0.5F && on_limb < 0.5F &&
                                 in_belly < 0.5F && u < kCoreAside &&
                                 t > (taken.open_front ? kCollarFrom : kCoreFrom);
            // A sleeve before the garment that is wider than the arm: there the garment is seen.
            // Old trousers, around a hand in their pocket or between fingers, are never before it.
            if (!reason && on_arm < 0.5F && in_throat < 0.5F && keep.at<std::uint8_t>(y, x) == 0 &&
                uncut.at<std::uint8_t>(y, x) > kRestored) {
                restored.at<std::uint8_t>(y, x) = 255;
            }
            // Of lower garments only what is below their waist: above it hangs what is worn over,
            // and who bends shows no legs there.
            const bool above =
                !taken.upper && ((t < 0.95 && on_limb < 0.5F) ||
                                 y < waistband[static_cast<std::size_t>(x - part.x)]);
            if (reason) {
                left[static_cast<std::size_t>(*reason)] +=
                    showing.at<std::uint8_t>(y, x) != 0 ? 1 : 0;
            }
            if (reason || (is_core && restored.at<std::uint8_t>(y, x) == 0) || above) {
                wide.at<std::uint8_t>(y, x) = 0;
                gone.at<std::uint8_t>(y, x) = 0;
                continue;
            }
            ground.at<std::uint8_t>(y, x) = most < 1.0F ? 255 : 0;
            throat.at<std::uint8_t>(y, x) = to_level(255 * in_throat);
            trousers.at<std::uint8_t>(y, x) = to_level(255 * in_trousers);
            belly.at<std::uint8_t>(y, x) = to_level(255 * in_belly);
            if (most < 0.5F) {
                ++grounds;
                unseen += seen_ground.seen().at<std::uint8_t>(y, x) < CleanPlate::kSeenOnce ? 1 : 0;
            }
        }
    }
    is_mostly_unseen = 2 * unseen > grounds;
    return body;
}

void Regions::keep_only_inner(cv::Rect part) {
    for (int y = part.y; y < part.br().y; ++y) {
        for (int x = part.x; x < part.br().x; ++x) {
            if (std::max(throat.at<std::uint8_t>(y, x), trousers.at<std::uint8_t>(y, x)) < 128) {
                left[static_cast<std::size_t>(LeftClothes::kBeside)] +=
                    gone.at<std::uint8_t>(y, x) & showing.at<std::uint8_t>(y, x) & 1;
                wide.at<std::uint8_t>(y, x) = 0;
                gone.at<std::uint8_t>(y, x) = 0;
                ground.at<std::uint8_t>(y, x) = 0;
                restored.at<std::uint8_t>(y, x) = 0;
            }
        }
    }
}

}  // namespace closet::removal
