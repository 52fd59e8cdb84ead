#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decode/demux.h"
#include "encode/encode_units.h"
#include "encode/join_units.h"
#include "encode/transcode.h"
#include "support/temporary_folder.h"

namespace closet::test {

/// The units of a clip, each in a file of its own.
struct Units {
    TemporaryFolder folder;
    std::vector<UnitToJoin> files;
    std::int64_t first_us = 0, end_us = 0;
    std::int64_t frames = 0;
};

/// Encodes a clip in units of so many frames, up to `most` frames.
inline void encode_units(Units& units, const std::string& input, const std::string& output,
                         const EncodeOptions& options, std::int64_t length,
                         const DecodeOptions& range = {}, std::optional<std::int64_t> most = {}) {
    Decode decode(input, range);
    const auto file = [&] { return units.folder / std::to_string(units.files.size()); };
    UnitPlaces places{.file_of =
                          [&](const Frame& first) {
                              if (first.index == 0) {
                                  units.first_us =
                                      av_rescale_q(first.pts, first.time_base, AV_TIME_BASE_Q);
                              }
                              return std::filesystem::path(file());
                          },
                      .ended =
                          [&](UnitDone done, const Frame*) {
                              units.files.push_back({file(), done.sha256});
                              units.end_us = done.end_us;
                              units.frames += done.frames;
                          }};
    EncodeUnits encode(output, decode.info(), options, std::move(places));
    while (std::optional<Frame> frame = decode.next()) {
        if (most && frame->index >= *most) {
            break;
        }
        frame->unit_start = frame->index % length == 0;
        encode.consume(std::move(*frame));
    }
    encode.finish();
}

/// Joins them into `output`.
inline void join(const Units& units, const std::string& input, const std::string& output,
                 const EncodeOptions& options, const DecodeOptions& range = {},
                 bool until_last = false) {
    Demux packets(input, {range.start_s, range.end_s});
    Mux mux(output, packets.info());
    ClipPackets others{.next = [&] { return packets.read(); }};
    if (until_last) {
        others.until_us = units.end_us;
    }
    join_units(mux, *packets.info(), options, units.first_us, units.files, others);
    mux.file()->publish();
}

inline void transcode_in_units(const std::string& input, const std::string& output,
                               const EncodeOptions& options, std::int64_t length,
                               const DecodeOptions& range = {}) {
    Units units;
    encode_units(units, input, output, options, length, range);
    join(units, input, output, options, range);
}

}  // namespace closet::test
