#include "warp/mesh/rim.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/mesh/own_edge.h"

namespace closet::mesh {
namespace {

// Chart pixels of a garment of which the long side is about 1024.
constexpr double kRimStepPx = 6;
constexpr double kLeastContourPx = 120;  ///< long: shorter ones are crumbs
/// The mesh follows the rim fully at it, not at all so far inside.
constexpr double kPullPx = 90;
constexpr double kPullSoftPx = 10;   ///< points of the rim so near pull alike
constexpr double kLeastPull = 0.02;  ///< of the strongest
constexpr double kSmoothRim = 6.0;   ///< points of the rim
/// Likewise: round necklines do not become pointed.
constexpr double kSmoothNeckline = 14.0;
constexpr std::size_t kTangent = 2;   ///< points to either side that tell the outline's direction
constexpr double kAtShoulders = 0.9;  ///< TorsoPoint::lifted
constexpr double kTurnsAway = 0.25;   ///< across the neckline, half widths
constexpr double kAtSeam = 0.9;       ///< of the way from the middle to a seam
/// The mesh follows the edge of a panel fully at it, not at all so far inside, half widths.
constexpr double kPanelPull = 1.0;
/// The classes of who turns are blurred; of their grid.
constexpr int kPanelBandPx = 8;
constexpr double kSmoothPanel = 3.0;  ///< rows of the torso
constexpr double kAsLaid = 0.08;      ///< weight of an edge that stays where it was laid
constexpr int kFirstRounds = 4;       ///< of seeking and smoothing, for who is new
constexpr double kSureReach = 0.5;    ///< of kReach: beyond, edges are believed less and less
/// Sleeves end on bare arms at their cuffs: from this share of their length on. An old armhole
/// beside them is not their edge.
constexpr double kOnSleeve = 0.25, kCuffFrom = 0.8;

/// One side of a Gaussian, from its first step to three sigmas; 1 in its middle.
std::vector<double> bell(double sigma) {
    std::vector<double> weights;
    for (int k = 1; k <= 3 * sigma; ++k) {
        weights.push_back(std::exp(-0.5 * k * k / (sigma * sigma)));
    }
    return weights;
}

/// How far a vertex of one layer goes with a point of the rim of another.
double alike(const Vertex& vertex, std::size_t layer, const RimPoint& point) {
    if (layer == point.layer) {
        return 1;
    }
    const auto is_sleeve = [](std::size_t one) { return one == 1 || one == 2; };
    if (is_sleeve(layer) && point.layer == kTorso) {
        return 1 - vertex.sleeve_share[layer - kFirstSleeve];
    }
    if (layer == kTorso && is_sleeve(point.layer)) {
        return vertex.sleeve_share[point.layer - kFirstSleeve];
    }
    return is_sleeve(layer) || is_sleeve(point.layer) ? 0 : 1;
}

RimPart part_of(const GarmentChart& chart, const Vertex& vertex, cv::Point2d at) {
    for (std::size_t side = 0; side < 2; ++side) {
        if (vertex.sleeve_share[side] > kOnSleeve) {
            return vertex.sleeve[side].t < kCuffFrom ? RimPart::kSleeveSide : RimPart(side);
        }
    }
    const auto& [left, right] = chart.anchors.side;
    const bool is_neckline = chart.covers_torso && at.x > left.neck.x && at.x < right.neck.x &&
                             at.y < (left.armpit.y + right.armpit.y) / 2;
    return is_neckline ? RimPart::kNeckline : RimPart::kOther;
}

/// 1 for seams of the shoulders and for a neckline's half that is turned away.
double at_top(const RimPoint& point, const Panel& panel) {
    if (point.layer != kTorso || point.vertex.torso.lifted <= kAtShoulders) {
        return 0;
    }
    const double near = point.vertex.torso.across * (panel.angle > 0 ? -1 : 1);
    return point.part == RimPart::kNeckline ? 1 - smoothstep(-kTurnsAway, kTurnsAway, near) : 1;
}

/// 1 for seams of the torso, which are no edge where both panels are seen, and for the far sleeve.
double hidden(const RimPoint& point, const Panel& panel) {
    if (point.layer == kTorso) {
        return point.part == RimPart::kOther && std::abs(point.vertex.torso.across) > kAtSeam
                   ? 1
                   : at_top(point, panel);
    }
    return point.layer < kFirstLeg && panel.is_far(PictureSide(point.layer - kFirstSleeve)) ? 1 : 0;
}

}  // namespace

void trace_rim(const cv::Mat& visible, const LayerCut& cut, GarmentChart& chart) {
    const double size = std::max(visible.cols, visible.rows) / double{GarmentChart::kChartSide};
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(visible, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    std::vector<cv::Point2d> places;
    for (const auto& contour : contours) {
        const auto length = static_cast<double>(contour.size());
        if (length < kLeastContourPx * size) {
            continue;
        }
        const auto count = static_cast<std::size_t>(std::max(length / (kRimStepPx * size), 8.0));
        const std::size_t first = chart.rim.size();
        for (std::size_t i = 0; i < count; ++i) {
            const cv::Point at = contour[i * contour.size() / count];
            const std::uint8_t label = cut.label.at<std::uint8_t>(at);
            const std::size_t layer = label < kLayers ? label : kTorso;
            const Vertex vertex = chart.vertex_at(at, layer);
            chart.rim.push_back({vertex, layer, first + (i + count - 1) % count,
                                 first + (i + 1) % count, part_of(chart, vertex, at)});
            places.emplace_back(at);
        }
    }
    cv::Mat inside;  // chart pixels to the outline
    cv::distanceTransform(visible, inside, cv::DIST_L2, 3);
    const double soft = kPullSoftPx * size;
    for (std::size_t l = 0; l < kLayers; ++l) {
        Layer& layer = chart.layer[l];
        for (const Vertex& vertex : layer.vertices) {
            layer.first_pull.push_back(static_cast<std::uint32_t>(layer.pulls.size()));
            const cv::Point2d at =
                (vertex.garment + cv::Point2d(0.5, 0.5)) * chart.scale - cv::Point2d(0.5, 0.5);
            const cv::Point pixel(cvRound(at.x), cvRound(at.y));
            const double depth = cv::Rect({0, 0}, inside.size()).contains(pixel)
                                     ? static_cast<double>(inside.at<float>(pixel))
                                     : 0.0;
            const double all = 1 - smoothstep(0, kPullPx * size, depth);
            if (all <= 0) {
                continue;
            }
            std::vector<double> weights;
            double most = 0;
            for (std::size_t i = 0; i < places.size(); ++i) {
                const cv::Point2d off = places[i] - at;
                const double near = off.dot(off) / (soft * soft);
                weights.push_back(alike(vertex, l, chart.rim[i]) / ((1 + near) * (1 + near)));
                most = std::max(most, weights.back());
            }
            double sum = 0;
            for (double& weight : weights) {
                weight = weight > kLeastPull * most ? weight : 0;
                sum += weight;
            }
            for (std::size_t i = 0; i < weights.size() && sum > 0; ++i) {
                if (weights[i] > 0) {
                    layer.pulls.push_back({static_cast<std::uint32_t>(i),
                                           static_cast<float>(all * weights[i] / sum)});
                }
            }
        }
        layer.first_pull.push_back(static_cast<std::uint32_t>(layer.pulls.size()));
    }
}

void RimFit::fit(const GarmentChart& chart, const Wearer& wearer,
                 const std::vector<cv::Point2d>& rim, const std::array<OwnSleeve, 2>& own_sleeves,
                 const Panel& panel, std::array<std::vector<cv::Point2d>, kLayers>& points) {
    const std::size_t count = rim.size();
    const double unit = wearer.body->unit;
    auto [moved, is_new, passed_s] = people_.of(wearer.pose);
    is_new = is_new || moved.size() != count;
    if (is_new) {
        moved.assign(count, {});
    }
    const OwnEdge edge(*wearer.classes, chart);
    std::vector<cv::Point2d> along(count), now(count);
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t before = i, after = i;
        for (std::size_t k = 0; k < kTangent; ++k) {
            before = chart.rim[before].before;
            after = chart.rim[after].after;
        }
        along[i] = unit_of(rim[after] - rim[before], {1, 0});
        now[i] = (moved[i].x * quarter_turn(along[i]) + moved[i].y * along[i]) * unit;
    }
    static const std::vector<double> near_rim = bell(kSmoothRim);
    static const std::vector<double> near_neckline = bell(kSmoothNeckline);
    std::vector<double> weight(count);
    std::vector<cv::Point2d> wanted(count);
    for (int round = 0; round < (is_new ? kFirstRounds : 1); ++round) {
        for (std::size_t i = 0; i < count; ++i) {
            const cv::Point2d outwards = quarter_turn(along[i]);
            const RimPart part = chart.rim[i].part;
            const bool on_skin = part <= RimPart::kRightCuff
                                     ? own_sleeves[static_cast<std::size_t>(part)].on_arm
                                     : part != RimPart::kSleeveSide;
            const double reach = (part == RimPart::kNeckline ? kNecklineReach : kReach) * unit;
            const Estimate off = edge.nearest(rim[i] + now[i], outwards, reach, on_skin);
            wanted[i] = now[i] + outwards * off.value;
            weight[i] = off.seen * (1 - smoothstep(kSureReach * reach, reach,
                                                   std::abs(wanted[i].dot(outwards))));
            weight[i] *= 1 - panel.share * hidden(chart.rim[i], panel);
            if (part == RimPart::kSleeveSide) {
                const std::array<double, 2>& share = chart.rim[i].vertex.sleeve_share;
                weight[i] *= 1 - own_sleeves[share[1] > share[0] ? 1 : 0].outlasted;
            }
        }
        for (std::size_t i = 0; i < count; ++i) {
            cv::Point2d sum = wanted[i] * weight[i];
            double all = kAsLaid + weight[i];
            std::size_t before = i, after = i;
            const bool is_neckline = chart.rim[i].part == RimPart::kNeckline;
            for (const double near : is_neckline ? near_neckline : near_rim) {
                before = chart.rim[before].before;
                after = chart.rim[after].after;
                sum += (wanted[before] * weight[before] + wanted[after] * weight[after]) * near;
                all += (weight[before] + weight[after]) * near;
            }
            now[i] = sum / all;
        }
    }
    const double share = is_new ? 1 : 1 - std::exp(-passed_s / kFollowS);
    for (std::size_t i = 0; i < count; ++i) {
        const cv::Point2d own(now[i].dot(quarter_turn(along[i])) / unit,
                              now[i].dot(along[i]) / unit);
        // What comes to be seen again is where it belongs at once.
        const RimPoint& point = chart.rim[i];
        const bool appears = panel.share > 0 && hidden(point, panel) > at_top(point, panel);
        const bool at_seam = appears && !panel.is_far(PictureSide(point.vertex.torso.across > 0));
        const double away = panel.share * (at_seam ? 1 : at_top(point, panel));
        moved[i] += (own - moved[i]) * (appears ? 1 : share);
        now[i] = (moved[i].x * quarter_turn(along[i]) + moved[i].y * along[i]) *
                 (unit * (1 - away) * (1 - away));
    }
    for (std::size_t l = 0; l < kLayers; ++l) {
        const Layer& layer = chart.layer[l];
        for (std::size_t i = 0; i < points[l].size(); ++i) {
            for (std::size_t k = layer.first_pull[i]; k < layer.first_pull[i + 1]; ++k) {
                points[l][i] += now[layer.pulls[k].point] * double{layer.pulls[k].share};
            }
        }
    }
}

void RimFit::fit_panel(const GarmentChart& chart, const Wearer& wearer, const TorsoMap& torso,
                       const Panel& panel, std::vector<cv::Point2d>& points) {
    const std::size_t count = chart.rows.size();
    const double unit = wearer.body->unit, reach = kPanelReach * unit;
    auto [moved, is_new, passed_s] = panels_.of(wearer.pose);
    is_new = is_new || moved.size() != count;
    if (is_new) {
        moved.assign(count, 0);
    }
    const OwnEdge edge(*wearer.classes, chart);
    std::vector<TorsoMap::Edge> edges(count);
    std::vector<double> now(count), sum(count), weight(count);
    for (std::size_t i = 0; i < count; ++i) {
        edges[i] = torso.edge(i);
        now[i] = moved[i] * unit;
    }
    for (int round = 0; round < (is_new ? kFirstRounds : 1); ++round) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto& [at, outwards, half] = edges[i];
            sum[i] = weight[i] = 0;
            if (chart.rows[i].y > chart.tip_y) {
                const Estimate off =
                    edge.nearest(at + outwards * now[i], outwards, reach, true, kPanelBandPx);
                const double wanted = now[i] + off.value;
                weight[i] =
                    off.seen * (1 - smoothstep(kSureReach * reach, reach, std::abs(wanted)));
                sum[i] = weight[i] * wanted;
            }
            weight[i] += kAsLaid;
        }
        smooth(sum, kSmoothPanel);
        smooth(weight, kSmoothPanel);
        // Above the armpits little is seen, and shoulders' keypoints err: what chest or upper back
        // tell goes up to the neck.
        double chest = 0, seen = kAsLaid;
        for (std::size_t i = 0; i < count; ++i) {
            const double share = chart.rows[i].y > chart.tip_y ? 1 - chart.rows[i].fit : 0;
            chest += share * sum[i];
            seen += share * weight[i];
        }
        for (std::size_t i = 0; i < count; ++i) {
            const double carried = (1 - chart.rows[i].fit) * chest / seen;
            now[i] = (sum[i] + kAsLaid * carried) / weight[i];
        }
    }
    const double share = is_new ? 1 : 1 - std::exp(-passed_s / kPanelFollowS);
    for (std::size_t i = 0; i < count; ++i) {
        moved[i] += (now[i] / unit - moved[i]) * share;
    }
    const std::vector<Vertex>& vertices = chart.layer[kTorso].vertices;
    for (std::size_t k = 0; k < points.size(); ++k) {
        const double row = vertices[k].torso.row;
        const TorsoMap::Edge& at = edges[between(row, count).index];
        const double inside = (at.at - points[k]).dot(at.outwards);
        points[k] += at.outwards * (look_up<double>(moved, row) * unit * panel.share *
                                    (1 - smoothstep(0, kPanelPull * at.half, inside)));
    }
}

}  // namespace closet::mesh
