#include "warp/old_clothes/strip.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "warp/mesh/curve.h"

namespace closet::old_clothes {
namespace {

// Shoulder widths, found on photographs.
constexpr double kGarmentGap = 0.05;  ///< a print's hole or a slit, still within the garment
constexpr double kOldGap = 0.04;      ///< a fold or a seam within the old clothes
/// The mask is blurred: from where the clothes seem to end they go on for this much.
constexpr double kBeyond = 0.02;
constexpr double kLeastReach = 0.02;  ///< less is the garment's own soft edge
/// Rows and columns without a garment at both ends of the profile, or between, continue their
/// neighbours; at least this share must have met it.
constexpr double kLeastMet = 0.2;
constexpr double kSmoothEdge = 1.5, kSmoothReach = 1.0;  ///< standard deviations, in samples

struct Walk {
    double edge = -1;  ///< < 0: no garment on the way
    double reach = 0;
};

/// From `from` to `to` (> from), shoulder widths along `at`.
template <class At>
Walk walk(const At& at, double from, double to, double step, double longest, const Looks& looks) {
    Walk result;
    double position = from;
    for (; position <= to; position += step) {
        if (looks.is_garment(at(position))) {
            result.edge = position;
        } else if (position - std::max(result.edge, from) > kGarmentGap) {
            break;
        }
    }
    if (result.edge < 0 || result.edge + step > to || looks.is_other(at(result.edge))) {
        return {};
    }
    double last = result.edge;
    for (position = result.edge + step; position <= result.edge + longest + kOldGap + step;
         position += step) {
        const cv::Point2d point = at(position);
        if (looks.is_old(point)) {
            last = position;
        } else if (position - last > kOldGap) {
            break;
        }
    }
    result.reach = last - result.edge;
    return result;
}

template <std::size_t n>
void finish(Reach::Profile<n>& profile, std::array<bool, n>& met) {
    const auto count = static_cast<double>(std::count(met.begin(), met.end(), true));
    profile.known = count >= kLeastMet * n;
    profile.too_long /= std::max(count, 1.0);
    if (!profile.known) {
        return;
    }
    std::size_t nearest =
        static_cast<std::size_t>(std::find(met.begin(), met.end(), true) - met.begin());
    std::array<double, n> widest{};
    for (std::size_t i = 0; i < n; ++i) {
        nearest = met[i] ? i : nearest;
        profile.edge[i] = profile.edge[nearest];
    }
    // Not less than its neighbours: what is left over shows more than what is covered in vain.
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = i > 0 ? i - 1 : 0; k <= std::min(i + 1, n - 1); ++k) {
            widest[i] = std::max(widest[i], profile.reach[k]);
        }
    }
    profile.reach = widest;
    mesh::smooth(profile.edge, kSmoothEdge);
    mesh::smooth(profile.reach, kSmoothReach);
}

}  // namespace

Reach measure_reach(const StripFrame& strip, const StripRange& range, const Looks& looks) {
    Reach result;
    const double step = std::max(2.0 / strip.unit, 1e-3);
    const auto followed = [](double reach) { return reach > kLeastReach ? reach + kBeyond : 0.0; };

    std::array<bool, Reach::kColumns> columns_met{};
    for (std::size_t i = 0; i < Reach::kColumns; ++i) {
        const double u =
            range.half_width * (2.0 * static_cast<double>(i) / (Reach::kColumns - 1) - 1);
        const Walk found = walk([&](double v) { return strip.at(u, v); }, range.start,
                                range.last_row, step, range.longest, looks);
        columns_met[i] = found.edge >= 0;
        if (columns_met[i]) {
            result.end.edge[i] = found.edge;
            result.end.reach[i] = std::min(followed(found.reach), range.longest);
            result.end.too_long += found.reach > range.longest ? 1 : 0;
        }
    }
    finish(result.end, columns_met);

    for (std::size_t side = 0; side < 2; ++side) {
        auto& profile = result.side[side];
        std::array<bool, Reach::kRows> rows_met{};
        const double sign = side == 0 ? -1 : 1;
        for (std::size_t j = 0; j < Reach::kRows; ++j) {
            const double v = mesh::mix(range.first_row, range.last_row,
                                       static_cast<double>(j) / (Reach::kRows - 1));
            const Walk found = walk([&](double u) { return strip.at(sign * u, v); }, 0.0,
                                    2 * range.half_width, step, range.widest, looks);
            rows_met[j] = found.edge >= 0;
            if (rows_met[j]) {
                const bool too_long = found.reach > range.widest;
                profile.edge[j] = found.edge;
                profile.reach[j] = too_long ? 0 : followed(found.reach);
                profile.too_long += too_long ? 1 : 0;
            }
        }
        finish(profile, rows_met);
    }
    return result;
}

}  // namespace closet::old_clothes
