#pragma once

#include <optional>
#include <string>

#include "core/media_info.h"

namespace closet {

/// The SMPTE time code that is `seconds` after `code` at `rate` frames a second, to the nearest
/// frame: drop frame where `code` is, and from 0 on again after 24 hours. Nothing where `code` is
/// not one or does not fit the rate.
std::optional<std::string> advance_time_code(const std::string& code, AVRational rate,
                                             double seconds);

/// Moves every time code that the tags of a clip or of its streams tell.
void advance_time_codes(MediaInfo& info, double seconds);

}  // namespace closet
