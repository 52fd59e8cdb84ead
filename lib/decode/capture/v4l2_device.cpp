#include "decode/capture/v4l2_device.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.h"
#include "decode/capture/capture.h"

namespace closet {
namespace {

/// More than any camera has; a driver that never says "no more" ends here.
constexpr std::uint32_t kMaxFormats = 32, kMaxSizes = 64, kMaxRates = 32;
constexpr std::size_t kMaxModes = 256;
constexpr int kMaxInterruptions = 100;
constexpr std::uint32_t kMaxSide = 16384;
constexpr double kMaxRate = 1000;

/// The formats of V4L2 that libavdevice can read, by libav's names for `input_format`.
constexpr std::pair<std::uint32_t, std::string_view> kFormats[] = {
    {V4L2_PIX_FMT_YUYV, "yuyv422"},   {V4L2_PIX_FMT_UYVY, "uyvy422"},
    {V4L2_PIX_FMT_NV12, "nv12"},      {V4L2_PIX_FMT_YUV420, "yuv420p"},
    {V4L2_PIX_FMT_YVU420, "yuv420p"}, {V4L2_PIX_FMT_YUV422P, "yuv422p"},
    {V4L2_PIX_FMT_RGB24, "rgb24"},    {V4L2_PIX_FMT_BGR24, "bgr24"},
    {V4L2_PIX_FMT_GREY, "gray"},      {V4L2_PIX_FMT_MJPEG, "mjpeg"},
    {V4L2_PIX_FMT_JPEG, "mjpeg"},     {V4L2_PIX_FMT_H264, "h264"},
};

int ask(int file, unsigned long request, void* argument) {
    for (int i = 0; i < kMaxInterruptions; ++i) {
        if (ioctl(file, request, argument) >= 0) {
            return 0;
        }
        if (errno != EINTR) {
            break;
        }
    }
    return -1;
}

std::string_view name_of_format(std::uint32_t fourcc) {
    const auto* const found = std::find_if(std::begin(kFormats), std::end(kFormats),
                                           [=](const auto& each) { return each.first == fourcc; });
    return found != std::end(kFormats) ? found->second : std::string_view();
}

/// A name may come from a USB stick with a sense of humour.
template <std::size_t N>
std::string printable(const unsigned char (&bytes)[N]) {
    std::string text(reinterpret_cast<const char*>(bytes),
                     strnlen(reinterpret_cast<const char*>(bytes), N));
    std::replace_if(
        text.begin(), text.end(), [](unsigned char each) { return each < 0x20 || each >= 0x7f; },
        '?');
    return text;
}

/// Nothing for an interval that cannot be.
AVRational rate_of(const v4l2_fract& interval) {
    const bool fits = interval.numerator > 0 && interval.denominator > 0 &&
                      interval.numerator <= INT32_MAX && interval.denominator <= INT32_MAX &&
                      interval.denominator <= kMaxRate * interval.numerator;
    return fits ? AVRational{static_cast<int>(interval.denominator),
                             static_cast<int>(interval.numerator)}
                : AVRational{0, 1};
}

void read_rates(int file, std::uint32_t fourcc, DeviceMode& mode) {
    for (std::uint32_t i = 0; i < kMaxRates; ++i) {
        v4l2_frmivalenum entry{};
        entry.index = i;
        entry.pixel_format = fourcc;
        entry.width = static_cast<std::uint32_t>(mode.width);
        entry.height = static_cast<std::uint32_t>(mode.height);
        if (ask(file, VIDIOC_ENUM_FRAMEINTERVALS, &entry) < 0) {
            break;
        }
        if (entry.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
            mode.rates.push_back(rate_of(entry.discrete));
            continue;
        }
        mode.rates = {rate_of(entry.stepwise.min), rate_of(entry.stepwise.max)};
        mode.rates_are_a_range = true;
        break;
    }
    std::erase_if(mode.rates, [](AVRational rate) { return rate.num == 0; });
    std::sort(mode.rates.begin(), mode.rates.end(),
              [](AVRational a, AVRational b) { return av_cmp_q(a, b) > 0; });
    mode.rates.erase(std::unique(mode.rates.begin(), mode.rates.end(),
                                 [](AVRational a, AVRational b) { return av_cmp_q(a, b) == 0; }),
                     mode.rates.end());
}

void read_sizes(int file, std::uint32_t fourcc, std::vector<DeviceMode>& modes) {
    for (std::uint32_t i = 0; i < kMaxSizes && modes.size() < kMaxModes; ++i) {
        v4l2_frmsizeenum entry{};
        entry.index = i;
        entry.pixel_format = fourcc;
        if (ask(file, VIDIOC_ENUM_FRAMESIZES, &entry) < 0) {
            return;
        }
        const bool is_one = entry.type == V4L2_FRMSIZE_TYPE_DISCRETE;
        const v4l2_frmsize_stepwise sizes =
            is_one ? v4l2_frmsize_stepwise{entry.discrete.width,  entry.discrete.width,  1,
                                           entry.discrete.height, entry.discrete.height, 1}
                   : entry.stepwise;
        const std::uint32_t width = std::min(sizes.max_width, is_one ? UINT32_MAX : kMaxSide);
        const std::uint32_t height = std::min(sizes.max_height, is_one ? UINT32_MAX : kMaxSide);
        if (width >= 1 && width <= kMaxSide && height >= 1 && height <= kMaxSide &&
            sizes.min_width <= width && sizes.min_height <= height) {
            DeviceMode mode;
            mode.pixel_format = name_of_format(fourcc);
            mode.width = static_cast<int>(width);
            mode.height = static_cast<int>(height);
            mode.min_width = static_cast<int>(sizes.min_width);
            mode.min_height = static_cast<int>(sizes.min_height);
            read_rates(file, fourcc, mode);
            modes.push_back(std::move(mode));
        }
        if (!is_one) {
            return;  // a range is the only entry of its format
        }
    }
}

}  // namespace

std::string camera_problem(int averror) {
    switch (averror) {
        case AVERROR(ENOENT):
        case AVERROR(ENODEV):
        case AVERROR(ENXIO):
            return fmt::format(
                "there is no such camera; `closet live {}` shows those that there are, and a "
                "container must be given the device",
                flags::kListCameras);
        case AVERROR(EACCES):
        case AVERROR(EPERM):
            return "this user may not open it; join the group that owns it (usually \"video\")";
        case AVERROR(EBUSY):
            return "another program is using it; close that one first";
        case AVERROR(ENOTTY):
        case AVERROR(EINVAL):
        case AVERROR(ENOSYS):
            return "it is not a camera";
        default:
            return av_error_text(averror);
    }
}

V4l2Device::V4l2Device(const std::string& path)
    : file_(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
    v4l2_capability about{};
    if (file_ < 0 || ask(file_, VIDIOC_QUERYCAP, &about) < 0) {
        const int code = AVERROR(errno);
        if (file_ >= 0) {
            close(file_);
        }
        throw MediaError(fmt::format("cannot read {}: {}", path, camera_problem(code)), code);
    }
    name_ = printable(about.card);
    const std::uint32_t abilities =
        (about.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? about.device_caps : about.capabilities;
    captures_ = (abilities & V4L2_CAP_VIDEO_CAPTURE) != 0 && (abilities & V4L2_CAP_STREAMING) != 0;
}

V4l2Device::~V4l2Device() {
    close(file_);
}

/// A driver refuses to set a format while pictures are taken, even the one that is set.
bool V4l2Device::is_in_use() const {
    v4l2_format format{};
    format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    return ask(file_, VIDIOC_G_FMT, &format) == 0 && ask(file_, VIDIOC_S_FMT, &format) < 0 &&
           errno == EBUSY;
}

std::vector<DeviceMode> V4l2Device::modes() const {
    std::vector<DeviceMode> modes;
    for (std::uint32_t i = 0; i < kMaxFormats; ++i) {
        v4l2_fmtdesc entry{};
        entry.index = i;
        entry.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        if (ask(file_, VIDIOC_ENUM_FMT, &entry) < 0) {
            break;
        }
        if (!name_of_format(entry.pixelformat).empty()) {
            read_sizes(file_, entry.pixelformat, modes);
        }
    }
    return modes;
}

}  // namespace closet
