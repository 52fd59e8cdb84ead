#include "bench/probe/case_options.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {

void include_parts(const std::string& list, ProbeOptions& options) {
    std::string_view rest = list;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view part = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        if (part == "decode") {
            options.include_decode = true;
        } else if (part == "encode") {
            options.include_encode = true;
        } else {
            throw ConfigError(fmt::format(
                "--include {}: '{}' is neither decode nor encode, the two that can be included",
                list, part));
        }
    }
}

std::string describe_contents(const ProbeOptions& options, const FitOptions& fit) {
    const std::string source =
        options.include_decode
            ? "decoding the file"
            : "taking decoded frames from memory, which makes painting copy every frame";
    const std::string sink =
        options.include_encode
            ? fmt::format("encoding with {} into a temporary Matroska file", fit.encode.codec)
            : "dropping the frames";
    return fmt::format(
        "{}, batching, inference, interpolation, painting and {}; opening files and loading "
        "networks and the garment are not in it. Latency is that of a frame from the source to the "
        "sink. Peak memory is the process's{}, networks of other cases taken off.",
        source, sink, options.include_decode ? "" : ", the clip's frames included");
}

}  // namespace closet::bench
