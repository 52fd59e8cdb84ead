#pragma once

#include "models/nhwc/plan.h"

namespace closet {

/// Lets the inputs of a concatenation of channels lie inside its result where their channels are
/// whole vectors. Returns the step that copies the others, without inputs if there are none.
Step join_channels(NhwcPlan& plan, const Node& concat);

/// Gives every value of the plan's steps its place in the arena, with the gaps that the steps'
/// convolutions need, and has them cleared.
void place_values(NhwcPlan& plan);

}  // namespace closet
