#include "infer/regions_besides.h"

#include <algorithm>
#include <cstddef>
#include <tuple>

namespace closet {
namespace {

// Two regions are of one person up to this. More would delay somebody new who stands close by until
// the next detection; less costs a look in vain.
constexpr double kSamePersonShift = 0.2;  ///< share of the side
constexpr double kSamePersonZoom = 0.5;   ///< |ln| of the sides' ratio

}  // namespace

std::vector<Region> regions_besides(std::span<const Region> known, std::span<const Region> found) {
    std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;  // shift, known, found
    for (std::size_t k = 0; k < known.size(); ++k) {
        for (std::size_t f = 0; f < found.size(); ++f) {
            const RegionDifference off = difference(known[k], found[f]);
            if (off.shift <= kSamePersonShift && off.zoom <= kSamePersonZoom) {
                pairs.emplace_back(off.shift, k, f);
            }
        }
    }
    std::sort(pairs.begin(), pairs.end());
    std::vector<bool> used(known.size(), false);
    std::vector<bool> explained(found.size(), false);
    for (const auto& [shift, k, f] : pairs) {
        if (!used[k] && !explained[f]) {
            used[k] = true;
            explained[f] = true;
        }
    }
    std::vector<Region> rest;
    for (std::size_t f = 0; f < found.size(); ++f) {
        if (!explained[f]) {
            rest.push_back(found[f]);
        }
    }
    std::stable_sort(rest.begin(), rest.end(),
                     [](const Region& a, const Region& b) { return a.side > b.side; });
    return rest;
}

}  // namespace closet
