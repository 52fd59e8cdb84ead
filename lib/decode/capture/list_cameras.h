#pragma once

#include <string>
#include <vector>

namespace closet {

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
