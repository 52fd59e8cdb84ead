#include "warp/removal/regions.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/removal/belly.h"
#include "warp/removal/painted_patch.h"
#include "warp/removal/trouser_measures.h"

namespace closet::removal {
namespace {

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
constexpr int kPersonLabel = 127;
constexpr double kSkirtFrom = 0.95;  ///< above hips sleeves hang beside it
constexpr int kRestored = 200;       ///< of the uncut garment's alpha

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
    for (cv::Mat* const plane : {&wide, &ground, &throat, &trousers, &belly, &restored}) {
        clear(*plane, size);
    }
    cv::Mat wide_part = wide(part);
    gone(part).copyTo(wide_part);
    grow(wide_part, 1);
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
            if (std::max({throat.at<std::uint8_t>(y, x), trousers.at<std::uint8_t>(y, x),
                          belly.at<std::uint8_t>(y, x)}) < 128) {
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
