#pragma once

#include <string>

#include "people/people.h"

namespace closet {

/// people.json: schema "closet.people", version 1. Times are seconds of the clip's own clock, boxes
/// x, y, width, height in shown pixels (Note [Shown pixels]) around the keypoints of key frames.
std::string people_json(const People& people);

}  // namespace closet
