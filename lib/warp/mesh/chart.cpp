#include "warp/mesh/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/core/mat.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/median.h"
#include "warp/garment/photo/open_front.h"
#include "warp/mesh/rim.h"

namespace closet::mesh {
namespace {

/// The side seams of a garment's torso: x of both edges for each row of the chart.
struct Rails {
    std::vector<double> left, right;

    double left_at(double y) const { return look_up<double>(left, y); }
    double right_at(double y) const { return look_up<double>(right, y); }
    /// The median width of the rows just below y.
    double width_below(double y) const;
};

constexpr double kSmoothRailsPx = 9;
constexpr double kAboveHemPx = 6;    ///< where the last trustworthy width is read
constexpr int kWidthRows = 20;       ///< looked at for a width
constexpr double kSliceHalf = 0.04;  ///< half thickness of a slice, in sleeve lengths
constexpr std::size_t kSlicePixels = 20;
constexpr int kSleevePixels = 200;
constexpr double kOutlier = 0.01;  ///< share of pixels left out at either edge of a slice
constexpr double kSmoothSlices = 1.2;

double slice_position(std::size_t i) {
    return static_cast<double>(i) / (SleeveChart::kSlices - 1);
}

/// Fills gaps (NaN) linearly, ends with the nearest value; false where all are gaps.
template <class Table>
bool fill_gaps(Table& table) {
    const std::size_t size = table.size();
    std::size_t last = size;
    for (std::size_t i = 0; i < size; ++i) {
        if (std::isnan(table[i])) {
            continue;
        }
        for (std::size_t k = last == size ? 0 : last + 1; k < i; ++k) {
            table[k] = last == size
                           ? table[i]
                           : mix(table[last], table[i],
                                 static_cast<double>(k - last) / static_cast<double>(i - last));
        }
        last = i;
    }
    for (std::size_t k = last + 1; last < size && k < size; ++k) {
        table[k] = table[last];
    }
    return last < size;
}

void shape_rail(std::vector<double>& rail, const SideAnchors& points) {
    const auto size = static_cast<int>(rail.size());
    const int tip = std::clamp(cvRound(points.tip.y), 0, size - 1);
    const int armpit = std::clamp(cvRound(points.armpit.y), tip, size - 1);
    for (int y = 0; y <= armpit; ++y) {
        const double t =
            std::clamp((y - points.tip.y) / (points.armpit.y - points.tip.y), 0.0, 1.0);
        rail[static_cast<std::size_t>(y)] = mix(points.tip.x, points.armpit.x, t);
    }
    fill_gaps(rail);
    const int end = std::clamp(cvRound(points.hem.y - kAboveHemPx), armpit, size - 1);
    std::fill(rail.begin() + end, rail.end(), rail[static_cast<std::size_t>(end)]);
    smooth(rail, kSmoothRailsPx);
}

double Rails::width_below(double y) const {
    std::vector<double> widths;
    for (int i = 0; i < kWidthRows; ++i) {
        widths.push_back(right_at(y + i) - left_at(y + i));
    }
    return upper_median(std::move(widths));
}

/// Follows the torso layer's edges, goes straight from armpit to shoulder tip, and on from the hem
/// with the last width, smoothed. `label` is LayerCut::label.
Rails find_rails(const cv::Mat& label, const OutlineAnchors& anchors) {
    const auto size = static_cast<std::size_t>(label.rows);
    Rails rails{std::vector<double>(size, NAN), std::vector<double>(size, NAN)};
    for (std::size_t y = 0; y < size; ++y) {
        const auto* row = label.ptr<std::uint8_t>(static_cast<int>(y));
        for (int x = 0; x < label.cols; ++x) {
            if (row[x] == kTorso) {
                rails.left[y] = std::isnan(rails.left[y]) ? x : rails.left[y];
                rails.right[y] = x;
            }
        }
    }
    shape_rail(rails.left, anchors.side[0]);
    shape_rail(rails.right, anchors.side[1]);
    return rails;
}

/// Measures a sleeve (CV_8UC1, non-zero) between armhole and cuff; nothing where there is too
/// little of it.
std::optional<SleeveChart> find_sleeve(const cv::Mat& region, const SideAnchors& points) {
    SleeveChart chart;
    chart.start = mix(points.tip, points.armpit, 0.5);
    const cv::Point2d cuff = mix(points.cuff_outer, points.cuff_inner, 0.5);
    chart.length = length_of(cuff - chart.start);
    chart.armhole = length_of(points.tip - points.armpit);
    if (chart.length < 2 || chart.armhole < 2 || cv::countNonZero(region) < kSleevePixels) {
        return std::nullopt;
    }
    chart.along = (cuff - chart.start) / chart.length;
    const cv::Point2d normal = quarter_turn(chart.along);
    std::array<std::vector<double>, SleeveChart::kSlices> slices;
    for (int y = 0; y < region.rows; ++y) {
        const auto* row = region.ptr<std::uint8_t>(y);
        for (int x = 0; x < region.cols; ++x) {
            if (row[x] == 0) {
                continue;
            }
            const cv::Point2d off = cv::Point2d(x, y) - chart.start;
            const double t = off.dot(chart.along) / chart.length;
            for (std::size_t i = 0; i < slices.size(); ++i) {
                if (std::abs(t - slice_position(i)) < kSliceHalf) {
                    slices[i].push_back(off.dot(normal));
                }
            }
        }
    }
    // Before the armpit a slice runs into the body: there the inner edge is not the region's.
    const double armpit = (points.armpit - chart.start).dot(chart.along) / chart.length;
    const bool outer_is_high = (points.tip - chart.start).dot(normal) > 0;
    std::array<double, SleeveChart::kSlices> outer{}, inner{};
    for (std::size_t i = 0; i < slices.size(); ++i) {
        std::vector<double>& r = slices[i];
        outer[i] = inner[i] = NAN;
        if (r.size() > kSlicePixels) {
            std::sort(r.begin(), r.end());
            const auto skip = static_cast<std::size_t>(kOutlier * static_cast<double>(r.size()));
            const double low = r[skip];
            const double high = r[r.size() - 1 - skip];
            outer[i] = outer_is_high ? high : low;
            if (slice_position(i) > armpit + kSliceHalf) {
                inner[i] = outer_is_high ? low : high;
            }
        }
    }
    if (!fill_gaps(outer) || !fill_gaps(inner)) {
        return std::nullopt;
    }
    smooth(outer, kSmoothSlices);
    smooth(inner, kSmoothSlices);
    chart.low = outer_is_high ? inner : outer;
    chart.high = outer_is_high ? outer : inner;
    return chart;
}

// Blend of torso and sleeve over the armhole, in its length (mesh study, section 3).
constexpr double kBlendFrom = -0.22;
constexpr double kBlendTo = 0.75;
constexpr double kBlendOfLength = 0.8, kBlendMore = 0.1;  ///< shorter sleeves blend faster
constexpr double kLiftEnds = 1.15;                        ///< of tip to armpit, below the tip
constexpr double kSleevelessChest = 0.93;  ///< least chest in widths just under the armhole
constexpr double kSleevelessTips = 1.02;   ///< and in distances of the tips

cv::Mat visible_part(const Garment& garment, double scale) {
    cv::Mat alpha;
    cv::extractChannel(garment.rgba, alpha, 3);
    if (scale < 1.0) {
        cv::resize(alpha, alpha, {}, scale, scale, cv::INTER_AREA);
    }
    return alpha > 127;
}

double unshrunk(double chart, double scale) {
    return (chart + 0.5) / scale - 0.5;
}

/// `garment` with hem corners, which a jumpsuit has none of: where its legs end.
Garment ending_at_hems(const Garment& garment, const std::optional<LowerAnchors>& lower,
                       double scale) {
    Garment result = garment;
    if (lower && lower->legs) {
        for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
            const cv::Point2d end = lower->end[static_cast<std::size_t>(side)];
            result.anchors[side == PictureSide::kLeft ? "right_hem" : "left_hem"] =
                cv::Point2d(unshrunk(end.x, scale), unshrunk(end.y, scale));
        }
    }
    return result;
}

}  // namespace

SleevePoint SleeveChart::at(cv::Point2d p) const {
    const cv::Point2d off = p - start;
    const double t = off.dot(along) / length;
    const double slice = std::clamp(t, 0.0, 1.0) * (kSlices - 1);
    const double from = look_up<double>(low, slice);
    const double to = look_up<double>(high, slice);
    return {t, 2 * (off.dot(quarter_turn(along)) - from) / std::max(to - from, 1.0) - 1};
}

GarmentChart::GarmentChart(const Garment& garment) {
    CV_Assert(garment.rgba.type() == CV_8UC4);
    const int side = std::max(garment.rgba.cols, garment.rgba.rows);
    scale = std::min(1.0, static_cast<double>(kChartSide) / side);
    cell_ = std::max(kCellPx * std::min(1.0, side / double{kChartSide}), 2.0);
    const cv::Mat shown = visible_part(garment, scale);
    // Both fronts are charted as one, so that what is between them keeps its width.
    const cv::Mat visible = garment.open_front ? with_fronts_joined(shown) : shown;
    const cv::Rect box = cv::boundingRect(visible);
    if (box.empty()) {
        return;
    }
    if (box.width < kLeastPx || box.height < kLeastPx) {
        throw ConfigError(fmt::format(
            "only {} x {} pixels of the garment '{}' can be seen, too few to be worn: use a larger "
            "picture",
            box.width, box.height, garment.name));
    }
    covers_torso = closet::covers_torso(garment.kind);
    std::optional<LowerAnchors> lower_anchors;
    if (has_legs(garment.kind) || has_skirt(garment.kind)) {
        lower_anchors = find_lower_anchors(garment, visible, scale);
    }
    if (covers_torso) {
        anchors =
            find_outline_anchors(ending_at_hems(garment, lower_anchors, scale), visible, scale);
    }
    const LayerCut cut = cut_layers(visible, covers_torso ? &anchors : nullptr,
                                    lower_anchors ? &*lower_anchors : nullptr);
    std::vector<double> rows_y;
    double top = box.y;
    if (covers_torso) {
        top = std::min(top, (anchors.side[0].neck.y + anchors.side[1].neck.y) / 2 + cell_);
    }
    for (double y = top - cell_; y < box.y + box.height + 2 * cell_; y += cell_) {
        rows_y.push_back(y);
        rows.push_back({y, 0, 0, 1});
    }
    if (lower_anchors) {
        lower.emplace(*lower_anchors, visible, rows_y, covers_torso);
    }
    if (covers_torso) {
        measure_torso(cut);
    }
    for (std::size_t i = 0; i < kLayers; ++i) {
        build_layer(i, cut, garment);
    }
    trace_rim(visible, cut, *this);
}

void GarmentChart::measure_torso(const LayerCut& cut) {
    const auto& [left, right] = anchors.side;
    const Rails rails = find_rails(cut.label, anchors);
    tip_y = (left.tip.y + right.tip.y) / 2;
    const double armpit_y = (left.armpit.y + right.armpit.y) / 2;
    chest = right.armpit.x - left.armpit.x;
    if (!anchors.sleeves) {
        chest = std::max((right.tip.x - left.tip.x) * kSleevelessTips,
                         kSleevelessChest * rails.width_below(armpit_y));
    }
    aspect = ((left.hem.y + right.hem.y) / 2 - tip_y) / chest;
    lift = {left.tip, left.neck, right.neck, right.tip};
    for (TorsoRow& row : rows) {
        row.left = anchors.axis - rails.left_at(row.y);
        row.right = rails.right_at(row.y) - anchors.axis;
        row.fit = smoothstep(tip_y, armpit_y, row.y);
    }
    for (std::size_t i = 0; i < 2 && anchors.sleeves; ++i) {
        sleeve[i] = find_sleeve(cut.label == static_cast<double>(i + 1), anchors.side[i]);
    }
}

TorsoPoint GarmentChart::torso_at(cv::Point2d p) const {
    TorsoPoint point;
    point.row = (p.y - rows.front().y) / cell_;
    const auto [i, share] = between(point.row, rows.size());
    const double off = p.x - anchors.axis;
    const double half = off < 0 ? mix(rows[i].left, rows[i + 1].left, share)
                                : mix(rows[i].right, rows[i + 1].right, share);
    point.across = off / std::max(half, 1.0);
    point.lift = {p.x < lift[1].x ? 0U : p.x < lift[2].x ? 1U : 2U, 0.0};
    const double from = lift[point.lift.index].x;
    const double to = lift[point.lift.index + 1].x;
    point.lift.share = std::clamp((p.x - from) / std::max(to - from, 1.0), 0.0, 1.0);
    const double armpit_y = (anchors.side[0].armpit.y + anchors.side[1].armpit.y) / 2;
    point.lifted = 1.0 - smoothstep(tip_y, mix(tip_y, armpit_y, kLiftEnds), p.y);
    return point;
}

/// How far a point of a layer follows a sleeve: 0 in the torso, 1 in the sleeve, smooth across the
/// armhole. Below the armpit the layers part, so that an arm can leave the side seam.
double GarmentChart::sleeve_share(cv::Point2d p, std::size_t side, std::size_t of_layer) const {
    if (!sleeve[side] || (of_layer != kTorso && of_layer != side + 1)) {
        return 0;
    }
    const SleeveChart& chart = *sleeve[side];
    const SideAnchors& points = anchors.side[side];
    const cv::Point2d down = unit_of(points.armpit - points.tip, {0, 1});
    cv::Point2d normal = quarter_turn(down);
    normal = normal.dot(chart.along) < 0 ? -normal : normal;
    const double beyond = (p - mix(points.tip, points.armpit, 0.5)).dot(normal) / chart.armhole;
    const double below = (p - points.armpit).dot(down) / chart.armhole;
    const double band =
        std::min(kBlendTo, kBlendOfLength * chart.length / chart.armhole + kBlendMore);
    const double share = smoothstep(kBlendFrom, band, beyond);
    if (of_layer == kTorso) {
        return share * (1 - smoothstep(-0.25, 0.25, below));
    }
    return anchors.long_sleeves
               ? std::max(share, smoothstep(-0.1, 0.5, below) * smoothstep(-0.6, 0.0, beyond))
               : share;
}

Vertex GarmentChart::vertex_at(cv::Point2d p, std::size_t of_layer) const {
    Vertex made;
    made.garment = {unshrunk(p.x, scale), unshrunk(p.y, scale)};
    if (covers_torso) {
        made.torso = torso_at(p);
    }
    if (lower) {
        made.lower = lower->at(
            p, of_layer < kFirstLeg ? lower->anchors.leg_of(p) : PictureSide(of_layer - kFirstLeg));
    }
    for (std::size_t side = 0; side < 2; ++side) {
        made.sleeve_share[side] = sleeve_share(p, side, of_layer);
        if (sleeve[side]) {
            made.sleeve[side] = sleeve[side]->at(p);
        }
    }
    return made;
}

void GarmentChart::build_layer(std::size_t index, const LayerCut& cut, const Garment& garment) {
    Layer& result = layer[index];
    const cv::Mat& weight = cut.weight[index];
    const cv::Rect box = cv::boundingRect(weight);
    if (box.empty()) {
        return;
    }
    // The grid is laid out from the symmetry axis, so that mirrored garments get mirrored meshes.
    const double top = rows.front().y;
    const int first_row = static_cast<int>(std::floor((box.y - 1 - top) / cell_));
    const int last_row = static_cast<int>(std::ceil((box.y + box.height - top) / cell_));
    const int first_column = static_cast<int>(std::floor((box.x - 1 - axis()) / cell_));
    const int last_column = static_cast<int>(std::ceil((box.x + box.width - axis()) / cell_));
    const cv::Size grid(last_column - first_column + 1, last_row - first_row + 1);
    constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();
    cv::Mat_<int> index_of(grid, -1);
    const auto vertex = [&](int column, int row) {
        int& known = index_of(row - first_row, column - first_column);
        if (known < 0) {
            known = static_cast<int>(result.vertices.size());
            const cv::Point2d p(axis() + column * cell_, top + row * cell_);
            result.vertices.push_back(vertex_at(p, index));
        }
        return known < 0 ? kNone : static_cast<std::uint32_t>(known);
    };
    cv::Mat1b is_cell(grid, std::uint8_t{0});
    for (int row = first_row; row < last_row; ++row) {
        for (int column = first_column; column < last_column; ++column) {
            // A pixel more on each side: interpolation looks that far.
            const int x0 = cvFloor(axis() + column * cell_) - 1;
            const int y0 = cvFloor(top + row * cell_) - 1;
            const int size = cvCeil(cell_) + 3;
            const cv::Rect cell = cv::Rect(x0, y0, size, size) & cv::Rect({0, 0}, weight.size());
            if (cell.empty() || cv::countNonZero(weight(cell)) == 0) {
                continue;
            }
            const std::uint32_t a = vertex(column, row);
            const std::uint32_t b = vertex(column + 1, row);
            const std::uint32_t c = vertex(column, row + 1);
            const std::uint32_t d = vertex(column + 1, row + 1);
            is_cell(row - first_row, column - first_column) = 1;
            for (const Triangle& triangle : triangles_of({a, b, c, d}, column < 0)) {
                result.triangles.push_back(triangle);
            }
        }
    }
    result.coarse = coarse_triangles(index_of, is_cell);
    const auto garment_px = [this](double chart) { return unshrunk(chart, scale); };
    const cv::Point from(cvFloor(garment_px(axis() + first_column * cell_)),
                         cvFloor(garment_px(top + first_row * cell_)));
    const cv::Point to(cvCeil(garment_px(axis() + last_column * cell_)) + 1,
                       cvCeil(garment_px(top + last_row * cell_)) + 1);
    cv::Mat full;
    cv::resize(weight, full, garment.rgba.size(), 0, 0, cv::INTER_LINEAR);
    result.texture = make_texture(garment.rgba, full, {from, to});
}

}  // namespace closet::mesh
