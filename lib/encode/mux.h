#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
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

/// Writes one container: the encoded video, and the copied packets of all other streams.
class Mux {
  public:
    /// Creates `<path>.partial` and chooses the container by the final name. Throws MediaError
    /// (not writable, the input itself) or ConfigError (no container of that name).
    Mux(const std::filesystem::path& path, std::shared_ptr<const MediaInfo> info);
    ~Mux();
    Mux(const Mux&) = delete;
    Mux& operator=(const Mux&) = delete;
    Mux(Mux&&) = delete;
    Mux& operator=(Mux&&) = delete;

    /// For options of the muxer (`-e movflags=...`) and what the encoder asks of the container.
    AVFormatContext& context() { return *context_; }
    const AVOutputFormat& format() const { return *container_.format; }
    bool is_picture() const { return container_.is_picture; }
    const OutputFile& file() const { return file_; }

    /// Takes the video's parameters from its opened encoder and writes the header, which fixes
    /// every stream's time base.
    void begin(const AVCodecContext& encoder);

    /// One packet of the encoder, in the encoder's time base.
    void write_video(AvPacket packet, AVRational time_base);

    /// One packet of another stream, as it was read: dropped where the container does not take the
    /// stream, otherwise written byte for byte with its time stamps on the output's clock.
    void write_copy(AvPacket packet);

    /// Writes the trailer and everything to the disk.
    void finish();
    void publish() { file_.publish(); }

  private:
    void write(AvPacket packet);
    void order(AVPacket& packet);
    [[noreturn]] void fail(const char* what, int code);

    std::shared_ptr<const MediaInfo> info_;
    OutputFile file_;
    Container container_;
    AvOutput context_;
    StreamMap map_;
    std::vector<std::int64_t> last_dts_;  ///< by output stream
    std::int64_t moved_ = 0;              ///< copied packets whose dts had to be moved
};

}  // namespace closet
