#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decode/capture/capture.h"
#include "decode/capture/v4l2_device.h"

namespace closet {

/// What is asked of a camera; what is empty or unset is left to it.
struct CameraRequest {
    std::string pixel_format{};
    std::optional<int> width{}, height{};
    std::optional<AVRational> rate{};
};

/// Fills in what the options leave open where they ask for something: the pixel format that gives
/// the wanted size at the wanted rate (30 frames a second where none is), rather without
/// compression, and for a rate without a size the largest up to 1280x720. Throws ConfigError, with
/// the modes that there are, where none is as wanted. A camera without `modes` is asked as it is.
CameraRequest choose_mode(const std::vector<DeviceMode>& modes, const CaptureOptions& options);

}  // namespace closet
