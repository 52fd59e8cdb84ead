#include "warp/garment/photo/find_side.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <opencv2/core.hpp>

namespace closet {
namespace {

// Constants of the study of garment photos, section 2, in parts of the box's height H and width W
// where nothing else is said.
constexpr double kHemBand = 0.14;           ///< H above the hem
constexpr double kHemOutwards = 0.7;        ///< how being farther out counts against being lower
constexpr double kStrapBand = 0.35;         ///< H: shoulders without sleeves are above
constexpr double kStrapOutwards = 0.5;      ///< how being farther out counts against being higher
constexpr double kStrapPath = 0.6;          ///< part of the path
constexpr double kArmpitBelowTip = 0.20;    ///< H: a higher one is the strap's own corner
constexpr double kArmpitAbove = 0.62;       ///< H
constexpr double kLeastArmhole = 0.01;      ///< W: a flatter side shows no armpit,
constexpr double kDefaultArmpit = 0.33;     ///< H: which is then taken to be here
constexpr double kStandCollar = 0.022;      ///< W: depth of the corner below a stand collar
constexpr double kStandCollarReach = 0.28;  ///< W: from its top to that corner

// The waist: the narrowest row in this part of the way from armpit to hem, where rows far from the
// usual place must be narrower to win. Chosen on the shared photos.
constexpr double kWaistFrom = 0.25;
constexpr double kWaistTo = 0.80;
constexpr double kWaistUsual = 0.55;
constexpr double kWaistPull = 0.5;    ///< W per squared distance from there
constexpr double kWaistAlike = 0.01;  ///< W: rows that are no wider than that are alike
constexpr std::size_t kWaistRows = 56;
constexpr int kWaistSmoothing = 6;           ///< rows above and below
constexpr double kSleeveBesideWaist = 0.06;  ///< W: farther out lies a sleeve, not the body

/// The elbow's place on an arm: bones of .92 and .85 shoulder widths (study, section 3).
constexpr double kElbowShare = 0.92 / (0.92 + 0.85);
constexpr double kElbowLast = 0.9;

cv::Point2d mix(cv::Point2d a, cv::Point2d b, double t) {
    return a * (1 - t) + b * t;
}

/// Signed distance of a point from a line, positive to the left of the picture of a line that runs
/// down, and above one that runs to the left.
double beside(cv::Point2d point, cv::Point2d from, cv::Point2d to) {
    const cv::Point2d along = to - from;
    return (along.x * (point.y - from.y) - along.y * (point.x - from.x)) / (cv::norm(along) + 1e-6);
}

std::size_t find_hem(const GarmentOutline& outline, const OutlinePath& path, std::size_t after) {
    const double band = outline.hem - kHemBand * outline.box.height;
    std::size_t best = path.size() - 1;
    double most = -INFINITY;
    for (std::size_t i = after; i < path.size(); ++i) {
        const double corner = path[i].y - kHemOutwards * path[i].x;
        if (path[i].y > band && corner > most) {
            most = corner;
            best = i;
        }
    }
    return best;
}

std::size_t find_strap(const GarmentOutline& outline, const OutlinePath& path) {
    const double band = outline.box.y + kStrapBand * outline.box.height;
    const auto end = static_cast<std::size_t>(kStrapPath * static_cast<double>(path.size()));
    std::size_t best = 0;
    double most = -INFINITY;
    for (std::size_t i = 0; i < end; ++i) {
        const double corner = -kStrapOutwards * path[i].x - path[i].y;
        if (path[i].y < band && corner > most) {
            most = corner;
            best = i;
        }
    }
    return best;
}

/// The end of the armhole: what stands out most from the line from the shoulder to the hem.
cv::Point2d find_armhole_end(const GarmentOutline& outline, const OutlinePath& path,
                             std::size_t tip, std::size_t hem) {
    const cv::Rect& box = outline.box;
    std::size_t best = 0;
    double most = kLeastArmhole * box.width;
    for (std::size_t i = tip + 1; i < hem; ++i) {
        const double out = beside(path[i], path[tip], path[hem]);
        if (out > most && path[i].y > path[tip].y + kArmpitBelowTip * box.height &&
            path[i].y < box.y + kArmpitAbove * box.height) {
            most = out;
            best = i;
        }
    }
    if (best != 0) {
        return path[best];
    }
    const double y = path[tip].y + kDefaultArmpit * box.height;
    for (std::size_t i = tip + 1; i < hem; ++i) {
        if (path[i].y >= y) {
            return path[i];
        }
    }
    return {path[tip].x, y};
}

/// The neck is what lies highest above the line from the top center to the shoulder's end; where a
/// corner follows close behind, that was a stand collar's top and its foot is the neck.
void find_neck(const GarmentOutline& outline, const OutlinePath& path, std::size_t tip,
               GarmentSide& side) {
    std::size_t top = 0;
    for (std::size_t i = 0; i <= tip; ++i) {
        if (beside(path[i], path[0], path[tip]) > beside(path[top], path[0], path[tip])) {
            top = i;
        }
    }
    side.neck = path[top];
    std::size_t foot = top;
    for (std::size_t i = top; i <= tip; ++i) {
        if (beside(path[i], path[top], path[tip]) < beside(path[foot], path[top], path[tip])) {
            foot = i;
        }
    }
    const double width = outline.box.width;
    if (-beside(path[foot], path[top], path[tip]) > kStandCollar * width &&
        cv::norm(path[foot] - path[top]) < kStandCollarReach * width) {
        side.stand_collar = true;
        side.neck = path[foot];
    }
}

/// x of the body's left edge around a row, in parts of a pixel: the end of the run that holds the
/// axis, or the straight side where a sleeve lies against it.
double body_edge(const GarmentOutline& outline, double y, double straight) {
    const cv::Rect& box = outline.box;
    double sum = 0;
    for (int i = -kWaistSmoothing; i <= kWaistSmoothing; ++i) {
        const auto* row =
            outline.mask.ptr<std::uint8_t>(std::clamp(cvRound(y) + i, box.y, box.br().y - 1));
        int x = cvRound(outline.axis);
        while (x > box.x && row[x - 1] != 0) {
            --x;
        }
        sum += x < straight - kSleeveBesideWaist * box.width ? straight : x;
    }
    return sum / (2 * kWaistSmoothing + 1);
}

/// The mean of the narrowest rows: on straight sides many are alike.
cv::Point2d find_waist(const GarmentOutline& outline, const GarmentSide& side) {
    std::array<double, kWaistRows> cost{};
    const auto share = [](std::size_t i) {
        return kWaistFrom + (kWaistTo - kWaistFrom) * static_cast<double>(i) / (kWaistRows - 1);
    };
    const auto edge = [&](double t) {
        const cv::Point2d straight = mix(side.armpit, side.hem, t);
        return cv::Point2d(body_edge(outline, straight.y, straight.x), straight.y);
    };
    for (std::size_t i = 0; i < kWaistRows; ++i) {
        const double off = share(i) - kWaistUsual;
        cost[i] = outline.axis - edge(share(i)).x + kWaistPull * outline.box.width * off * off;
    }
    const double least = *std::min_element(cost.begin(), cost.end());
    double sum = 0;
    int count = 0;
    for (std::size_t i = 0; i < kWaistRows; ++i) {
        if (cost[i] <= least + kWaistAlike * outline.box.width) {
            sum += share(i);
            ++count;
        }
    }
    return edge(sum / count);
}

/// Middle between the points at equal shares of the sleeve's upper and lower side.
cv::Point2d find_elbow(const OutlinePath& path, const SleeveShape& sleeve, double share) {
    const auto along = share * static_cast<double>(sleeve.cuff_outer - sleeve.shoulder);
    const cv::Point2d outer = path[sleeve.shoulder + static_cast<std::size_t>(along)];
    // Down the slit of a sleeve that lies against the torso, the lower side starts at the armpit.
    const double down = cv::norm(path[sleeve.fold] - sleeve.armpit);
    const double point_spacing = cv::norm(path[sleeve.fold] - path[sleeve.fold - 1]) + 1e-6;
    const double points = static_cast<double>(sleeve.fold - sleeve.cuff_inner);
    const double at = share * (points + down / point_spacing) - down / point_spacing;
    const cv::Point2d inner =
        at < 0 ? mix(path[sleeve.fold], sleeve.armpit, -at * point_spacing / std::max(down, 1e-6))
               : path[sleeve.fold - static_cast<std::size_t>(at)];
    return mix(outer, inner, 0.5);
}

}  // namespace

GarmentSide find_side(const GarmentOutline& outline, const OutlinePath& path,
                      const std::optional<SleeveFold>& fold) {
    GarmentSide side;
    const auto sleeve = fold ? fit_sleeve(outline, path, *fold) : std::nullopt;
    const std::size_t hem = find_hem(outline, path, sleeve ? sleeve->fold + 1 : 0);
    side.hem = path[hem];
    std::size_t tip = 0;
    if (sleeve) {
        side.sleeve = true;
        side.armpit = sleeve->armpit;
        side.cuff_outer = path[sleeve->cuff_outer];
        side.cuff_inner = path[sleeve->cuff_inner];
        side.sleeve_length = sleeve->length;
        tip = sleeve->shoulder;
        const double chest = 2 * (outline.axis - side.armpit.x);
        // Sleeves that end above the wrist hold the elbow nearer to their cuff.
        const double share = std::clamp(kElbowShare * chest / std::max(sleeve->length, 1.0),
                                        kElbowShare, kElbowLast);
        side.elbow = find_elbow(path, *sleeve, share);
    } else {
        tip = find_strap(outline, path);
        side.armpit = find_armhole_end(outline, path, tip, hem);
    }
    side.tip = path[tip];
    find_neck(outline, path, tip, side);
    side.waist = find_waist(outline, side);
    return side;
}

GarmentSide mirrored(const GarmentSide& side, const GarmentOutline& outline) {
    GarmentSide result = side;
    for (cv::Point2d* point :
         {&result.neck, &result.tip, &result.armpit, &result.waist, &result.hem, &result.cuff_outer,
          &result.cuff_inner, &result.elbow}) {
        *point = outline.mirror(*point);
    }
    return result;
}

}  // namespace closet
