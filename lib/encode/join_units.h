#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "encode/encode_options.h"
#include "encode/mux.h"

namespace closet {

/// A unit to be joined.
struct UnitToJoin {
    std::filesystem::path file;
    std::string sha256;  ///< that it has to have
};

/// Reads the clip's packets once more, in the order of the file: those of other streams are copied,
/// those of the video keep the pace.
struct ClipPackets {
    /// The next packet; nothing at the end.
    std::function<std::optional<AvPacket>()> next;
    /// Microseconds on the input's clock from which on nothing more is copied; unset: to the end.
    std::optional<std::int64_t> until_us{};
};

/// Writes the units of a clip into one file, by copying, with the other streams of the clip.
/// `units`: at least one. `options`: with those of the muxer. `first_us`: time of the clip's first
/// frame. The file is complete afterwards, and waits to be published. Throws MediaError where a
/// unit is damaged, or was made with other settings than the first.
void join_units(Mux& mux, const MediaInfo& info, const EncodeOptions& options,
                std::int64_t first_us, const std::vector<UnitToJoin>& units,
                const ClipPackets& packets);

}  // namespace closet
