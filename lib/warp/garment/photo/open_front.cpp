#include "warp/garment/photo/open_front.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/median.h"
#include "warp/garment/photo/find_upper.h"
#include "warp/garment/photo/garment_outline.h"
#include "warp/garment/photo/matting.h"
#include "warp/garment/photo/morphology.h"

namespace closet {
namespace {

/// Widest gap between fronts and how far its middle is off that of the garment, of a row's width.
constexpr double kWidestGap = 0.4, kOffMiddle = 0.15;

// Two fronts: how alike one is to the other's mirror image (IoU), how much smaller the other may
// be, and how far apart they are, in widths of one. They are taller than wide.
constexpr double kAlike = 0.6, kAsLarge = 0.6, kApart = 0.6, kTall = 1.2;

/// Chosen on a jacket with three linings drawn into it, and shirts that have none.
constexpr int kChestPx = 96;  ///< width of the chest at the size that is looked at
constexpr double kFrontFrom = 0.42, kSeed = 0.02, kLikely = 0.25;  ///< from the axis, in chests
constexpr int kGrabCutRounds = 2;
constexpr double kFrom = 0.25, kTo = 0.93;                    ///< rows that tell, from neck to hem
constexpr double kNarrowestStrip = 0.03, kWidestStrip = 0.7;  ///< in chests
constexpr double kRowsWithIt = 0.9, kRowsUnlike = 0.75;
constexpr float kUnlikeBack = 8;    ///< CIE Lab, across the edge of a front
constexpr double kWiggle = 0.5;     ///< how far an edge goes to and fro, of its length
constexpr double kHemStep = 0.012;  ///< of the length
constexpr int kBesidePx = 4;        ///< what is compared across an edge
constexpr float kEdge = 1.5F;       ///< how far the strip's outline is off, px of that size

/// The edges of a strip in each row; right is left of left where there is none.
struct Strip {
    std::vector<int> left, right;
    bool has(int y) const {
        return right[static_cast<std::size_t>(y)] >= left[static_cast<std::size_t>(y)];
    }
};

Strip edges_of(const cv::Mat& strip) {
    Strip edges;
    for (int y = 0; y < strip.rows; ++y) {
        const cv::Rect row = cv::boundingRect(strip.row(y));
        edges.left.push_back(row.empty() ? 1 : row.x);
        edges.right.push_back(row.empty() ? 0 : row.x + row.width - 1);
    }
    return edges;
}

/// The torso of the garment, at the size that is looked at.
struct Look {
    cv::Rect area;     ///< of the picture
    double scale = 1;  ///< pixels here a pixel there
    cv::Mat rgb, visible;
    int axis = 0, neck = 0, hem = 0;  ///< column and rows

    int rows(double share) const { return neck + cvRound(share * (hem - neck)); }
};

std::optional<Look> look_at(const cv::Mat& rgba,
                            const std::map<std::string, cv::Point2f>& anchors) {
    const auto middle = [&](const std::string& name) -> std::optional<cv::Point2f> {
        const auto left = anchors.find("left_" + name), right = anchors.find("right_" + name);
        return left == anchors.end() || right == anchors.end()
                   ? std::nullopt
                   : std::optional((left->second + right->second) / 2);
    };
    const auto neck = middle("neck"), armpit = middle("armpit"), hem = middle("hem");
    if (!neck || !armpit || !hem) {
        return std::nullopt;
    }
    const float chest = anchors.at("left_armpit").x - anchors.at("right_armpit").x;
    Look look;
    look.area = cv::Rect(cvRound(armpit->x - chest / 2), 0, cvRound(chest), rgba.rows) &
                cv::Rect({}, rgba.size());
    if (chest < kChestPx / 4.0F || look.area.width < 8 || hem->y - neck->y < chest / 2) {
        return std::nullopt;
    }
    look.scale = kChestPx / double{chest};
    cv::Mat torso, alpha;
    cv::resize(rgba(look.area), torso, {}, look.scale, look.scale, cv::INTER_AREA);
    cv::extractChannel(torso, alpha, 3);
    look.visible = alpha > 127;
    cv::cvtColor(torso, look.rgb, cv::COLOR_RGBA2RGB);
    const auto row = [&](float y) {
        return std::clamp(cvRound(double{y} * look.scale), 0, torso.rows - 1);
    };
    look.axis =
        std::clamp(cvRound((double{armpit->x} - look.area.x) * look.scale), 0, torso.cols - 1);
    look.neck = row(neck->y);
    look.hem = row(hem->y);
    return look;
}

/// Mean of a part of a row; nothing of it gives 0.
cv::Scalar mean_of(const cv::Mat& lab, int y, int from, int to) {
    const cv::Rect part = cv::Rect(from, y, to - from, 1) & cv::Rect({}, lab.size());
    return part.empty() ? cv::Scalar() : cv::mean(lab(part));
}

/// Whether the middle has another color than both sides in most rows; most garments have not.
bool has_other_middle(const Look& look, const cv::Mat& lab) {
    const auto at = [&](double off) { return look.axis + cvRound(off * kChestPx); };
    int rows = 0, unlike = 0;
    for (int y = look.rows(kFrom); y < look.rows(kTo); ++y, ++rows) {
        const cv::Scalar middle = mean_of(lab, y, at(-kSeed), at(kSeed) + 1);
        const auto differs = [&](const cv::Scalar& side) {
            return cv::norm(middle - side) > double{kUnlikeBack};
        };
        unlike += differs(mean_of(lab, y, at(-kFrontFrom), at(-kLikely))) &&
                          differs(mean_of(lab, y, at(kLikely), at(kFrontFrom)))
                      ? 1
                      : 0;
    }
    return unlike >= kRowsUnlike * rows;
}

/// What has the colors of the middle rather than of the sides, in one part with the middle. (C.
/// Rother et al., "GrabCut", 2004, as OpenCV has it.)
cv::Mat find_strip(const Look& look) {
    cv::Mat mask(look.rgb.size(), CV_8UC1, cv::Scalar(cv::GC_BGD));
    for (int y = 0; y < mask.rows; ++y) {
        const bool tells = y >= look.rows(kFrom) && y <= look.rows(kTo);
        for (int x = 0; x < mask.cols; ++x) {
            const double off = std::abs(x - look.axis) / double{kChestPx};
            if (look.visible.at<uchar>(y, x) != 0 && off < kFrontFrom) {
                mask.at<uchar>(y, x) = off < kSeed && tells ? cv::GC_FGD
                                       : off < kLikely      ? cv::GC_PR_FGD
                                                            : cv::GC_PR_BGD;
            }
        }
    }
    if (cv::countNonZero(mask == cv::GC_FGD) == 0) {
        return {};
    }
    cv::Mat smooth, middle, sides;
    cv::medianBlur(look.rgb, smooth, 3);
    // Where nothing is, no color counts: that of the cloth beside it.
    smooth = continue_colors(smooth, look.visible);
    smooth.convertTo(smooth, CV_8UC3);
    cv::setRNGSeed(1);
    cv::grabCut(smooth, mask, {}, middle, sides, kGrabCutRounds, cv::GC_INIT_WITH_MASK);
    const cv::Mat strip =
        open_mask(((mask == cv::GC_FGD) | (mask == cv::GC_PR_FGD)) & look.visible, 1.0F);
    cv::Mat labels, found = cv::Mat::zeros(strip.size(), CV_8UC1);
    const int count = cv::connectedComponents(strip, labels, 4, CV_32S);
    for (int i = 1; i < count; ++i) {
        const cv::Mat part = labels == i;
        if (cv::countNonZero(part.col(look.axis)) > 0) {
            found |= part;
        }
    }
    return found;
}

/// Whether the strip goes all the way between two fronts, with edges that are edges of cloth.
bool is_between_fronts(const Look& look, const cv::Mat& lab, const cv::Mat& strip) {
    const Strip edges = edges_of(strip);
    int rows = 0, with_it = 0;
    std::array<int, 2> unlike{};
    std::array<double, 2> wiggle{};
    for (int y = look.rows(kFrom); y < look.rows(kTo); ++y, ++rows) {
        if (!edges.has(y)) {
            continue;
        }
        const auto row = static_cast<std::size_t>(y);
        const int left = edges.left[row], right = edges.right[row];
        const double width = (right - left + 1) / double{kChestPx};
        with_it += width > kNarrowestStrip && width < kWidestStrip ? 1 : 0;
        const int reach = std::clamp((right - left) / 2, 1, kBesidePx);
        const auto differ = [&](int inside, int outside) {
            return cv::norm(mean_of(lab, y, inside, inside + reach) -
                            mean_of(lab, y, outside, outside + kBesidePx)) > double{kUnlikeBack}
                       ? 1
                       : 0;
        };
        unlike[0] += differ(left, left - 1 - kBesidePx);
        unlike[1] += differ(right - reach + 1, right + 2);
        if (edges.has(y + 1)) {
            wiggle[0] += std::abs(edges.left[row + 1] - left);
            wiggle[1] += std::abs(edges.right[row + 1] - right);
        }
    }
    return with_it >= kRowsWithIt * rows && std::min(unlike[0], unlike[1]) >= kRowsUnlike * rows &&
           std::max(wiggle[0], wiggle[1]) <= kWiggle * rows;
}

/// Whether the strip ends higher than both fronts, or lower.
bool has_hem_of_its_own(const Look& look, const cv::Mat& strip) {
    const Strip edges = edges_of(strip);
    const auto row = static_cast<std::size_t>(look.rows(kTo));
    const int left = edges.left[row], right = edges.right[row];
    const auto bottom = [&](int from, int to) {
        std::vector<int> ends;
        for (int x = std::max(from, 0); x < std::min(to, look.visible.cols); ++x) {
            const cv::Rect column = cv::boundingRect(look.visible.col(x));
            ends.push_back(column.y + column.height);
        }
        return ends.empty() ? 0 : upper_median(std::move(ends));
    };
    const int inset = std::max(1, (right - left) / 5);
    const double step = kHemStep * (look.hem - look.neck);
    const int middle = bottom(left + inset, right - inset + 1);
    const int beside = bottom(left - 2 - 2 * kBesidePx, left - 2) - middle;
    const int other = bottom(right + 3, right + 3 + 2 * kBesidePx) - middle;
    return std::min(beside, other) >= step || std::max(beside, other) <= -step;
}

}  // namespace

cv::Mat with_fronts_joined(const cv::Mat& silhouette) {
    cv::Mat joined = silhouette.clone();
    const cv::Rect box = cv::boundingRect(silhouette);
    const double axis = box.x + (box.width - 1) / 2.0;
    for (int y = box.y; y < box.y + box.height; ++y) {
        const auto* from = silhouette.ptr<uchar>(y);
        const cv::Rect row = cv::boundingRect(silhouette.row(y));
        int first = 0, width = 0;
        for (int x = row.x; x < row.x + row.width; ++x) {
            int end = x;
            while (end < row.x + row.width && from[end] == 0) {
                ++end;
            }
            if (end - x > width && std::abs((x + end - 1) / 2.0 - axis) < kOffMiddle * row.width) {
                first = x;
                width = end - x;
            }
            x = end;
        }
        if (width > 0 && width <= kWidestGap * row.width) {
            joined(cv::Rect(first, y, width, 1)).setTo(255);
        }
    }
    return joined;
}

bool is_two_fronts(const cv::Mat& silhouette) {
    cv::Mat labels, stats, centroids;
    const int count =
        cv::connectedComponentsWithStats(silhouette, labels, stats, centroids, 8, CV_32S);
    std::vector<int> parts;
    for (int i = 1; i < count; ++i) {
        parts.push_back(i);
    }
    if (parts.size() < 2) {
        return false;
    }
    std::partial_sort(parts.begin(), parts.begin() + 2, parts.end(), [&](int a, int b) {
        return stats.at<int>(a, cv::CC_STAT_AREA) > stats.at<int>(b, cv::CC_STAT_AREA);
    });
    if (stats.at<int>(parts[1], cv::CC_STAT_AREA) <
        kAsLarge * stats.at<int>(parts[0], cv::CC_STAT_AREA)) {
        return false;
    }
    const auto box = [&](int i) {
        const int* s = stats.ptr<int>(i);
        return cv::Rect(s[cv::CC_STAT_LEFT], s[cv::CC_STAT_TOP], s[cv::CC_STAT_WIDTH],
                        s[cv::CC_STAT_HEIGHT]);
    };
    if (centroids.at<double>(parts[0], 0) > centroids.at<double>(parts[1], 0)) {
        std::swap(parts[0], parts[1]);
    }
    const cv::Rect left = box(parts[0]), right = box(parts[1]);
    if (left.height < kTall * left.width || right.height < kTall * right.width ||
        right.x - left.br().x > kApart * left.width) {
        return false;
    }
    cv::Mat mirrored, other = labels(right) == parts[1];
    cv::flip(labels(left) == parts[0], mirrored, 1);
    cv::resize(mirrored, mirrored, other.size(), 0, 0, cv::INTER_NEAREST);
    if (cv::countNonZero(mirrored & other) < kAlike * cv::countNonZero(mirrored | other)) {
        return false;
    }
    const auto outline = outline_of(with_fronts_joined(silhouette));
    return outline && find_upper(*outline).sleeves == Sleeves::kLong;
}

bool remove_back_inside(cv::Mat& rgba, const std::map<std::string, cv::Point2f>& anchors,
                        bool known) {
    const auto look = look_at(rgba, anchors);
    if (!look) {
        return false;
    }
    const cv::Mat lab = to_lab(look->rgb);
    const cv::Mat strip = has_other_middle(*look, lab) ? find_strip(*look) : cv::Mat();
    if (strip.empty() || !is_between_fronts(*look, lab, strip) ||
        !(known || has_hem_of_its_own(*look, strip))) {
        return false;
    }
    cv::Mat patch = rgba(look->area), rgb, alpha, inside;
    cv::cvtColor(patch, rgb, cv::COLOR_RGBA2RGB);
    cv::extractChannel(patch, alpha, 3);
    cv::resize(strip, inside, patch.size(), 0, 0, cv::INTER_LINEAR);
    inside = inside > 127;
    const auto radius = std::max(1.0F, static_cast<float>(double{kEdge} / look->scale));
    const cv::Mat sure = shrink(inside, radius);
    if (cv::countNonZero(sure) == 0) {
        return false;
    }
    const cv::Mat near = widen(inside, 2 * radius);
    cv::Mat fronts = (alpha > 127) & ~inside;
    fronts &= ~near | open_mask(fronts, radius);  // without the strip's own rim
    const cv::Mat edge = matte(rgb, fronts, continue_colors(rgb, sure), radius).rgba;
    for (int y = 0; y < patch.rows; ++y) {
        for (int x = 0; x < patch.cols; ++x) {
            if (near.at<uchar>(y, x) != 0) {
                auto& p = patch.at<cv::Vec4b>(y, x);
                const uchar before = p[3];
                p = edge.at<cv::Vec4b>(y, x);
                p[3] = std::min(p[3], before);
            }
        }
    }
    return true;
}

}  // namespace closet
