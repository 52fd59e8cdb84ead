#include "bench/probe/temporary_output.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {

namespace fs = std::filesystem;

TemporaryOutput::TemporaryOutput(const std::string& name) : name_(name) {
    std::error_code none;
    std::string folder = (fs::temp_directory_path(none) / "closet-bench-XXXXXX").string();
    if (none || mkdtemp(folder.data()) == nullptr) {
        const std::error_code error = none ? none : std::error_code(errno, std::generic_category());
        throw Error(fmt::format(
            "--include encode: cannot write to the folder for temporary files ({}); set TMPDIR to "
            "one with room",
            error.message()));
    }
    folder_ = folder;
}

TemporaryOutput::~TemporaryOutput() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

}  // namespace closet::bench
