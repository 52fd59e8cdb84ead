#include "warp/garment/photo/find_upper.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/photo/find_side.h"
#include "warp/garment/photo/find_sleeve.h"
#include "warp/garment/photo/garment_outline.h"
#include "warp/garment/photo/morphology.h"

namespace closet {
namespace {

// Constants of the study of garment photos, section 2.
constexpr double kAsymmetric = 0.06;    ///< box widths: one side must be wrong
constexpr double kLongSleeve = 0.62;    ///< sleeve's length / chest
constexpr double kKindMargin = 0.05;    ///< of that: nearer to the limit the kind is a guess
constexpr double kConfidenceFall = 6;   ///< confidence lost per mean asymmetry in box widths
constexpr double kTieWidth = 0.13;      ///< box widths: what is thinner,
constexpr double kTieLength = 0.12;     ///< box heights: and longer,
constexpr double kTieBelow = 0.35;      ///< and hangs from below that is no part of the body
constexpr double kSeenNeckline = 0.12;  ///< of the neck's width: a dip that deep is the neckline

struct Half {
    GarmentOutline outline;
    OutlinePath path;
    std::optional<SleeveFold> fold;
    GarmentSide side;
};

Half find_half(GarmentOutline outline) {
    Half half;
    half.outline = std::move(outline);
    half.path = left_half(half.outline);
    if (!half.path.empty()) {
        half.fold = find_sleeve_fold(half.outline, half.path);
        half.side = find_side(half.outline, half.path, half.fold);
    }
    return half;
}

/// What must agree on both sides, and what besides where there are sleeves.
std::vector<double> asymmetries(const GarmentSide& a, const GarmentSide& b, double width) {
    std::vector<double> result;
    const auto add = [&](cv::Point2d p, cv::Point2d q) {
        result.push_back(cv::norm(p - q) / width);
    };
    add(a.neck, b.neck);
    add(a.tip, b.tip);
    add(a.armpit, b.armpit);
    add(a.hem, b.hem);
    if (a.sleeve && b.sleeve) {
        add(a.cuff_outer, b.cuff_outer);
        add(a.cuff_inner, b.cuff_inner);
    }
    return result;
}

double mean_asymmetry(const GarmentSide& a, const GarmentSide& b, double width) {
    const auto differ = asymmetries(a, b, width);
    return std::accumulate(differ.begin(), differ.end(), 0.0) / static_cast<double>(differ.size());
}

std::size_t nearest_to(const OutlinePath& path, cv::Point2d point) {
    const auto nearer = [&](cv::Point2d a, cv::Point2d b) {
        return cv::norm(a - point) < cv::norm(b - point);
    };
    return static_cast<std::size_t>(std::min_element(path.begin(), path.end(), nearer) -
                                    path.begin());
}

/// Takes over the fold of the other half's sleeve: the nearest point of the own outline, and the
/// other half's points as they are where the own outline does not come near.
void adopt(const Half& from, Half& to) {
    const std::size_t start = nearest_to(to.path, from.path[from.fold->start]);
    const std::size_t index = nearest_to(to.path, from.path[from.fold->index]);
    if (start >= index || cv::norm(to.path[index] - from.path[from.fold->index]) >
                              kAsymmetric * to.outline.box.width) {
        to.side = from.side;
        return;
    }
    to.fold = SleeveFold{start, index, from.fold->attached};
    const GarmentSide refitted = find_side(to.outline, to.path, to.fold);
    const auto differ = asymmetries(refitted, from.side, to.outline.box.width);
    const bool fits =
        refitted.sleeve && *std::max_element(differ.begin(), differ.end()) < 2 * kAsymmetric;
    to.side = fits ? refitted : from.side;
}

/// Makes both sides agree: the one with the lower armpit is right, since a wrong armpit is mostly a
/// crease above it; a sleeve is rather missed than invented.
void symmetrise(Half& a, Half& b) {
    if (a.side.sleeve != b.side.sleeve) {
        a.side.sleeve ? adopt(a, b) : adopt(b, a);
        return;
    }
    const double width = a.outline.box.width;
    if (cv::norm(a.side.armpit - b.side.armpit) > kAsymmetric * width ||
        cv::norm(a.side.tip - b.side.tip) > kAsymmetric * width) {
        if (a.side.sleeve) {
            a.side.armpit.y > b.side.armpit.y ? adopt(a, b) : adopt(b, a);
        } else {
            const bool a_lower = a.side.armpit.y > b.side.armpit.y;
            (a_lower ? b : a).side = (a_lower ? a : b).side;
        }
    }
}

/// A stand collar that only one side shows is on both: what the other side took for the neck is its
/// top.
void symmetrise_necks(const Half& a, Half& b) {
    if (a.side.stand_collar && !b.side.stand_collar) {
        b.side.neck = b.path[nearest_to(b.path, a.side.neck)];
        b.side.stand_collar = true;
    }
}

/// Short sleeves end alike. Where they differ, the cuff nearer to the shoulder is a crease or the
/// round shoulder itself.
void symmetrise_cuffs(const Half& from, Half& to) {
    const double apart = cv::norm(from.side.cuff_outer - to.side.cuff_outer);
    const double longer =
        cv::norm(from.side.cuff_outer - from.side.tip) - cv::norm(to.side.cuff_outer - to.side.tip);
    if (apart > kAsymmetric * to.outline.box.width && longer > 0) {
        to.side.cuff_outer = to.path[nearest_to(to.path, from.side.cuff_outer)];
        to.side.cuff_inner = to.path[nearest_to(to.path, from.side.cuff_inner)];
        to.side.sleeve_length = from.side.sleeve_length;
    }
}

/// Names points as those of the wearer's side.
void add_side(const GarmentOutline& outline, const GarmentSide& side, const std::string& wearer,
              UpperPart& found) {
    const auto add = [&](const char* name, cv::Point2d point) {
        found.anchors[wearer + name] = outline.to_picture(point);
    };
    add("neck", side.neck);
    add("shoulder", side.tip);
    add("armpit", side.armpit);
    add("waist", side.waist);
    add("hem", side.hem);
    if (found.sleeves != Sleeves::kNone) {
        add("cuff_outer", side.cuff_outer);
        add("cuff_inner", side.cuff_inner);
    }
    if (found.sleeves == Sleeves::kLong) {
        add("elbow", side.elbow);
    }
}

/// In front: the upper edge where it hangs between the neck points, or a guess.
cv::Point2d find_collar(const GarmentOutline& outline, const GarmentSide& a, const GarmentSide& b) {
    const double neck_y = (a.neck.y + b.neck.y) / 2;
    const double neck_width = b.neck.x - a.neck.x;
    if (outline.top > neck_y + kSeenNeckline * neck_width) {
        return {outline.axis, outline.top};
    }
    return {outline.axis, neck_y + kCollarDepth * neck_width};
}

void set_sleeves(const GarmentOutline& outline, const GarmentSide& a, const GarmentSide& b,
                 UpperPart& found) {
    if (!a.sleeve) {
        found.sleeves = Sleeves::kNone;
        return;
    }
    const double chest = 2 * outline.axis - a.armpit.x - b.armpit.x;
    const double length = (a.sleeve_length + b.sleeve_length) / 2 / std::max(chest, 1.0);
    found.sleeves = length < kLongSleeve ? Sleeves::kShort : Sleeves::kLong;
    if (std::abs(length - kLongSleeve) < kKindMargin) {
        found.warnings.push_back(
            "its sleeves are between short and long, so check what was chosen");
    }
}

UpperPart find_upper_of(const GarmentOutline& outline) {
    // Each half is looked at as the left one of its picture.
    Half a = find_half(outline);
    Half b = find_half(mirrored(outline));
    UpperPart found;
    if (a.path.empty() || b.path.empty()) {
        return found;
    }
    const double before = mean_asymmetry(a.side, b.side, outline.box.width);
    symmetrise(a, b);
    symmetrise_necks(a, b);
    symmetrise_necks(b, a);
    set_sleeves(outline, a.side, b.side, found);
    if (found.sleeves == Sleeves::kShort) {
        symmetrise_cuffs(a, b);
        symmetrise_cuffs(b, a);
    }
    // What could be repaired counts by half.
    const double asymmetry = (before + mean_asymmetry(a.side, b.side, outline.box.width)) / 2;
    found.confidence = static_cast<float>(std::clamp(1 - kConfidenceFall * asymmetry, 0.0, 1.0));
    const GarmentSide other = mirrored(b.side, outline);
    add_side(outline, a.side, "right_", found);
    add_side(outline, other, "left_", found);
    found.anchors["collar"] = outline.to_picture(find_collar(outline, a.side, other));
    found.chest = (other.armpit.x - a.side.armpit.x) / outline.scale;
    found.armhole =
        (a.side.armpit.y + other.armpit.y - a.side.tip.y - other.tip.y) / 2 / outline.scale;
    if (a.side.sleeve) {
        found.cuff = (cv::norm(a.side.cuff_outer - a.side.cuff_inner) +
                      cv::norm(other.cuff_outer - other.cuff_inner)) /
                     2 / outline.scale;
    }
    found.shoulders = double{outline.to_picture((a.side.tip + other.tip) / 2).y};
    return found;
}

/// What hangs from a garment without sleeves: ties and ends of straps.
GarmentOutline without_ties(const GarmentOutline& outline) {
    const cv::Rect& box = outline.box;
    const cv::Mat wide = open_mask(outline.mask, static_cast<float>(kTieWidth / 2 * box.width));
    cv::Mat labels, stats, centroids;
    const int count =
        cv::connectedComponentsWithStats(outline.mask & ~wide, labels, stats, centroids, 8, CV_32S);
    cv::Mat mask = outline.mask.clone();
    for (int i = 1; i < count; ++i) {
        const int* s = stats.ptr<int>(i);
        if (s[cv::CC_STAT_HEIGHT] > kTieLength * box.height &&
            s[cv::CC_STAT_TOP] > box.y + kTieBelow * box.height) {
            mask.setTo(0, labels == i);
        }
    }
    return outline_of_mask(outline, mask).value_or(outline);
}

}  // namespace

UpperPart find_upper(const GarmentOutline& outline) {
    UpperPart part = find_upper_of(outline);
    return part.sleeves == Sleeves::kNone ? find_upper_of(without_ties(outline)) : part;
}

}  // namespace closet
