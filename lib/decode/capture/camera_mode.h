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

/// One way in which a camera gives pictures.
struct CameraMode {
    std::string pixel_format;  ///< "mjpeg", or libav's name of an uncompressed format
    int width = 0, height = 0;
    std::vector<double> rates;  ///< frames a second, highest first; empty where it does not tell
};

struct Camera {
    std::string path;  ///< "/dev/video0"
    std::string name;  ///< as the driver has it
    std::string
        problem;  ///< one sentence where it cannot be opened (in use, not allowed), else empty
    std::vector<CameraMode> modes;
};

/// The capture devices of this machine, by path; devices that only put out (loopback outputs,
/// metadata nodes) are left out. `folder`: where device files are.
std::vector<Camera> list_cameras(const std::string& folder = "/dev");

}  // namespace closet
