#include "warp/mesh/layers.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "warp/mesh/curve.h"
#include "warp/paint/blur_plane.h"

namespace closet::mesh {
namespace {

// Pixels of a picture whose long side is about 1024.
constexpr double kBeyondTipPx = 30;  ///< the cut goes on over the tip, through the soft edge
constexpr double kBeyondArmpitPx = 2;
constexpr double kHemPx = 3;             ///< sleeves beside the hem begin so far below and inside
constexpr int kCutPx = 3;                ///< thickness of a cut
constexpr int kSeamPx = 5;               ///< layers overlap by so much on either side of a cut
constexpr int kSoftEdgePx = 4;           ///< soft outer edges reach this far beyond `visible`
constexpr int kCrumbPx = 200;            ///< smaller sleeves are no sleeves
constexpr double kTowardsArmhole = 0.1;  ///< the point that tells a sleeve: off the cuff's end

/// The connected parts of a mask (non-zero).
class Components {
  public:
    explicit Components(const cv::Mat& mask) { cv::connectedComponents(mask, labels_, 4, CV_32S); }

    /// The one nearest to a point; 0 where there is none.
    int at(cv::Point2d point) const {
        int best = 0;
        double nearest = std::numeric_limits<double>::infinity();
        for (int y = 0; y < labels_.rows; ++y) {
            if ((y - point.y) * (y - point.y) >= nearest) {
                continue;
            }
            const int* row = labels_.ptr<int>(y);
            for (int x = 0; x < labels_.cols; ++x) {
                const cv::Point2d off = cv::Point2d(x, y) - point;
                if (row[x] != 0 && off.dot(off) < nearest) {
                    nearest = off.dot(off);
                    best = row[x];
                }
            }
        }
        return best;
    }

    cv::Mat mask_of(int component) const { return labels_ == component; }

  private:
    cv::Mat labels_;  ///< CV_32S, 0: in none
};

void cut_along(cv::Mat& mask, cv::Point2d a, cv::Point2d b) {
    cv::line(mask, cv::Point(cvRound(a.x), cvRound(a.y)), cv::Point(cvRound(b.x), cvRound(b.y)), 0,
             kCutPx);
}

/// Everything beyond the armhole's line, outside of the armpit.
cv::Mat beyond_armhole(const cv::Mat& visible, const SideAnchors& points, cv::Point2d outwards) {
    const cv::Point2d along = points.tip - points.armpit;
    cv::Point2d normal = quarter_turn(along);
    normal = normal.dot(outwards) < 0 ? -normal : normal;
    cv::Mat region(visible.size(), CV_8UC1, cv::Scalar(0));
    for (int y = 0; y < visible.rows; ++y) {
        const auto* from = visible.ptr<std::uint8_t>(y);
        auto* to = region.ptr<std::uint8_t>(y);
        for (int x = 0; x < visible.cols; ++x) {
            const cv::Point2d p = cv::Point2d(x, y) - points.armpit;
            to[x] = from[x] != 0 && p.dot(normal) > 0 && p.dot(outwards) > 0 ? 255 : 0;
        }
    }
    return region;
}

/// What hangs below and outside the hem's corner, of a sleeve that lies against the body: the cut
/// to the cuff is straight, the sleeve is not.
cv::Mat beside_hem(const cv::Mat& visible, const SideAnchors& points, cv::Point2d outwards) {
    cv::Mat region(visible.size(), CV_8UC1, cv::Scalar(0));
    for (int y = cvCeil(points.hem.y + kHemPx); y < visible.rows; ++y) {
        const auto* from = visible.ptr<std::uint8_t>(std::max(y, 0));
        auto* to = region.ptr<std::uint8_t>(std::max(y, 0));
        for (int x = 0; x < visible.cols; ++x) {
            const double off = (cv::Point2d(x, y) - points.hem).dot(outwards);
            to[x] = from[x] != 0 && off > -kHemPx ? 255 : 0;
        }
    }
    return region;
}

/// The sleeve of one side, without what connects it to the body; empty where there is none.
cv::Mat sleeve_region(const cv::Mat& visible, const SideAnchors& points, PictureSide side,
                      double axis) {
    const cv::Point2d outwards(side == PictureSide::kLeft ? -1.0 : 1.0, 0.0);
    const cv::Point2d up = unit_of(points.tip - points.armpit, {0, -1});
    const cv::Point2d cuff = (points.cuff_outer + points.cuff_inner) / 2;
    const cv::Point2d inside = mix(cuff, (points.tip + points.armpit) / 2, kTowardsArmhole);
    const cv::Point2d body(axis, points.armpit.y);
    cv::Mat cut = visible.clone();
    cut_along(cut, points.tip + up * kBeyondTipPx, points.armpit - up * kBeyondArmpitPx);
    cv::Mat region;
    const auto take_sleeve = [&] {  // false where it holds the body too
        const Components parts(cut);
        const int sleeve = parts.at(inside);
        if (sleeve != 0 && parts.at(body) == sleeve) {
            return false;
        }
        region = sleeve != 0 ? parts.mask_of(sleeve) : cv::Mat();
        return true;
    };
    if (!take_sleeve()) {  // it lies against the body: part them down to the cuff
        cut_along(cut, points.armpit, points.cuff_inner);
        if (!take_sleeve()) {
            region = beyond_armhole(visible, points, outwards);
        } else if (!region.empty()) {
            region |= beside_hem(visible, points, outwards);
        }
    }
    if (region.empty() || cv::countNonZero(region) < kCrumbPx) {
        return {};
    }
    cv::Mat grown;
    cv::dilate(region, grown, round_element(kCutPx - 1));  // half of the cut belongs to either side
    cv::bitwise_and(grown, visible, grown);
    return grown;
}

/// Pieces that the cuts left over belong to the sleeve of their side, all but the largest.
void adopt_crumbs(cv::Mat& label, const cv::Mat& visible, double axis) {
    cv::Mat rest;
    cv::bitwise_and(visible, label == kTorso, rest);
    cv::Mat labels, stats, centers;
    const int count = cv::connectedComponentsWithStats(rest, labels, stats, centers, 8, CV_32S);
    int largest = 1;
    for (int i = 1; i < count; ++i) {
        if (stats.at<int>(i, cv::CC_STAT_AREA) > stats.at<int>(largest, cv::CC_STAT_AREA)) {
            largest = i;
        }
    }
    for (int i = 1; i < count; ++i) {
        if (i != largest) {
            label.setTo(centers.at<double>(i, 0) < axis ? 1 : 2, labels == i);
        }
    }
}

/// `region` and what lies within `steps` pixels of it without crossing what is not `allowed`.
cv::Mat grow_within(const cv::Mat& region, const cv::Mat& allowed, int steps) {
    cv::Mat grown = region.clone();
    for (int i = 0; i < steps; ++i) {
        cv::dilate(grown, grown, round_element(1));
        cv::bitwise_and(grown, allowed, grown);
    }
    return grown;
}

}  // namespace

LayerCut cut_layers(const cv::Mat& visible, const OutlineAnchors* anchors,
                    const LowerAnchors* lower) {
    LayerCut cut;
    cut.label = cv::Mat(visible.size(), CV_8UC1, cv::Scalar(LayerCut::kNothing));
    cut.label.setTo(kTorso, visible);
    if (anchors != nullptr && anchors->sleeves) {
        for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
            const auto i = static_cast<std::size_t>(side);
            const cv::Mat region = sleeve_region(visible, anchors->side[i], side, anchors->axis);
            if (!region.empty()) {
                cut.label.setTo(static_cast<double>(i + 1), region);
            }
        }
        adopt_crumbs(cut.label, visible, anchors->axis);
    }
    if (lower != nullptr && lower->legs) {
        for (int y = 0; y < visible.rows; ++y) {
            auto* row = cut.label.ptr<std::uint8_t>(y);
            for (int x = 0; x < visible.cols; ++x) {
                const cv::Point2d p(x, y);
                const PictureSide leg = lower->leg_of(p);
                if (row[x] == kTorso && lower->onto_leg(p, leg) > 0) {
                    row[x] = static_cast<std::uint8_t>(kFirstLeg + static_cast<std::size_t>(leg));
                }
            }
        }
    }
    // The soft outer edge goes to the layer beside it: nearest first, one pixel at a time.
    cv::Mat owner = cut.label.clone();
    std::vector<std::size_t> there;
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
        cut.weight[layer] = cv::Mat(visible.size(), CV_8UC1, cv::Scalar(0));
        if (cv::countNonZero(owner == static_cast<double>(layer)) > 0) {
            there.push_back(layer);
        }
    }
    for (int step = 0; step < kSoftEdgePx; ++step) {
        const cv::Mat before = owner.clone();
        for (const std::size_t layer : there) {
            cv::Mat grown;
            cv::dilate(before == static_cast<double>(layer), grown, round_element(1));
            cv::bitwise_and(grown, owner == LayerCut::kNothing, grown);
            owner.setTo(static_cast<double>(layer), grown);
        }
    }
    for (const std::size_t layer : there) {
        const cv::Mat own = owner == static_cast<double>(layer);
        cut.weight[layer] = grow_within(own, owner != LayerCut::kNothing, kSeamPx);
    }
    return cut;
}

}  // namespace closet::mesh
