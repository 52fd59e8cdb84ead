// Where the wearer's own clothes are, and how far what is painted reaches beyond them.

#include "warp/removal/regions.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/occlusion/class_front.h"

namespace closet::removal {
namespace {

constexpr int kOldClothes = 107;     ///< of 255, the study's .42
constexpr double kWaistShows = 0.4;  ///< how sure that is, 0..1
/// Of what surely is a belly to either side of the spine, and the least share of skin there.
constexpr double kBellyMiddle = 0.25, kLeastBelly = 0.12;
constexpr int kCovered = 247;  ///< of the garment's alpha, the study's .97
// Shoulder widths, the study's. Clothes hang on the skeleton: farther ones are a chair's.
constexpr double kNearSpine = 0.85;
constexpr double kHighestOn = -0.35, kLowestOn = 1.6;
constexpr double kLowestThigh = 2.2;  ///< where no knee tells how legs go on
constexpr double kEdge = 0.010, kCuffRim = 0.024, kHemRim = 0.030;
constexpr double kFingertips = 0.18;  ///< beyond the label of a hand
constexpr std::uint8_t kFoundHand = 1, kLabeledHand = 255;
constexpr float kBeforeHand = 1.7F;  ///< along the arm: what hangs together with a hand is none yet
constexpr int kHandLabel = 90, kHandSkin = 90;
constexpr double kThin = 0.12;  ///< of trousers: what is theirs

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
    for (cv::Mat* const plane : {&old, &bare, &gone}) {
        clear(*plane, size);
    }
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
    clear(rims, size);
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

}  // namespace closet::removal
