#include "bench/sweep/write_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, int error) {
    throw Error(fmt::format("cannot write {}: {}", path.string(), std::strerror(error)));
}

/// The file that a link points to, so that the link stays.
fs::path target_of(const fs::path& path) {
    std::error_code error;
    const fs::path target = fs::is_symlink(path, error) ? fs::canonical(path, error) : path;
    return error ? path : target;
}

fs::path partial_of(const fs::path& target) {
    return target.string() + ".partial";
}

void write_or_fail(const fs::path& path, const fs::path& shown, int flags, std::string_view text) {
    const int descriptor = ::open(path.c_str(), flags | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        fail(shown, errno);
    }
    int error = write_all(descriptor, text) == text.size() ? 0 : errno;
    if (::close(descriptor) != 0 && error == 0) {
        error = errno;
    }
    if (error != 0) {
        if ((flags & O_CREAT) != 0) {
            ::unlink(path.c_str());
        }
        fail(shown, error);
    }
}

}  // namespace

bool is_replaceable(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    return !fs::exists(status) || fs::is_regular_file(status);
}

std::size_t write_all(int descriptor, std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t count = ::write(descriptor, text.data() + done, text.size() - done);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return done;
        }
        done += static_cast<std::size_t>(count);
    }
    return done;
}

void replace_file(const fs::path& path, std::string_view text) {
    if (!is_replaceable(path)) {
        write_or_fail(path, path, 0, text);
        return;
    }
    const fs::path target = target_of(path);
    const fs::path partial = partial_of(target);
    write_or_fail(partial, path, O_CREAT | O_TRUNC, text);
    if (std::rename(partial.c_str(), target.c_str()) != 0) {
        const int error = errno;
        ::unlink(partial.c_str());
        fail(path, error);
    }
}

void check_replaceable(const fs::path& path) {
    if (path.empty() || fs::is_directory(path)) {
        throw Error(fmt::format("cannot write '{}': give the name of a file", path.string()));
    }
    if (!is_replaceable(path)) {
        if (::access(path.c_str(), W_OK) != 0) {
            fail(path, errno);
        }
        return;
    }
    const fs::path partial = partial_of(target_of(path));
    write_or_fail(partial, path, O_CREAT, "");
    ::unlink(partial.c_str());
}

}  // namespace closet::bench
