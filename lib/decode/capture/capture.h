#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/frame.h"
#include "core/media_info.h"
#include "core/option.h"

namespace closet {

/// What kind of source an input is, by its name and by what is there under it; nothing is opened.
enum class SourceKind {
    kCamera,   ///< a V4L2 device: /dev/video0, or v4l2:/dev/...
    kFile,     ///< a regular file
    kNetwork,  ///< a URL
    kPipe,     ///< "-", a FIFO
    kLavfi,    ///< "lavfi:" and a filter graph, e.g. lavfi:testsrc=size=1280x720:rate=30
};
SourceKind kind_of_source(const std::string& input);
std::string_view to_string(SourceKind kind);

namespace flags {
inline constexpr const char* kListCameras = "--list-cameras";  ///< of the command; messages name it
}

struct CaptureOptions {
    std::string input{};
    std::optional<int> width{}, height{};  ///< asked of a camera, both or none
    std::optional<double> rate{};          ///< frames a second, asked of a camera
    std::string pixel_format{};  ///< of a camera: a libav pixel format or mjpeg; empty: its choice
    bool realtime = true;        ///< files and lavfi play at their own rate, else as fast as taken
    bool loop = false;           ///< a file begins again at its end; time goes on
    bool reconnect = true;       ///< cameras and network sources that go away are waited for
    double first_backoff_s = 0.25, max_backoff_s = 5;  ///< between tries; doubles
    /// Without a packet, or with none that can be decoded, a camera or a network source counts as
    /// gone. A pipe may pause for as long as it likes.
    double timeout_s = 5;
    int threads = 0;    ///< of the decoder, in slices; 0 chooses
    KeyValues extra{};  ///< of libav's demuxer or device
};
std::vector<Option> options_of(CaptureOptions& options);

/// What is known of a source once it is open; after a reconnection it may be another picture.
struct SourceFacts {
    SourceKind kind = SourceKind::kFile;
    std::string codec;          ///< libav's name, "rawvideo" for uncompressed cameras
    int width = 0, height = 0;  ///< of stored pixels
    double rate = 0;            ///< frames a second that the source promises; 0 unknown
    std::string pixel_format;   ///< of the frames handed out
};

struct CaptureCounts {
    std::int64_t frames = 0;   ///< handed out
    std::int64_t late = 0;     ///< dropped here: they were due when the next one was due as well
    std::int64_t damaged = 0;  ///< packets and pictures that could not be decoded
    std::int64_t reconnections = 0;
};

/// The source of a live run. One thread calls `next`; `counts`, `facts` and `connected` are safe
/// from any.
///
/// Note [Live decoding]
/// Frame threads and B-frame reordering of the decoder would each add frames of delay: the decoder
/// gets slice threads and the low-delay flag, the demuxer a small probe. What it has read for that
/// is decoded like the rest (libav's "nobuffer" would throw the first key frame away); it comes at
/// once, so nothing lags behind for it. Files are read ahead of their time and decoded as always.
class Capture {
  public:
    /// Opens the source. Throws MediaError (absent, in use, not allowed, no video, unreadable) or
    /// ConfigError (a size, rate or format that the camera does not have; the message lists those
    /// that it has). Opening decodes the first picture; a stop on the way throws MediaError too.
    explicit Capture(CaptureOptions options, const std::stop_token& stop = {});
    ~Capture();
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    Capture(Capture&&) = delete;
    Capture& operator=(Capture&&) = delete;

    /// Waits for the next frame. Nothing at the end of a file or a pipe, or soon (100 ms) after a
    /// stop is requested, also in the middle of connecting; only the look-up of a host's name and a
    /// camera's driver cannot be interrupted. A source that goes away is opened again with a
    /// growing pause between tries, a message each time; where that is not wanted, a stream that
    /// ends properly is at its end, and anything else is a MediaError. Frames are in a format that
    /// can be painted on; a file, too, may change its size on the way.
    std::optional<CapturedFrame> next(const std::stop_token& stop);

    SourceFacts facts() const;
    /// For an encoder behind it: the video stream as opened first, on the clock of the frames.
    std::shared_ptr<const MediaInfo> info() const;
    CaptureCounts counts() const;
    /// False while the source is gone and waited for.
    bool connected() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace closet
