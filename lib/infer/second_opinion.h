#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "infer/pose_model.h"
#include "infer/region.h"

namespace closet {

/// Readings of a doubtful view besides the first one.
inline constexpr std::size_t kOpinions = 4;

/// Regions near this one for other opinions: turned, wider and shifted by so much that the network
/// sees another sampling of the person, and by so little that it reads as well as before.
std::array<Region, kOpinions> other_regions(const Region& region);

/// Regions around this one for other readings of somebody whom the network misread there: they show
/// more of the surrounding, of that above most of all, since it is the head that is misplaced.
std::array<Region, kOpinions> wider_regions(const Region& region);

/// The reading that agrees best with the others, wherever they have left and right, with its left
/// where most of them have it; nothing where no more than half of them agree with it.
std::optional<Sighting> consensus(std::span<const Sighting* const> readings, Skeleton skeleton);

}  // namespace closet
