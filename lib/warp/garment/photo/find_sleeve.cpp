#include "warp/garment/photo/find_sleeve.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

// Constants of the study of garment photos, section 2: points are those of the half outline; H, W
// and D are the box's height, width and diagonal.
constexpr std::size_t kLeastDefect = 8;     ///< points
constexpr std::size_t kTangent = 9;         ///< points over which a direction is taken
constexpr double kTurnsDown = 1.6;          ///< dy / |dx| of a torso's side
constexpr double kInwardShare = 0.3;        ///< of the defect's way inwards before the fold
constexpr double kLeastInward = 0.02;       ///< W
constexpr double kRises = 0.015;            ///< H: a cuff's corner is so far below the armpit
constexpr double kFoldBelowTop = 0.08;      ///< H
constexpr double kFoldBesideAxis = 0.04;    ///< W
constexpr double kAttachedBelowTop = 0.66;  ///< H: a fold that low is the end of a slit
constexpr double kFartherOut = 1.06;        ///< sleeve's start / fold, measured from the axis
constexpr double kFartherOutAttached = 1.02;
constexpr double kDepth = 0.014;  ///< D
constexpr double kDepthAttached = 0.024;
constexpr double kTie = 0.18;           ///< of the chest: what hangs beside a slit is no sleeve,
constexpr double kTieBelowSlit = 0.06;  ///< H: if it is thinner there
constexpr double kSlitInwards = 0.10;   ///< armpit above a slit: so far towards the axis,
constexpr double kSlitArmpit = 0.36;    ///< at this share of the way from the shoulder to the slit
constexpr double kSlitShoulder = 0.12;  ///< where that shoulder is looked for, towards the axis
constexpr double kTipInwards = 0.05;    ///< from the armpit to the axis
constexpr double kCuffFrom = 0.5;       ///< share of the sleeve's length
constexpr double kLeastShortCuff = 0.5;
constexpr double kLeastCuff = 0.25;  ///< parts of the sleeve's width
constexpr double kMostCuff = 1.7;
constexpr double kLongReach = 0.5175;    ///< W: a sleeve that long has an elbow, or
constexpr double kLongReachDown = 0.42;  ///< H
constexpr double kBelowElbow = 0.45;     ///< share of its length behind which it is straight
constexpr double kShoulderWeight = 0.1;  ///< of the outer side: a shoulder is round
constexpr double kCuffWeight = 1.5;      ///< of the cuff's straightness against the sides'
constexpr std::size_t kCuffSteps = 60;

// Of sleeves that end near the armpit, the round shoulder looks like another corner: a cuff's outer
// corner is a sharp one. Chosen on the shared photos.
constexpr std::size_t kCornerReach = 12;  ///< points
constexpr double kBluntCorner = 8000;     ///< px^2, as `bend`: cost of a corner that is none

struct Defect {
    std::size_t from = 0, to = 0, deepest = 0;
    double depth = 0;
};

double cross(cv::Point2d a, cv::Point2d b) {
    return a.x * b.y - a.y * b.x;
}

double distance_to_line(cv::Point2d point, cv::Point2d from, cv::Point2d to) {
    const cv::Point2d along = to - from;
    const double length = cv::norm(along);
    return length > 1e-6 ? std::abs(cross(along, point - from)) / length : cv::norm(point - from);
}

std::vector<Defect> defects_of(const OutlinePath& path) {
    std::vector<cv::Point2f> points(path.begin(), path.end());
    std::vector<int> hull;
    cv::convexHull(points, hull, false, false);
    std::sort(hull.begin(), hull.end());
    std::vector<Defect> defects;
    for (std::size_t k = 1; k < hull.size(); ++k) {
        Defect defect{static_cast<std::size_t>(hull[k - 1]), static_cast<std::size_t>(hull[k])};
        if (defect.to - defect.from < kLeastDefect) {
            continue;
        }
        for (std::size_t i = defect.from; i < defect.to; ++i) {
            const double depth = distance_to_line(path[i], path[defect.from], path[defect.to]);
            if (depth > defect.depth) {
                defect.depth = depth;
                defect.deepest = i;
            }
        }
        if (defect.depth > 0) {
            defects.push_back(defect);
        }
    }
    return defects;
}

/// The first point of a defect at which the outline turns down along the torso. Not the deepest:
/// that is the waist of a fitted shirt.
std::size_t fold_of(const GarmentOutline& outline, const OutlinePath& path, const Defect& defect) {
    const double start = path[defect.from].x;
    const double way_in =
        std::max(kInwardShare * (path[defect.deepest].x - start), kLeastInward * outline.box.width);
    // Where the outline rises again farther in, that was the cuff's own corner.
    std::vector<double> highest(defect.deepest - defect.from + 1);
    double top = INFINITY;
    for (std::size_t i = highest.size(); i-- > 0;) {
        top = std::min(top, path[defect.from + i].y);
        highest[i] = top;
    }
    for (std::size_t k = defect.from + kLeastDefect / 2; k < defect.deepest; ++k) {
        const cv::Point2d tangent = path[std::min(k + kTangent, path.size() - 1)] - path[k];
        if (tangent.y > kTurnsDown * std::abs(tangent.x) && path[k].x - start > way_in &&
            path[k].y - highest[k - defect.from] < kRises * outline.box.height) {
            return k;
        }
    }
    return defect.deepest;
}

/// Whether the outline comes in from a sleeve's cuff on its last points before the fold.
bool comes_inwards(const OutlinePath& path, std::size_t from, std::size_t fold) {
    const std::size_t back = std::clamp<std::size_t>(fold - from, 4, 12);
    const cv::Point2d way = path[fold] - path[fold - std::min(back, fold)];
    return way.y < 0.9 * std::abs(way.x) + 2 && way.x > -2;
}

/// Whether what hangs below and beside the end of a slit is so thin that it is a tie or a strap.
bool is_tie(const GarmentOutline& outline, cv::Point2d slit) {
    const int y = cvRound(slit.y + kTieBelowSlit * outline.box.height);
    if (y >= outline.mask.rows) {
        return false;
    }
    const auto* row = outline.mask.ptr<std::uint8_t>(y);
    int right = std::clamp(cvRound(slit.x), 0, outline.mask.cols - 1);
    while (right > 0 && row[right] == 0) {
        --right;
    }
    int left = right;
    while (left > 0 && row[left - 1] != 0) {
        --left;
    }
    // A sleeve may end that high.
    return right > 0 && right - left < kTie * 2 * (outline.axis - slit.x);
}

/// Sum of the squared distances to the chord of a piece of the path.
double bend(const OutlinePath& path, std::size_t from, std::size_t to) {
    double sum = 0;
    for (std::size_t i = from; i <= to && to > from; i += 2) {
        const double away = distance_to_line(path[i], path[from], path[to]);
        sum += away * away;
    }
    return sum;
}

/// 0 (none) .. 1 (a right angle or sharper): how much the path turns around a point.
double sharpness(const OutlinePath& path, std::size_t at) {
    const cv::Point2d in = path[at] - path[at - std::min(at, kCornerReach)];
    const cv::Point2d out = path[std::min(at + kCornerReach, path.size() - 1)] - path[at];
    return std::min(std::abs(std::atan2(cross(in, out), in.dot(out))) / (CV_PI / 2), 1.0);
}

cv::Point2d armpit_above_slit(const GarmentOutline& outline, const OutlinePath& path,
                              cv::Point2d slit) {
    double shoulder = slit.y;
    for (const cv::Point2d point : path) {
        if (point.x < slit.x + kSlitShoulder * (outline.axis - slit.x)) {
            shoulder = std::min(shoulder, point.y);
        }
    }
    return {slit.x + kSlitInwards * (outline.axis - slit.x),
            shoulder + kSlitArmpit * (slit.y - shoulder)};
}

/// The upper end of the armhole: the outline's first point that is nearly as far out as the armpit.
std::size_t find_shoulder(const GarmentOutline& outline, const OutlinePath& path,
                          cv::Point2d armpit, std::size_t end) {
    const double x = armpit.x + kTipInwards * (outline.axis - armpit.x);
    std::size_t i = 0;
    while (i < end && path[i].x > x) {
        ++i;
    }
    return i;
}

/// How wide the sleeve is at the armpit: to the nearest point of the outline above it.
double width_at(const OutlinePath& path, cv::Point2d armpit, std::size_t from, std::size_t to) {
    double least = cv::norm(path[from] - armpit);
    for (std::size_t i = from; i <= to; ++i) {
        if (path[i].y < armpit.y) {
            least = std::min(least, cv::norm(path[i] - armpit));
        }
    }
    return least;
}

}  // namespace

std::optional<SleeveFold> find_sleeve_fold(const GarmentOutline& outline, const OutlinePath& path) {
    const cv::Rect& box = outline.box;
    const auto half = path.begin() + static_cast<std::ptrdiff_t>(path.size() / 2);
    const auto highest = std::min_element(path.begin(), half,
                                          [](cv::Point2d a, cv::Point2d b) { return a.y < b.y; });
    const auto top = static_cast<std::size_t>(highest - path.begin());
    std::optional<SleeveFold> best;
    double best_depth = 0;
    for (const Defect& defect : defects_of(path)) {
        SleeveFold fold{defect.from, fold_of(outline, path, defect)};
        fold.attached = path[fold.index].y > box.y + kAttachedBelowTop * box.height;
        const cv::Point2d point = path[fold.index];
        if (defect.from < top || point.y < box.y + kFoldBelowTop * box.height ||
            point.x > outline.axis - kFoldBesideAxis * box.width ||
            !comes_inwards(path, defect.from, fold.index)) {
            continue;
        }
        const double out = (outline.axis - path[defect.from].x) / (outline.axis - point.x);
        if (out < (fold.attached ? kFartherOutAttached : kFartherOut) ||
            defect.depth < (fold.attached ? kDepthAttached : kDepth) * outline.diagonal() ||
            (fold.attached && is_tie(outline, point))) {
            continue;
        }
        // A free sleeve before one that lies against the torso, then the deeper fold.
        const bool better = !best || (best->attached && !fold.attached) ||
                            (best->attached == fold.attached && defect.depth > best_depth);
        if (better) {
            best = fold;
            best_depth = defect.depth;
        }
    }
    return best;
}

std::optional<SleeveShape> fit_sleeve(const GarmentOutline& outline, const OutlinePath& path,
                                      const SleeveFold& fold) {
    SleeveShape sleeve;
    sleeve.fold = fold.index;
    sleeve.armpit =
        fold.attached ? armpit_above_slit(outline, path, path[fold.index]) : path[fold.index];
    sleeve.shoulder = find_shoulder(outline, path, sleeve.armpit, fold.start);
    if (path[sleeve.shoulder].y >= sleeve.armpit.y) {
        return std::nullopt;
    }
    const double width = width_at(path, sleeve.armpit, sleeve.shoulder, fold.start);
    const cv::Point2d start = (sleeve.armpit + path[sleeve.shoulder]) * 0.5;

    std::size_t far = sleeve.shoulder;
    for (std::size_t i = far; i <= fold.index; ++i) {
        if (cv::norm(path[i] - start) > cv::norm(path[far] - start)) {
            far = i;
        }
    }
    const double reach = cv::norm(path[far] - start);
    const cv::Point2d along = (path[far] - start) / std::max(reach, 1e-6);
    const auto progress = [&](std::size_t i) { return (path[i] - start).dot(along); };

    // Sides are straight from shoulder and armpit, or from the elbow of a long sleeve.
    std::size_t outer_from = sleeve.shoulder;
    std::size_t inner_to = fold.index;
    const bool is_long =
        reach > kLongReach * outline.box.width || reach > kLongReachDown * outline.box.height;
    if (is_long) {
        while (outer_from < far && progress(outer_from) < kBelowElbow * reach) {
            ++outer_from;
        }
        while (inner_to > far && progress(inner_to) < kBelowElbow * reach) {
            --inner_to;
        }
    }
    std::vector<std::size_t> candidates;
    const std::size_t step = std::max<std::size_t>(1, (fold.index - sleeve.shoulder) / kCuffSteps);
    for (std::size_t i = sleeve.shoulder; i <= fold.index; i += step) {
        if (progress(i) > kCuffFrom * reach || (!is_long && i > far)) {
            candidates.push_back(i);
        }
    }
    sleeve.cuff_outer = far;
    sleeve.cuff_inner = std::min(far + kLeastDefect, fold.index);
    double least = INFINITY;
    for (const std::size_t outer : candidates) {
        const double blunt = 1 - sharpness(path, outer);
        const double outer_cost =
            kShoulderWeight * bend(path, outer_from, outer) + kBluntCorner * blunt * blunt;
        for (const std::size_t inner : candidates) {
            const double cuff = cv::norm(path[outer] - path[inner]);
            if (inner <= outer || cuff < (is_long ? kLeastCuff : kLeastShortCuff) * width ||
                cuff > kMostCuff * width) {
                continue;
            }
            const double cost =
                outer_cost + kCuffWeight * bend(path, outer, inner) + bend(path, inner, inner_to);
            if (cost < least) {
                least = cost;
                sleeve.cuff_outer = outer;
                sleeve.cuff_inner = inner;
            }
        }
    }
    sleeve.length = cv::norm((path[sleeve.cuff_outer] + path[sleeve.cuff_inner]) * 0.5 - start);
    return sleeve;
}

}  // namespace closet
