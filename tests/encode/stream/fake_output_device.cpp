#include "encode/stream/fake_output_device.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/types.h>

namespace closet::test {
namespace {

FakeOutputDevice* plugged = nullptr;
std::vector<int> descriptors;

template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool is_fake(int descriptor) {
    return plugged != nullptr &&
           std::find(descriptors.begin(), descriptors.end(), descriptor) != descriptors.end();
}

int open_any(const char* name, const char* path, int flags, mode_t mode) {
    auto* real_open = real<int(const char*, int, ...)>(name);
    if (plugged == nullptr || std::strcmp(path, FakeOutputDevice::kPath) != 0) {
        return real_open(path, flags, mode);
    }
    const int descriptor = real_open("/dev/null", flags, mode);
    descriptors.push_back(descriptor);
    ++plugged->open;
    return descriptor;
}

int answer(FakeOutputDevice& device, unsigned long request, void* argument) {
    if (request == VIDIOC_QUERYCAP) {
        auto& answer = *static_cast<v4l2_capability*>(argument);
        answer = {};
        answer.capabilities = V4L2_CAP_DEVICE_CAPS | device.capabilities;
        answer.device_caps = device.capabilities;
        return 0;
    }
    if (request == VIDIOC_G_FMT || request == VIDIOC_S_FMT) {
        auto& format = *static_cast<v4l2_format*>(argument);
        if (format.type != V4L2_BUF_TYPE_VIDEO_OUTPUT) {
            errno = EINVAL;
            return -1;
        }
        const auto& known = device.pixel_formats;
        if (std::find(known.begin(), known.end(), format.fmt.pix.pixelformat) == known.end()) {
            format.fmt.pix.pixelformat = known.empty() ? 0 : known.front();
        }
        device.chosen_format = format.fmt.pix.pixelformat;
        format.fmt.pix.width = device.width != 0 ? device.width : format.fmt.pix.width;
        format.fmt.pix.height = device.height != 0 ? device.height : format.fmt.pix.height;
        return 0;
    }
    errno = ENOTTY;
    return -1;
}

}  // namespace

void plug_in(FakeOutputDevice* device) {
    plugged = device;
    descriptors.clear();
}

}  // namespace closet::test

// The program's own symbols are found before those of libc, by libav as well.
extern "C" {

int open(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const auto mode = static_cast<mode_t>(va_arg(list, unsigned));
    va_end(list);
    return closet::test::open_any("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const auto mode = static_cast<mode_t>(va_arg(list, unsigned));
    va_end(list);
    return closet::test::open_any("open64", path, flags, mode);
}

// What a fortified libav calls where it gives no mode.
int __open64_2(const char* path, int flags) {
    return closet::test::open_any("open64", path, flags, 0);
}

int ioctl(int descriptor, unsigned long request, ...) noexcept {
    va_list list;
    va_start(list, request);
    void* argument = va_arg(list, void*);
    va_end(list);
    return closet::test::is_fake(descriptor)
               ? closet::test::answer(*closet::test::plugged, request, argument)
               : closet::test::real<int(int, unsigned long, ...)>("ioctl")(descriptor, request,
                                                                           argument);
}

ssize_t write(int descriptor, const void* data, std::size_t size) {
    if (!closet::test::is_fake(descriptor)) {
        return closet::test::real<ssize_t(int, const void*, std::size_t)>("write")(descriptor, data,
                                                                                   size);
    }
    if (closet::test::plugged->fails_with != 0) {
        errno = closet::test::plugged->fails_with;
        return -1;
    }
    closet::test::plugged->frames.emplace_back(static_cast<const char*>(data), size);
    return static_cast<ssize_t>(size);
}

int close(int descriptor) {
    if (closet::test::is_fake(descriptor)) {
        --closet::test::plugged->open;
        std::erase(closet::test::descriptors, descriptor);
    }
    return closet::test::real<int(int)>("close")(descriptor);
}

}  // extern "C"
