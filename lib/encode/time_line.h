#pragma once

#include <cstdint>

#include "core/media_info.h"

namespace closet {

/// Note [Time line of the output]
/// A file begins at 0, whatever the clock of its input says: hours in a recording of a broadcast,
/// less than nothing where the 33 bits of a transport stream have wrapped. Fractions of a second
/// stay where the input's own 0 means the beginning. Only transport streams keep the input's clock.
/// What an input hides before its start (sound that a codec needs to settle, what an edit list cuts
/// away) stays where the container can hide it as well: MP4 and its family by edit lists, Matroska
/// the delay of Opus. Elsewhere it would be heard, and everything would move to make room for it:
/// there it is left out.

/// True for Matroska and WebM.
bool is_matroska(const AVOutputFormat& format);

/// The time of the input, in microseconds, that becomes 0. `first_us` is the time of the first
/// frame, which may come before the start that the container claims.
std::int64_t origin_us(const AVOutputFormat& format, const MediaInfo& info, std::int64_t first_us);

/// Fits a packet of a copied stream, whose stamps are on the output's clock, to what its muxer can
/// say about times before 0. False for one that has to be left out.
bool fit_before_zero(AVPacket& packet, const AVFormatContext& output);

/// Pictures that are decoded ahead of their time have decoding times before 0. A muxer that cannot
/// write them would move everything; the first ones are pressed into the first ticks instead, which
/// stays in order and ahead of the presentation. `last_dts` is the stream's last one, or none.
void lift_dts(AVPacket& packet, const AVFormatContext& output, std::int64_t last_dts);

}  // namespace closet
