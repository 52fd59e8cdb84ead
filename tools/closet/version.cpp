#include "closet/version.h"

#include <string_view>

#include <fmt/format.h>

#include "closet/build_info.h"
#include "encode/libav_facts.h"
#include "infer/run/device.h"

namespace closet {

std::string short_version_text() {
    const BuildInfo facts = build_info();
    const std::string_view revision = facts.revision, sanitizers = facts.sanitizers;
    return fmt::format("closet {} ({}), {} build{}{} by {}", facts.version,
                       revision.empty() ? "no revision" : revision, facts.build_type,
                       sanitizers.empty() ? "" : " with sanitizers ", sanitizers, facts.compiler);
}

std::string version_text() {
    std::string text = fmt::format("{}\nLibTorch {}\n", short_version_text(), torch_version());
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
