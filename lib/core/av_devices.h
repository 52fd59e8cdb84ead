#pragma once

namespace closet {

/// Makes the formats of libavdevice (v4l2, lavfi) known to libavformat. The library and the 20 that
/// it and libavfilter drag in are loaded here, since most runs need none of them: they are a third
/// of what libav costs at start. Safe to call more than once and from several threads. Throws
/// MediaError where it cannot be loaded.
void register_av_devices();

}  // namespace closet
