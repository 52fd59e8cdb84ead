#include "decode/capture/open_camera.h"

#include <new>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

Input open_camera(const CaptureOptions& options) {
    throw MediaError(fmt::format("cannot read {}: cameras are not supported yet", options.input));
}

}  // namespace closet
