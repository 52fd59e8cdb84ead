#pragma once

#include <vector>

#include "infer/person_detector.h"

namespace closet {

/// Greedy non-maximum suppression: from the best score down, each box is kept unless it overlaps
/// one that was kept by more than `most_overlap` (intersection over union). Best first; equal
/// scores keep their order. `margin`: added to every extent before areas are taken, for rules that
/// count pixels rather than distances.
std::vector<PersonBox> suppress_overlapping(std::vector<PersonBox> boxes, double most_overlap,
                                            double margin = 0.0);

}  // namespace closet
