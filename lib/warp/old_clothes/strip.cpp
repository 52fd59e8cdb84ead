#include "warp/old_clothes/strip.h"

#include <algorithm>

#include "warp/mesh/curve.h"

namespace closet::old_clothes {
namespace {

// Shoulder widths, found on photographs.
constexpr double kGarmentGap = 0.05;  ///< a print's hole or a slit, still within the garment
/// The mask is blurred: from where the clothes seem to end they go on for this much.
constexpr double kBeyond = 0.02;
constexpr double kLeastReach = 0.012;                      ///< less is the garment's own soft edge
constexpr double kSmoothEdge = 0.04, kSmoothReach = 0.04;  ///< standard deviations
/// At least this share of the walks must have met the garment.
constexpr double kLeastMet = 0.15;

struct Walk {
    enum class End { kNothing, kOther, kMet } end = End::kNothing;
    double edge = 0, reach = 0;
};

/// From `from` to `to` (> from), shoulder widths along `at`.
template <class At>
Walk walk(const At& at, double from, double to, double step, double longest, double gap,
          const PointTests& tests) {
    Walk result;
    double edge = -1;
    double position = from;
    for (; position <= to; position += step) {
        if (tests.is_garment(at(position))) {
            edge = position;
        } else if (position - std::max(edge, from) > kGarmentGap) {
            break;
        }
    }
    if (edge < 0) {
        return result;
    }
    result.edge = edge;
    if (edge + step > to || tests.is_other(at(edge))) {
        result.end = Walk::End::kOther;
        return result;
    }
    result.end = Walk::End::kMet;
    double last = edge;
    const double end = edge + longest + gap + step;
    for (position = edge + step; position <= end && position - last <= gap; position += step) {
        if (tests.is_old(at(position))) {
            last = position;
        }
    }
    result.reach = last - edge;
    return result;
}

/// Walks by number, `spacing` apart along the edge; `capped` is the reach of those too long.
template <class WalkAt>
Profile collect(const WalkAt& walk_at, double spacing, double longest, double capped) {
    Profile profile;
    std::array<Walk, Profile::kSize> walks;
    int met = 0;
    int too_long = 0;
    for (std::size_t i = 0; i < Profile::kSize; ++i) {
        walks[i] = walk_at(i);
        met += walks[i].end == Walk::End::kMet ? 1 : 0;
        too_long += walks[i].reach > longest ? 1 : 0;
    }
    profile.known = met >= kLeastMet * Profile::kSize;
    if (!profile.known) {
        return profile;
    }
    profile.too_long = static_cast<double>(too_long) / met;
    // No walk goes on farther than both its neighbors: single ones run along the outline, where
    // colors are mixed.
    std::array<double, Profile::kSize> seen{};
    for (std::size_t i = 0; i < Profile::kSize; ++i) {
        const double before = i > 0 ? walks[i - 1].reach : 0.0;
        const double after = i + 1 < Profile::kSize ? walks[i + 1].reach : 0.0;
        seen[i] = std::min(walks[i].reach, std::max(before, after));
    }
    // Where there is no garment the nearest walk that met it goes on: its corner may be drawn out
    // to there. Another part stays as it is.
    const auto reach_of = [&](std::size_t i) {
        const Walk& w = walks[i];
        if (w.end != Walk::End::kMet || seen[i] <= kLeastReach) {
            return 0.0;
        }
        return seen[i] > longest ? capped : std::min(seen[i] + kBeyond, longest);
    };
    std::array<double, Profile::kSize> reach{};
    for (std::size_t i = 0; i < Profile::kSize; ++i) {
        std::size_t nearest = i;
        for (std::size_t k = 0; k < Profile::kSize; ++k) {
            if (i >= k && walks[i - k].end != Walk::End::kNothing) {
                nearest = i - k;
                break;
            }
            if (i + k < Profile::kSize && walks[i + k].end != Walk::End::kNothing) {
                nearest = i + k;
                break;
            }
        }
        profile.edge[i] = walks[nearest].edge;
        reach[i] = reach_of(nearest);
    }
    // Not less than its neighbors: what is left over shows more than what is covered in vain.
    for (std::size_t i = 0; i < Profile::kSize; ++i) {
        profile.reach[i] = std::max(
            {reach[i > 0 ? i - 1 : 0], reach[i], reach[std::min(i + 1, Profile::kSize - 1)]});
    }
    mesh::smooth(profile.edge, kSmoothEdge / spacing);
    mesh::smooth(profile.reach, kSmoothReach / spacing);
    return profile;
}

/// A walker's pace: one pixel of a view at half size.
double step_of(const StripFrame& strip) {
    return std::max(2.0 / strip.unit, 1e-3);
}

}  // namespace

Profile measure_end(const StripFrame& strip, const StripRange& range, const PointTests& tests) {
    const double spacing = 2 * range.half_width / (Profile::kSize - 1);
    return collect(
        [&](std::size_t i) {
            const double u = -range.half_width + spacing * static_cast<double>(i);
            return walk([&](double v) { return strip.at(u, v); }, range.start, range.last_row,
                        step_of(strip), range.longest, range.gap, tests);
        },
        spacing, range.longest, range.longest);
}

Profile measure_side(const StripFrame& strip, const StripRange& range, const PointTests& tests,
                     double sign) {
    const double spacing = (range.last_row - range.first_row) / (Profile::kSize - 1);
    return collect(
        [&](std::size_t i) {
            const double v = range.first_row + spacing * static_cast<double>(i);
            return walk([&](double u) { return strip.at(sign * u, v); }, 0.0, 2 * range.half_width,
                        step_of(strip), range.widest, range.gap, tests);
        },
        spacing, range.widest, 0.0);
}

}  // namespace closet::old_clothes
