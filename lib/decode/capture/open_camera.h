#pragma once

#include "decode/capture/capture.h"
#include "decode/input.h"

namespace closet {

/// Opens a V4L2 device through libavdevice, not blocking: reading gives EAGAIN while there is no
/// picture. Throws MediaError (absent, in use, not allowed, no camera) or ConfigError (a mode that
/// it does not have, with those that it has).
Input open_camera(const CaptureOptions& options);

}  // namespace closet
