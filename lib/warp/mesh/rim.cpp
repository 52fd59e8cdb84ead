#include "warp/mesh/rim.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "warp/classes/person_classes.h"
#include "warp/mesh/silhouette.h"

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
constexpr std::size_t kTangent = 2;  ///< points to either side that tell the outline's direction
constexpr double kAsLaid = 0.08;     ///< weight of an edge that stays where it was laid
constexpr int kFirstRounds = 4;      ///< of seeking and smoothing, for who is new
constexpr double kSureReach = 0.5;   ///< of kReach: beyond, edges are believed less and less
/// Sleeves end on bare arms at their cuffs: from this share of their length on. An old armhole
/// beside them is not their edge.
constexpr double kOnSleeve = 0.25, kCuffFrom = 0.8, kBare = 0.4;
constexpr int kBandPx = 3;  ///< of the classes' grid: inside and outside of an edge
constexpr double kClearFrom = 0.45, kClearTo = 0.85;  ///< difference of both sides, 0..1

/// What the edge of own clothes is read from.
class OwnEdge {
  public:
    OwnEdge(const PersonClasses& classes, const GarmentChart& chart)
        : classes_(classes), skin_{&classes.of(Surface::kSkin)} {
        if (chart.covers_torso) {
            planes_.push_back(&classes.of(Surface::kUpperClothes));
        }
        if (chart.lower) {
            planes_.push_back(&classes.of(Surface::kLowerClothes));
        }
    }

    /// How far from `at` along `outwards` (shown pixels; unit vector) clothes end, in shown pixels,
    /// and how sure that is. `on_skin`: also where skin begins.
    Estimate nearest(cv::Point2d at, cv::Point2d outwards, double reach, bool on_skin) const {
        const double scale = classes_.classes_from_shown(0, 0);
        const cv::Point2d from = apply(classes_.classes_from_shown, at);
        const int steps = cvCeil(reach * scale);
        if (steps < 1 || steps > kMostSteps) {
            return {};
        }
        std::array<double, kMostSamples> cloth;
        const int most = steps + kBandPx;
        read_line(from - outwards * most, outwards, 2 * static_cast<std::size_t>(most) + 1, cloth);
        Estimate found;
        double nearest = reach * scale;
        for (int i = kBandPx; i < 2 * most - kBandPx; ++i) {
            const auto k = static_cast<std::size_t>(i);
            if (!(cloth[k] >= 0.5 && cloth[k + 1] < 0.5)) {
                continue;
            }
            const double off = i - most + (cloth[k] - 0.5) / (cloth[k] - cloth[k + 1]);
            if (std::abs(off) >= nearest ||
                (!on_skin && share_of(skin_, from + outwards * (i - most + kBandPx)) > kBare)) {
                continue;
            }
            double inside = 0, outside = 0;
            for (std::size_t band = 0; band < kBandPx; ++band) {
                inside += cloth[k - band];
                outside += cloth[k + 1 + band];
            }
            nearest = std::abs(off);
            found = {off / scale, smoothstep(kClearFrom, kClearTo, (inside - outside) / kBandPx)};
        }
        return found;
    }

  private:
    static constexpr int kMostSteps = 60;
    static constexpr std::size_t kMostSamples = 2 * (kMostSteps + kBandPx) + 1;
    static constexpr double kFarthest = 1e6;

    /// `count` samples of cloth, `step` apart.
    void read_line(cv::Point2d first, cv::Point2d step, std::size_t count,
                   std::array<double, kMostSamples>& cloth) const {
        const cv::Point2d last = first + step * static_cast<double>(count - 1);
        const cv::Size size = planes_.empty() ? cv::Size() : planes_.front()->size();
        const auto is_inside = [&](cv::Point2d at) {
            return at.x >= 0 && at.y >= 0 && at.x < size.width - 1 && at.y < size.height - 1;
        };
        if (!is_inside(first) || !is_inside(last)) {
            for (std::size_t i = 0; i < count; ++i) {
                cloth[i] = share_of(planes_, first + step * static_cast<double>(i));
            }
            return;
        }
        std::fill_n(cloth.begin(), count, 0.0);
        for (const cv::Mat* plane : planes_) {
            for (std::size_t i = 0; i < count; ++i) {
                const cv::Point2d at = first + step * static_cast<double>(i);
                cloth[i] += between(*plane, static_cast<int>(at.x), static_cast<int>(at.y), at);
            }
        }
    }

    /// 0..1, of the four pixels from (x, y) on.
    static double between(const cv::Mat& plane, int x, int y, cv::Point2d at) {
        const auto a = static_cast<float>(at.x - x), b = static_cast<float>(at.y - y);
        const auto* upper = plane.ptr<std::uint8_t>(y) + x;
        const auto* lower = plane.ptr<std::uint8_t>(y + 1) + x;
        const auto mix = [](std::uint8_t from, std::uint8_t to, float share) {
            return static_cast<float>(from) + static_cast<float>(to - from) * share;
        };
        const float above = mix(upper[0], upper[1], a), below = mix(lower[0], lower[1], a);
        return static_cast<double>(above + (below - above) * b) / 255;
    }

    /// 0..1, between pixels; 0 beyond the classes.
    static double share_of(const std::vector<const cv::Mat*>& planes, cv::Point2d at) {
        if (!(std::abs(at.x) < kFarthest && std::abs(at.y) < kFarthest)) {
            return 0;
        }
        const int x = cvFloor(at.x), y = cvFloor(at.y);
        double sum = 0;
        for (const cv::Mat* plane : planes) {
            if (x < 0 || y < 0 || x + 1 >= plane->cols || y + 1 >= plane->rows) {
                return 0;
            }
            sum += between(*plane, x, y, at);
        }
        return sum;
    }

    const PersonClasses& classes_;
    std::vector<const cv::Mat*> planes_, skin_;
};

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
                 std::array<std::vector<cv::Point2d>, kLayers>& points) {
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
        moved[i] += (own - moved[i]) * share;
        now[i] = (moved[i].x * quarter_turn(along[i]) + moved[i].y * along[i]) * unit;
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

}  // namespace closet::mesh
