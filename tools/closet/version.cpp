#include "version.h"

#include <fmt/format.h>

#include "build_facts.h"
#include "encode/libav_facts.h"
#include "infer/device.h"

namespace closet {

std::string version_text() {
    std::string text = fmt::format(
        "closet {} ({}), {} build{} by {}\n", CLOSET_VERSION,
        CLOSET_REVISION[0] != '\0' ? CLOSET_REVISION : "no revision", CLOSET_BUILD_TYPE,
        CLOSET_SANITIZERS[0] != '\0' ? " with sanitizers " CLOSET_SANITIZERS : "", CLOSET_COMPILER);
    text += fmt::format("LibTorch {}\n", torch_version());
    for (const LibraryVersion& library : libav_versions()) {
        text += fmt::format("{} {}\n", library.name, library.version);
    }
    text += libav_is_gpl()
                ? "Apache-2.0; with this FFmpeg, a GPL build, the program as a whole is under "
                  "the GPL, version 2 or later"
                : "Apache-2.0";
    return text;
}

}  // namespace closet
