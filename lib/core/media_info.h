#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/av_handles.h"
#include "core/picture_geometry.h"

namespace closet {

/// Names and values in file order, e.g. title, language, creation_time.
using Tags = std::vector<std::pair<std::string, std::string>>;

struct SideData {
    AVPacketSideDataType type;
    std::vector<std::uint8_t> bytes;
};

/// One stream of the input, as the demuxer described it.
struct StreamInfo {
    AvCodecParameters codec;  ///< never null
    AVRational time_base{1, 1};
    AVRational avg_frame_rate{0, 1};       ///< 0/1 where unknown
    AVRational sample_aspect_ratio{0, 1};  ///< 0/1 where unknown
    int id = 0;                            ///< the container's own number of the stream
    int disposition = 0;                   ///< AV_DISPOSITION_*
    Tags metadata;
    std::vector<SideData> side_data;
    std::vector<std::uint8_t> cover;  ///< the image file, where `is_cover`

    /// A cover picture that a player shows for the whole file; not a video.
    bool is_cover() const { return (disposition & AV_DISPOSITION_ATTACHED_PIC) != 0; }
};

struct ChapterInfo {
    std::int64_t id = 0;
    AVRational time_base{1, 1};
    std::int64_t start = 0, end = 0;  ///< in `time_base` units, on the clock of the input
    Tags metadata;
};

/// What is known of a clip once it is open: everything that the encoder needs to hand the clip back
/// as it was. A copy, so it outlives the demuxer; immutable, so threads share it as
/// `std::shared_ptr<const MediaInfo>`.
struct MediaInfo {
    std::string path;                   ///< as the user gave it
    std::string format;                 ///< libav's demuxer, e.g. "mov,mp4,m4a,3gp,3g2,mj2"
    bool is_still_picture = false;      ///< an image file: one frame, no timing worth keeping
    double duration_s = 0;              ///< of what will be decoded; 0 unknown
    std::int64_t estimated_frames = 0;  ///< of what will be decoded; 0 unknown
    double start_s = 0;                 ///< `start_us` in seconds

    /// Time stamp at which the first stream is seen or heard, in microseconds: below zero where a
    /// clock has wrapped, hours in a recording of a broadcast. What a codec needs to settle and
    /// players hide (AAC priming, Opus' delay) lies before it.
    std::int64_t start_us = 0;

    /// Microseconds after the start that a range (`--start`) begins. Time stamps of frames and
    /// packets stay on the input's clock until they are written.
    std::int64_t cut_us = 0;

    Orientation orientation;          ///< how the video is to be shown
    AVRational frame_rate{0, 1};      ///< libav's best guess for the video; 0/1 unknown
    std::size_t video_stream = 0;     ///< index of the stream that is decoded
    std::vector<StreamInfo> streams;  ///< all, by the input's stream index
    std::vector<ChapterInfo> chapters;
    Tags metadata;

    const StreamInfo& video() const { return streams.at(video_stream); }
};

/// A clip of one video whose frames are made of the input's: clock, orientation, rate and the shape
/// of pixels stay; titles, other streams, what is known of its length and of its colors do not.
MediaInfo video_made_of(const MediaInfo& input);

/// Copies what an opened input tells. `video_stream` is the index of the stream to decode.
MediaInfo describe(AVFormatContext& input, std::size_t video_stream, std::string path);

}  // namespace closet
