#include "encode/stream/device_target.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.h"
#include "encode/stream/live_output.h"

namespace closet {
namespace {

/// A device while it is asked something.
class Descriptor {
  public:
    explicit Descriptor(const std::string& path)
        : value_(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)) {}
    ~Descriptor() {
        if (value_ >= 0) {
            ::close(value_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;

    int get() const { return value_; }

  private:
    int value_;
};

constexpr const char* kRemedy = "load v4l2loopback and name its device";

std::uint32_t capabilities(int descriptor) {
    v4l2_capability answer{};
    if (::ioctl(descriptor, VIDIOC_QUERYCAP, &answer) != 0) {
        return 0;
    }
    return (answer.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? answer.device_caps
                                                             : answer.capabilities;
}

std::uint32_t fourcc_of(AVPixelFormat format) {
    return format == AV_PIX_FMT_YUYV422 ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_YUV420;
}

}  // namespace

DeviceTarget::DeviceTarget(std::string path) : path_(std::move(path)) {
    const Descriptor device(path_);
    if (device.get() < 0) {
        const int reason = errno;
        throw MediaError(fmt::format("cannot write {}: {}, {}", path_, std::strerror(reason),
                                     reason == EACCES  ? "join the group \"video\""
                                     : reason == EBUSY ? "end the program that uses it"
                                                       : kRemedy),
                         AVERROR(reason));
    }
    const std::uint32_t can = capabilities(device.get());
    if ((can & V4L2_CAP_VIDEO_OUTPUT) == 0) {
        throw ConfigError(fmt::format(
            "{} {}: it is {}, not a video output, {}", flags::kOutput, path_,
            (can & V4L2_CAP_VIDEO_CAPTURE) != 0 ? "a camera" : "no V4L2 device", kRemedy));
    }
}

Canvas agree_with_device(const std::string& path, Canvas wanted) {
    const Descriptor device(path);
    for (const AVPixelFormat pixels : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUYV422}) {
        v4l2_format format{};
        format.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
        format.fmt.pix.width = static_cast<std::uint32_t>(wanted.width);
        format.fmt.pix.height = static_cast<std::uint32_t>(wanted.height);
        format.fmt.pix.pixelformat = fourcc_of(pixels);
        format.fmt.pix.field = V4L2_FIELD_NONE;
        if (::ioctl(device.get(), VIDIOC_S_FMT, &format) == 0 &&
            format.fmt.pix.pixelformat == fourcc_of(pixels)) {
            wanted.layout = {pixels, AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_MPEG};
            wanted.width = static_cast<int>(format.fmt.pix.width);
            wanted.height = static_cast<int>(format.fmt.pix.height);
            wanted.pixel_aspect = 1;
            return wanted;
        }
    }
    throw MediaError(fmt::format(
        "cannot write {}: it takes neither yuv420p nor yuyv422 pictures of {}x{}, free it or load "
        "v4l2loopback anew",
        path, wanted.width, wanted.height));
}

}  // namespace closet
