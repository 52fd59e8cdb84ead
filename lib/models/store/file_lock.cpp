#include "models/store/file_lock.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"

namespace closet {

namespace {

// A blocking flock would restart after a signal, so that Ctrl-C could not end the wait.
constexpr auto kPause = std::chrono::milliseconds(50);

/// The former owner removes the file, so what was locked may not be what lies there now.
bool is_still(int descriptor, const char* path) {
    struct stat opened {};
    struct stat present {};
    return fstat(descriptor, &opened) == 0 && stat(path, &present) == 0 &&
           opened.st_ino == present.st_ino && opened.st_dev == present.st_dev;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file, const std::function<bool()>& wait)
    : path_(file.parent_path() / fmt::format(".{}.lock", file.filename().string())) {
    while (true) {
        const int descriptor = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (descriptor < 0) {
            throw ModelError(
                fmt::format("cannot write in the models folder: {}: {}; set CLOSET_MODELS to a "
                            "folder of yours",
                            path_.string(), std::strerror(errno)));
        }
        const bool locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
        const int error = locked ? 0 : errno;
        if (locked && is_still(descriptor, path_.c_str())) {
            descriptor_ = descriptor;
            return;
        }
        close(descriptor);
        if (!locked && error != EWOULDBLOCK && error != EINTR) {
            throw ModelError(
                fmt::format("cannot lock {}: {}", path_.string(), std::strerror(error)));
        }
        if (!wait()) {
            return;
        }
        std::this_thread::sleep_for(kPause);
    }
}

FileLock::~FileLock() {
    if (held()) {
        unlink(path_.c_str());
        close(descriptor_);
    }
}

}  // namespace closet
