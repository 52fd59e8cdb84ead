#include "core/av_devices.h"

#include <mutex>
#include <string>

#include <dlfcn.h>
#include <fmt/format.h>

extern "C" {
#include <libavdevice/version.h>
}

#include "core/error.h"

namespace closet {

void register_av_devices() {
    static std::once_flag once;
    std::call_once(once, [] {
        const std::string library = fmt::format("libavdevice.so.{}", LIBAVDEVICE_VERSION_MAJOR);
        void* const opened = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
        void* const found = opened != nullptr ? dlsym(opened, "avdevice_register_all") : nullptr;
        if (found == nullptr) {
            throw MediaError(fmt::format(
                "cannot load {}, which cameras and test pictures need, because of {}; install it",
                library, dlerror()));
        }
        reinterpret_cast<void (*)()>(found)();
    });
}

}  // namespace closet
