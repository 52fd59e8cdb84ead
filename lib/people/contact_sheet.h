#pragma once

#include <opencv2/core/mat.hpp>

#include "people/people.h"

namespace closet {

/// One row an identity: its number and time in the picture, then pictures of the person over time,
/// the time in seconds in each. CV_8UC3 R G B; of no identity a sentence that says so.
cv::Mat draw_contact_sheet(const People& people);

}  // namespace closet
