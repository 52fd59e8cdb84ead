#pragma once

#include <vector>

#include "people/people.h"

namespace closet {

/// Which tracklets are one person's.
///
/// Note [Identities]
/// Tracklets that go on from each other are one person, unless both have faces and these are less
/// alike than `threshold`. Then complete-link clustering: the two groups are joined whose least
/// similarity between any two tracklets is highest, as long as it is at or above the threshold and
/// the groups are never in the picture at the same time. A tracklet's faces count as their mean.
/// Groups without a face stay alone. Those of fewer than kLeastSightings sightings are dropped:
/// glimpses of what may be nobody.
inline constexpr std::size_t kLeastSightings = 3;

/// The longest time out of sight within one appearance, seconds; a cut ends it in any case.
inline constexpr double kMostGapS = 1.0;

/// The longest in the picture first.
std::vector<Identity> find_identities(const std::vector<ClipTracklet>& tracklets, float threshold);

/// The mean of embeddings, of length 1; empty where there is none.
Embedding mean_embedding(const std::vector<Embedding>& faces);

}  // namespace closet
