#pragma once

#include <string>

#include "encode/output_file.h"
#include "encode/stream/fit_to_size.h"

namespace closet {

/// A loopback camera: a V4L2 device that takes pictures and shows them to other programs as a
/// camera. libav's muxer opens it itself.
class DeviceTarget : public MuxTarget {
  public:
    /// Throws MediaError where there is no such device or where it may not be opened, ConfigError
    /// where it is no video output.
    explicit DeviceTarget(std::string path);

    std::string name() const override { return path_; }
    AVIOContext* io() override { return nullptr; }
    void check() override {}
    void complete() override {}

  private:
    std::string path_;
};

/// What the device agrees to when it is asked for `wanted`: one in use keeps its size. Throws
/// MediaError where it takes no pixel format that libav could write to it.
Canvas agree_with_device(const std::string& path, Canvas wanted);

}  // namespace closet
