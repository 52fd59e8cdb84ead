#include "decode/capture/fake_v4l2.h"

#include <cstdarg>
#include <fstream>
#include <map>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "decode/capture/fake_v4l2_driver.h"

namespace closet::test {

namespace {

using State = FakeCamera::State;

struct World {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<State>> cameras;
    std::map<std::pair<dev_t, ino_t>, std::shared_ptr<State>> handles;
};
World& world() {
    static World instance;
    return instance;
}

int open_camera(const std::shared_ptr<State>& state) {
    const std::lock_guard lock(state->mutex);
    if (state->settings.open_error != 0 || state->settings.is_gone) {
        return fail_with(state->settings.is_gone ? ENODEV : state->settings.open_error);
    }
    const int file = memfd_create("fake camera", MFD_CLOEXEC);
    struct stat about {};
    fstat(file, &about);
    state->release();
    if (state->mode.width == 0) {
        state->mode = state->settings.modes.front();
        state->rate = state->mode.rates.front();
    }
    const std::lock_guard world_lock(world().mutex);
    world().handles[{about.st_dev, about.st_ino}] = state;
    return file;
}

std::shared_ptr<State> camera_at(const char* path) {
    const std::lock_guard lock(world().mutex);
    const auto found = world().cameras.find(path);
    return found != world().cameras.end() ? found->second : nullptr;
}

std::shared_ptr<State> camera_behind(int file) {
    struct stat about {};
    if (fstat(file, &about) != 0) {
        return nullptr;
    }
    const std::lock_guard lock(world().mutex);
    const auto found = world().handles.find({about.st_dev, about.st_ino});
    return found != world().handles.end() ? found->second : nullptr;
}

int open_any(const char* path, int flags, mode_t mode) {
    if (const std::shared_ptr<State> camera = camera_at(path)) {
        return open_camera(camera);
    }
    return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // namespace

FakeCamera::FakeCamera(const std::string& path, FakeCameraSettings settings)
    : state_(std::make_shared<State>()) {
    state_->settings = std::move(settings);
    std::ofstream(path).flush();  // for those who list the folder
    const std::lock_guard lock(world().mutex);
    world().cameras[path] = state_;
}

FakeCamera::~FakeCamera() {
    const std::lock_guard lock(world().mutex);
    std::erase_if(world().cameras, [this](const auto& each) { return each.second == state_; });
    std::erase_if(world().handles, [this](const auto& each) { return each.second == state_; });
}

int FakeCamera::calls() const {
    const std::lock_guard lock(state_->mutex);
    return state_->calls;
}

FakeCameraSettings FakeCamera::settings() const {
    const std::lock_guard lock(state_->mutex);
    return state_->settings;
}

void FakeCamera::set(FakeCameraSettings settings) {
    const std::lock_guard lock(state_->mutex);
    state_->settings = std::move(settings);
}

}  // namespace closet::test

// The mode is read whether it was given or not, as libc's own wrappers do where it does not matter.
#define CLOSET_FAKE_OPEN(name)                                              \
    extern "C" int name(const char* path, int flags, ...) {                 \
        va_list arguments;                                                  \
        va_start(arguments, flags);                                         \
        const auto mode = static_cast<mode_t>(va_arg(arguments, unsigned)); \
        va_end(arguments);                                                  \
        return closet::test::open_any(path, flags, mode);                   \
    }
CLOSET_FAKE_OPEN(open)
CLOSET_FAKE_OPEN(open64)

extern "C" int ioctl(int file, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    if (const auto camera = closet::test::camera_behind(file)) {
        const std::lock_guard lock(camera->mutex);
        return closet::test::answer_ioctl(*camera, file, request, argument);
    }
    return static_cast<int>(syscall(SYS_ioctl, file, request, argument));
}
