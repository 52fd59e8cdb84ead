#include "infer/second_opinion.h"

#include <limits>

#include "infer/disagreement.h"

namespace closet {
namespace {

/// Two readings of one view agree up to this, in trunk lengths: several times the usual noise.
constexpr double kAgreement = 0.1;

}  // namespace

std::array<Region, kOpinions> other_regions(const Region& region) {
    std::array<Region, kOpinions> others;
    others.fill(region);
    others[0].rotation += 0.1;
    others[1].rotation -= 0.1;
    others[2].side *= 1.08;
    others[3].center.x += 0.02 * region.side;
    return others;
}

std::array<Region, kOpinions> wider_regions(const Region& region) {
    constexpr std::array kZooms{1.25, 1.25, 1.6, 1.6};
    constexpr std::array kRises{0.0, 0.15, 0.0, 0.2};  // shares of the region's side
    std::array<Region, kOpinions> others;
    for (std::size_t i = 0; i < others.size(); ++i) {
        others[i] = {view_from_region(region, {0.5, 0.5 - kRises[i]}), region.side * kZooms[i],
                     region.rotation};
    }
    return others;
}

std::optional<Sighting> consensus(std::span<const Sighting* const> readings, Skeleton skeleton) {
    const Sighting* best = nullptr;
    double least = std::numeric_limits<double>::infinity();
    std::size_t agreeing = 0;
    for (const Sighting* reading : readings) {
        double sum = 0;
        std::size_t close = 0;
        for (const Sighting* other : readings) {
            const double apart =
                sideless_disagreement(other->keypoints, reading->keypoints, skeleton);
            sum += apart;
            close += apart < kAgreement ? 1 : 0;
        }
        if (sum < least) {
            least = sum;
            best = reading;
            agreeing = close;
        }
    }
    if (best == nullptr || 2 * agreeing <= readings.size()) {
        return std::nullopt;
    }
    Sighting agreed = *best;
    double agreement = 0;
    for (const Sighting* other : readings) {
        agreement += side_agreement(best->keypoints, other->keypoints, skeleton);
    }
    if (agreement < 0) {
        exchange_sides(agreed.keypoints, skeleton);
    }
    return agreed;
}

}  // namespace closet
