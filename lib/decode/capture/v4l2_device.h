#pragma once

#include <string>
#include <vector>

#include "core/av_handles.h"

namespace closet {

/// One entry of what a device enumerates: a size, or all sizes from a smallest to a largest.
struct DeviceMode {
    std::string pixel_format;  ///< see CameraMode::pixel_format
    int min_width = 0, min_height = 0;
    int width = 0, height = 0;       ///< the largest; the only one where the smallest is the same
    std::vector<AVRational> rates;   ///< frames a second, highest first; empty where untold
    bool rates_are_a_range = false;  ///< all between the first and the last
};

/// A V4L2 device that is asked what it is. Drivers are believed little: enumerations are cut, sizes
/// and rates that cannot be are left out, names lose what a terminal would obey.
class V4l2Device {
  public:
    /// Throws MediaError where it cannot be opened or is no video device.
    explicit V4l2Device(const std::string& path);
    ~V4l2Device();
    V4l2Device(const V4l2Device&) = delete;
    V4l2Device& operator=(const V4l2Device&) = delete;
    V4l2Device(V4l2Device&&) = delete;
    V4l2Device& operator=(V4l2Device&&) = delete;

    const std::string& name() const { return name_; }
    /// Whether it gives pictures, in a way that libavdevice reads.
    bool captures() const { return captures_; }
    /// Whether another program is taking pictures from it.
    bool is_in_use() const;
    /// The modes that libav can decode; empty where the driver does not tell.
    std::vector<DeviceMode> modes() const;

  private:
    int file_ = -1;
    std::string name_;
    bool captures_ = false;
};

/// Why a camera cannot be used, for a code of libav or a negated errno, with the remedy.
std::string camera_problem(int averror);

}  // namespace closet
