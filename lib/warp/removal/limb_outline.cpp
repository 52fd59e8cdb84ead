#include "warp/removal/limb_outline.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/median.h"
#include "warp/removal/percentile.h"
#include "warp/removal/steady.h"

namespace closet::removal {
namespace {

struct Thickness {
    double along, radius;  ///< bones; shoulder widths
};
// The study's arm; the leg is an adult's, from drawings.
constexpr std::array<Thickness, 7> kArm{
    {{0, .165}, {.3, .150}, {.7, .130}, {1, .118}, {1.25, .118}, {1.6, .098}, {2, .070}}};
constexpr std::array<Thickness, 7> kLeg{
    {{0, .260}, {.3, .245}, {.7, .195}, {1, .160}, {1.3, .165}, {1.7, .115}, {2, .090}}};

// The study's fit: stations along the limb at which bare skin tells its width.
constexpr double kFirstStation = 0.2, kStationStep = 0.08, kLastStation = 1.95;
constexpr std::size_t kLeastStations = 3;
/// Edges that are seen go on so far beyond, in bones, and at most so far from the fit.
constexpr double kOffReach = 0.35, kMostEdgeOff = 0.06, kMostAside = 0.07;
/// Times the share that is followed: widths do not change, but bones are read beside their limb.
constexpr float kEdgesFollow = 0.4F, kMiddleFollows = 3.0F;
constexpr double kOffBlur = 0.06;  ///< bones
constexpr double kLeastFactor = 0.7, kMostFactor = 1.25, kMostShift = 0.14;
constexpr double kReadRadius = 0.92;  ///< percentiles lie a little inside of the outline
constexpr std::size_t kRememberedSizes = 15;
/// Beyond an edge, shoulder widths, and the share of ground there that tells it to be the limb's.
constexpr int kLeastBare = 16, kLeastWhole = 8;  ///< one part of what is looked at
constexpr double kBeyondEdge = 0.04, kFreeEdge = 0.5;
constexpr double kHiddenShare = 0.7;  ///< of a limb's width: of less a part is hidden

constexpr double along_of(std::size_t station) {
    return kFirstStation + kStationStep * static_cast<double>(station);
}

/// How much of the shift a place takes part in: limbs begin where the joint is.
double shifted(double along) {
    return std::clamp(2 * along, 0.0, 1.0);
}

}  // namespace

bool LimbOutline::has_station(double along) {
    return along >= kFirstStation && along <= kLastStation;
}

void LimbOutline::Seen::add(double along, float across_px, Part part) {
    const double s = along - kFirstStation + kStationStep / 2;
    const auto i = static_cast<std::size_t>(std::max(s, 0.0) / kStationStep);
    if (s < 0 || i >= kStations) {
        return;
    }
    ++looked_at[i];
    if (part != Part::kOther) {
        (part == Part::kSkin ? across : ground)[i].push_back(across_px);
    }
}

double LimbOutline::radius(double along) const {
    const auto& table = kind_ == LimbKind::kArm ? kArm : kLeg;
    const double s = std::clamp(along, 0.0, 2.0);
    std::size_t i = 0;
    while (i + 2 < table.size() && table[i + 1].along < s) {
        ++i;
    }
    const double t = (s - table[i].along) / (table[i + 1].along - table[i].along);
    return (table[i].radius + t * (table[i + 1].radius - table[i].radius)) * unit_ * factor_;
}

LimbOutline::Edges LimbOutline::edges_at(double along) const {
    const double at = std::clamp(along / 2, 0.0, 1.0) * (kEdges - 1);
    return edges_[static_cast<std::size_t>(at + 0.5)];
}

float LimbOutline::across_in_radii(double along, double across) const {
    const Edges edges = edges_at(along);
    return static_cast<float>((2 * across - edges.high - edges.low) /
                              std::max(edges.high - edges.low, 1.0));
}

float LimbOutline::inside(double along, double across) const {
    const Edges edges = edges_at(along);
    const double in = std::min(edges.high - across, across - edges.low);
    return static_cast<float>(std::clamp(in + 0.5, 0.0, 1.0));
}

LimbOutline::Edges LimbOutline::fitted(double along) const {
    const double shift = shift_ * shifted(along);
    return {shift - radius(along), shift + radius(along)};
}

void LimbOutline::learn(Seen& seen, float share, Known& known) {
    factor_ = 1;
    const SeenEdges edges = read_sizes(seen, known);
    if (!known.sizes.empty()) {
        std::vector<double> factors, shifts;
        for (const cv::Vec2d& size : known.sizes) {
            factors.push_back(size[0]);
            shifts.push_back(size[1]);
        }
        factor_ = upper_median(std::move(factors));
        const double shift = upper_median(std::move(shifts));
        // Edges stay where they are when the fit moves under them.
        for (std::size_t i = 0; i < kStations; ++i) {
            const auto by = static_cast<float>((shift - known.shift) * shifted(along_of(i)));
            known.off[0][i] += by;
            known.off[1][i] -= by;
        }
        known.shift = shift;
        shift_ = shift * unit_;
    }
    learn_edges(edges, share, known);
}

/// Whether ground is seen beyond an edge: else cloth may hide a part of the limb.
bool LimbOutline::is_free(const Seen& seen, std::size_t station, double edge,
                          double outwards) const {
    const double beyond = kBeyondEdge * unit_;
    const auto count =
        std::count_if(seen.ground[station].begin(), seen.ground[station].end(), [&](float at) {
            const double off = (static_cast<double>(at) - edge) * outwards;
            return off > 0 && off < beyond;
        });
    // Pixels lie alike over all that is looked at.
    return static_cast<double>(count) >
           kFreeEdge * seen.looked_at[station] * kBeyondEdge / (2 * kLookedAt);
}

/// The edges where they are believed, and this frame's size.
LimbOutline::SeenEdges LimbOutline::read_sizes(Seen& seen, Known& known) {
    SeenEdges edges{};
    std::vector<double> factors, hidden, shifts;
    std::array<bool, kStations> low_free{}, high_free{};
    for (std::size_t i = 0; i < kStations; ++i) {
        std::vector<float>& across = seen.across[i];
        const int band = seen.looked_at[i], bare = static_cast<int>(across.size());
        if (band < 8 || bare * kLeastBare < band || bare < 4) {
            continue;
        }
        const double low = percentile(across, 0.04) - 0.5;
        const double high = percentile(across, 0.96) + 0.5;
        const double usual = radius(along_of(i));
        const double half = (high - low) / 2;
        low_free[i] = is_free(seen, i, low, -1);
        high_free[i] = is_free(seen, i, high, 1);
        const bool one_free = low_free[i] != high_free[i];
        const bool is_wide = half > 0.5 * usual && bare * kLeastWhole >= band;
        if (half < 1.5 * usual && (is_wide || one_free)) {
            if (is_wide) {
                (one_free ? hidden : factors).push_back(half / kReadRadius / usual);
            }
            const double rest = half / kReadRadius - half;
            edges[i] = {low - rest, high + rest};
        }
    }
    // What hides an edge makes arms narrower only.
    std::optional<double> factor;
    if (factors.size() >= kLeastStations) {
        factor = upper_median(std::move(factors));
    } else if (hidden.size() + factors.size() >= kLeastStations) {
        hidden.insert(hidden.end(), factors.begin(), factors.end());
        std::sort(hidden.begin(), hidden.end());
        factor = hidden[hidden.size() * 3 / 4];
    }
    const double size = std::clamp(factor.value_or(1), kLeastFactor, kMostFactor);
    for (std::size_t i = 0; i < kStations; ++i) {
        if (edges[i].low < edges[i].high) {
            const double width = 2 * size * radius(along_of(i));
            if (low_free[i] != high_free[i] &&
                edges[i].high - edges[i].low < kHiddenShare * width) {
                (low_free[i] ? edges[i].high : edges[i].low) =
                    low_free[i] ? edges[i].low + width : edges[i].high - width;
            }
            shifts.push_back((edges[i].high + edges[i].low) / 2);
        }
    }
    if (shifts.size() >= kLeastStations) {
        const double most = kMostShift * unit_;
        known.sizes.push_back(
            {size, std::clamp(upper_median(std::move(shifts)), -most, most) / unit_});
        if (known.sizes.size() > kRememberedSizes) {
            known.sizes.pop_front();
        }
    }
    return edges;
}

void LimbOutline::learn_edges(const SeenEdges& seen, float share, Known& known) {
    for (std::size_t i = 0; i < kStations; ++i) {
        known.off_known[i] *= 1 - share / 4;
        if (seen[i].low >= seen[i].high) {
            continue;
        }
        const Edges fit = fitted(along_of(i));
        const double low = (fit.low - seen[i].low) / unit_,
                     high = (seen[i].high - fit.high) / unit_;
        const bool is_new = known.off_known[i] <= 0;
        const auto to = [](double off, double most, float was) {
            return static_cast<float>(std::clamp(off, -most, most)) - was;
        };
        float wider = (known.off[0][i] + known.off[1][i]) / 2;
        float aside = (known.off[1][i] - known.off[0][i]) / 2;
        const float moved = to((high - low) / 2, kMostAside, aside);
        const auto follows =
            static_cast<float>(follow_steadily(static_cast<double>(std::abs(moved)), kStillWidths));
        const float mix = is_new ? 1.0F : kEdgesFollow * share;
        const float mix_middle = std::max(mix, std::min(kMiddleFollows * follows * share, 1.0F));
        wider += mix * to((low + high) / 2, kMostEdgeOff, wider);
        aside += mix_middle * moved;
        known.off[0][i] = wider - aside;
        known.off[1][i] = wider + aside;
        known.off_known[i] += mix_middle * (1 - known.off_known[i]);
    }
    for (std::size_t e = 0; e < kEdges; ++e) {
        const double along = 2.0 * static_cast<double>(e) / (kEdges - 1);
        std::array<double, 2> sum{};
        double weight = 0, nearest = 0;
        for (std::size_t i = 0; i < kStations; ++i) {
            const double d = std::abs(along_of(i) - along);
            const auto sure = static_cast<double>(known.off_known[i]);
            const double w = sure * std::exp(-d / kOffBlur);
            nearest = std::max(nearest, sure * std::exp(-d / kOffReach));
            weight += w;
            sum[0] += w * static_cast<double>(known.off[0][i]);
            sum[1] += w * static_cast<double>(known.off[1][i]);
        }
        edges_[e] = fitted(along);
        if (weight > 1e-9) {
            edges_[e].low -= sum[0] / weight * nearest * unit_;
            edges_[e].high += sum[1] / weight * nearest * unit_;
        }
    }
}

}  // namespace closet::removal
