#include "warp/garment/photo/garment_shape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

// In parts of the box's height H and width W.
constexpr double kGapHeight = 0.03;     ///< H: lower notches are folds of a hem
constexpr double kGapBesideAxis = 0.2;  ///< W: farther out it is the gap of a sleeve
constexpr double kGapReachesTo = 0.8;   ///< H: a notch from below is open below that,
constexpr double kHoleReachesTo = 0.5;  ///< H: and what is enclosed above it goes on down to there
constexpr double kGapTop = 0.15;        ///< of its own height: legs part in a wedge,
constexpr double kGapTopWidth = 0.25;   ///< W: narrower than what hangs between two sleeves
constexpr double kApexFit = 0.25;       ///< of its height: its sides are straight so far down,
constexpr double kApexReach = 0.08;     ///< and go on above it at most that far
constexpr double kLoopHole = 0.10;  ///< H: below a bag's handle there is at least so much ground,
constexpr double kLoopBand = 0.12;  ///< H: and it is at most so thick
constexpr double kBoxSides = 0.88;  ///< narrowest of the widest row of what hangs below
constexpr double kEndsBand = 0.25;  ///< H: the upper edge's ends are above
constexpr double kEndsOutwards = 0.6;  ///< how being farther out counts against being higher
constexpr double kMostTilt = 0.15;     ///< of the line through them
constexpr double kLeastTilt = 0.01;
constexpr double kTopRow = 0.03;       ///< H
constexpr double kUpperRow = 0.25;     ///< H: widths of the upper edge are compared at parts of
constexpr double kTopHigh = 0.05;      ///< the width there: a waistband's are alike, shoulders
constexpr double kTopLow = 0.12;       ///< slope
constexpr double kGrowthReach = 0.05;  ///< H
/// H: where a dress is narrower than above, and down to where it is wider again.
constexpr double kNarrowFrom = 0.1, kNarrowTo = 0.56, kWidensTo = 0.95;

/// What lies between the outline and its convex hull, and holes.
cv::Mat inside_of_hull(const cv::Mat& mask) {
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(mask, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    cv::Mat filled = cv::Mat::zeros(mask.size(), CV_8U);
    if (!contours.empty()) {
        std::vector<cv::Point> hull;
        cv::convexHull(contours.front(), hull);
        cv::fillConvexPoly(filled, hull, 255);
    }
    return filled & ~mask;
}

double median_width(const std::vector<RowSpan>& spans, int y, int around) {
    std::vector<int> widths;
    for (int i = std::max(0, y - around);
         i <= std::min(static_cast<int>(spans.size()) - 1, y + around); ++i) {
        widths.push_back(spans[static_cast<std::size_t>(i)].width());
    }
    std::nth_element(widths.begin(),
                     widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2), widths.end());
    return widths.empty() ? 0 : widths[widths.size() / 2];
}

/// How far the upper edge's lowest point lies below its highest.
double dip_of_top(const GarmentOutline& outline, const RowSpan& top) {
    int lowest = outline.box.y;
    for (int x = top.first; x <= top.last; ++x) {
        int y = outline.box.y;
        while (y < outline.mask.rows && outline.mask.at<std::uint8_t>(y, x) == 0) {
            ++y;
        }
        lowest = std::max(lowest, y);
    }
    return lowest - outline.box.y;
}

/// With the ends of its upper edge at one height: sheared, as far as photos are taken askew.
GarmentOutline leveled(const GarmentOutline& outline) {
    const cv::Rect& box = outline.box;
    std::array<cv::Point2d, 2> ends;
    for (const int side : {0, 1}) {
        double most = -INFINITY;
        for (int y = box.y; y < box.y + cvRound(kEndsBand * box.height); ++y) {
            const auto* row = outline.mask.ptr<std::uint8_t>(y);
            for (int x = box.x; x < box.x + box.width; ++x) {
                const double corner = kEndsOutwards * (side == 0 ? -x : x) - y;
                if (row[x] != 0 && corner > most) {
                    most = corner;
                    ends[static_cast<std::size_t>(side)] = cv::Point2d(x, y);
                }
            }
        }
    }
    const cv::Point2d along = ends[1] - ends[0];
    const double slope = along.x > 1 ? std::clamp(along.y / along.x, -kMostTilt, kMostTilt) : 0;
    if (std::abs(slope) < kLeastTilt) {
        return outline;
    }
    GarmentOutline result = outline;
    const int room = cvRound(kMostTilt * outline.mask.cols);
    const cv::Matx23d shear(1, 0, 0, -slope, 1, slope * outline.axis + room);
    cv::warpAffine(outline.mask, result.mask, shear,
                   {outline.mask.cols, outline.mask.rows + 2 * room}, cv::INTER_NEAREST);
    result.box = cv::boundingRect(result.mask);
    return result.box.empty() ? outline : result;
}

double overlap_with_mirror(const GarmentOutline& outline) {
    const cv::Mat& mask = outline.mask;
    int both = 0;
    int any = 0;
    for (int y = 0; y < mask.rows; ++y) {
        const auto* row = mask.ptr<std::uint8_t>(y);
        for (int x = 0; x < mask.cols; ++x) {
            const int there = cvRound(2 * outline.axis) - x;
            const bool here = row[x] != 0;
            const bool other = there >= 0 && there < mask.cols && row[there] != 0;
            both += here && other ? 1 : 0;
            any += here || other ? 1 : 0;
        }
    }
    return static_cast<double>(both) / std::max(any, 1);
}

/// The rows that are inside at the axis, and of the first gap in between how high it is.
struct MiddleColumn {
    int inside = 0;
    int above_hole = 0;
    int hole = 0;
};

MiddleColumn middle_column(const GarmentOutline& outline) {
    MiddleColumn column;
    const int x = std::clamp(cvRound(outline.axis), 0, outline.mask.cols - 1);
    int holes = 0;
    bool before = false;
    for (int y = outline.box.y; y < outline.box.y + outline.box.height; ++y) {
        const bool inside = outline.mask.at<std::uint8_t>(y, x) != 0;
        holes += before && !inside ? 1 : 0;
        column.inside += inside ? 1 : 0;
        column.above_hole += inside && holes == 0 ? 1 : 0;
        column.hole += !inside && holes == 1 && column.inside > 0 ? 1 : 0;
        before = inside;
    }
    return column;
}

/// Where a gap's sides would meet: what is narrower than a few pixels is closed in a photo.
double apex_of(const LegGap& gap) {
    const double height = gap.bottom - gap.top;
    const auto width = [&](double y) {
        double sum = 0;
        for (int i = 0; i < 3; ++i) {
            const int row = std::min(cvRound(y) + i, static_cast<int>(gap.rows.size()) - 1);
            sum += std::max(0, gap.rows[static_cast<std::size_t>(row)].width());
        }
        return sum / 3;
    };
    const double down = kApexFit * height;
    const double here = width(gap.top);
    const double growth = (width(gap.top + down) - here) / std::max(down, 1.0);
    return gap.top - (growth > 0 ? std::min(here / growth, kApexReach * height) : 0);
}

}  // namespace

std::vector<RowSpan> row_spans(const cv::Mat& mask) {
    std::vector<RowSpan> spans(static_cast<std::size_t>(mask.rows));
    for (int y = 0; y < mask.rows; ++y) {
        const auto* row = mask.ptr<std::uint8_t>(y);
        RowSpan span{0, mask.cols - 1};
        while (span.first <= span.last && row[span.first] == 0) {
            ++span.first;
        }
        while (span.first <= span.last && row[span.last] == 0) {
            --span.last;
        }
        spans[static_cast<std::size_t>(y)] = span;
    }
    return spans;
}

std::optional<LegGap> find_leg_gap(const GarmentOutline& outline) {
    const cv::Rect& box = outline.box;
    cv::Mat labels, stats, centroids;
    const int count = cv::connectedComponentsWithStats(inside_of_hull(outline.mask), labels, stats,
                                                       centroids, 4, CV_32S);
    std::vector<int> parts;
    bool open_below = false;
    for (int i = 1; i < count; ++i) {
        const int* s = stats.ptr<int>(i);
        const double bottom = s[cv::CC_STAT_TOP] + s[cv::CC_STAT_HEIGHT];
        if (s[cv::CC_STAT_HEIGHT] < kGapHeight * box.height ||
            std::abs(centroids.at<double>(i, 0) - outline.axis) > kGapBesideAxis * box.width ||
            bottom < box.y + kHoleReachesTo * box.height) {
            continue;
        }
        open_below |= bottom > box.y + kGapReachesTo * box.height;
        parts.push_back(i);
    }
    if (!open_below) {
        return std::nullopt;
    }
    cv::Mat gap = cv::Mat::zeros(labels.size(), CV_8U);
    for (const int i : parts) {
        gap.setTo(255, labels == i);
    }
    LegGap found;
    found.rows = row_spans(gap);
    const cv::Rect all = cv::boundingRect(gap);
    found.top = all.y;
    found.bottom = all.y + all.height - 1;
    for (const RowSpan& span : found.rows) {
        found.width = std::max<double>(found.width, span.width());
    }
    found.apex = apex_of(found);
    const RowSpan& wedge =
        found.rows[static_cast<std::size_t>(all.y + static_cast<int>(kGapTop * all.height))];
    const bool is_wedge =
        wedge.width() < kGapTopWidth * box.width &&
        (wedge.width() == 0 ||
         std::abs((wedge.first + wedge.last) / 2.0 - outline.axis) < kGapBesideAxis * box.width);
    return is_wedge ? std::optional(std::move(found)) : std::nullopt;
}

GarmentShape measure_shape(const GarmentOutline& tilted) {
    const GarmentOutline outline = leveled(tilted);
    const cv::Rect& box = outline.box;
    const std::vector<RowSpan> spans = row_spans(outline.mask);
    const auto row = [&](double share) {
        return std::clamp(box.y + cvRound(share * box.height), box.y, box.y + box.height - 1);
    };
    const auto width = [&](double share) {
        return median_width(spans, row(share), std::max(1, box.height / 100));
    };
    const auto widest = [&](double from, double to) {
        double most = 1;
        for (double share = from; share < to; share += 0.01) {
            most = std::max(most, width(share));
        }
        return most;
    };
    const auto narrowest = [&](double from, double to) {
        double least = box.width;
        for (double share = from; share < to; share += 0.01) {
            least = std::min(least, width(share));
        }
        return least;
    };
    GarmentShape shape;
    shape.height = box.height;
    shape.width = box.width;
    shape.gap = find_leg_gap(tilted);
    shape.top_width = std::max(width(kTopRow), 1.0);
    shape.top_dip = dip_of_top(outline, spans[static_cast<std::size_t>(row(kTopRow))]);
    const double body = std::max(width(kUpperRow), 1.0) / box.height;
    shape.level_top = width(kTopHigh * body) / std::max(width(kTopLow * body), 1.0);
    for (double share = kNarrowFrom; share < kNarrowTo; share += 0.02) {
        const double here = width(share);
        const double over = here / std::min(widest(kTopRow, share), widest(share, kWidensTo));
        if (over < shape.waisted) {
            shape.waisted = over;
            shape.below_waist = (1 - share) * box.height / std::max(here, 1.0);
            shape.waist_row = share * box.height;
            shape.waist_width = here;
        }
    }
    for (double share = 0.05; share < 0.30; share += 0.01) {
        const double here = width(share);
        const double above = here - width(share - kGrowthReach);
        const double below = width(share + kGrowthReach) - here;
        shape.late_growth = std::max(shape.late_growth, (below - std::max(above, 0.0)) / here);
    }
    const double gap_top = shape.gap ? (shape.gap->top - tilted.box.y) / tilted.box.height : 1;
    shape.hip_width = widest(kTopRow, std::min(0.45, std::max(gap_top, 0.1)));
    const MiddleColumn middle = middle_column(outline);
    shape.middle = static_cast<double>(middle.inside) / box.height;
    shape.symmetry = overlap_with_mirror(outline);
    // A narrow arch over the ground, over straight sides down to the bottom.
    shape.handle = !shape.gap && middle.hole > kLoopHole * box.height &&
                   middle.above_hole < kLoopBand * box.height &&
                   narrowest(0.6, 0.95) > kBoxSides * widest(0.6, 0.95);
    shape.narrowest = narrowest(0.12, 0.6);
    shape.hem_width = widest(0.875, 0.99);
    return shape;
}

}  // namespace closet
