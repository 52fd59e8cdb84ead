#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/media_info.h"
#include "encode/output_file.h"
#include "encode/stream_copy.h"

namespace closet {

/// The kind of file that a name asks for.
struct Container {
    const AVOutputFormat* format;
    bool is_picture;  ///< an image file: one packet, nothing else
};

/// By the ending of the name. Throws ConfigError where that names no container.
Container container_of(const std::filesystem::path& path);

/// Writes one container: the encoded video, and the copied packets of all other streams.
class Mux {
  public:
    /// Opens a `NewFile` and chooses the container by the final name. Throws MediaError
    /// (not writable, the input itself) or ConfigError (no container of that name).
    Mux(const std::filesystem::path& path, const std::shared_ptr<const MediaInfo>& info);
    /// Writes `format` to any other target.
    Mux(std::unique_ptr<MuxTarget> target, const AVOutputFormat& format,
        std::shared_ptr<const MediaInfo> info);
    ~Mux();
    Mux(const Mux&) = delete;
    Mux& operator=(const Mux&) = delete;
    Mux(Mux&&) = delete;
    Mux& operator=(Mux&&) = delete;

    /// For options of the muxer (`-e movflags=...`) and what the encoder asks of the container.
    AVFormatContext& context() { return *context_; }
    const AVOutputFormat& format() const { return *container_.format; }
    bool is_picture() const { return container_.is_picture; }
    /// Whether the file can tell how its pictures are to be shown.
    bool keeps_orientation() const;
    std::string name() const { return target_->name(); }  ///< of the target, for messages

    /// Adds the streams and writes the header, which fixes every stream's time base. The
    /// orientation of the video is told where the file `keeps_orientation`, with the input's own
    /// matrix where it says the same. `origin_us` of the input's clock becomes 0, see time_line.h.
    void begin(const EncodedVideo& video, std::int64_t origin_us = 0);

    /// One packet of the encoder, in the encoder's time base.
    void write_video(AvPacket packet, AVRational time_base);

    /// One packet of another stream, as it was read: dropped where the container does not take the
    /// stream, otherwise written byte for byte with its time stamps on the output's clock.
    void write_copy(AvPacket packet);

    /// Hands on what the muxer keeps to group packets (clusters of Matroska, fragments of MP4), and
    /// what is buffered.
    void flush();

    /// Writes the trailer and hands on everything that is buffered.
    void finish();
    /// See MuxTarget.
    NewFile* file() { return target_->file(); }

  private:
    /// Without a container the target's name chooses it.
    Mux(std::unique_ptr<MuxTarget> target, std::optional<Container> container,
        std::shared_ptr<const MediaInfo> info);
    void add_picture(const EncodedVideo& video);
    void write(AvPacket packet);
    void order(AVPacket& packet);
    [[noreturn]] void fail(const char* what, int code);

    std::shared_ptr<const MediaInfo> info_;
    std::unique_ptr<MuxTarget> target_;
    Container container_;
    AvOutput context_;
    std::int64_t origin_us_ = 0;
    bool is_begun_ = false;  ///< the header is written, the trailer is not
    StreamMap map_;
    std::vector<std::int64_t> last_dts_;  ///< by output stream
    std::int64_t moved_ = 0;              ///< copied packets whose dts had to be moved
};

}  // namespace closet
