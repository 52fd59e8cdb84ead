#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/frame.h"
#include "core/media_info.h"
#include "decode/decode.h"

namespace closet {

/// Where a run's frames come from: a file that is decoded on the way, or memory.
class FrameSource {
  public:
    virtual ~FrameSource() = default;
    virtual std::string_view name() const = 0;  ///< of the stage, in metrics
    virtual const std::string& path() const = 0;
    virtual std::shared_ptr<const MediaInfo> info() const = 0;
    /// Frames of the clip that come before the first one here.
    virtual std::int64_t passed() const { return 0; }
    /// The next frame, or nothing at the end. Throws MediaError.
    virtual std::optional<Frame> next() = 0;
};

class DecodedSource final : public FrameSource {
  public:
    /// Throws as Decode does.
    DecodedSource(const std::string& path, const DecodeOptions& options)
        : path_(path), decode_(path, options) {}

    std::string_view name() const override { return Decode::kName; }
    const std::string& path() const override { return path_; }
    std::shared_ptr<const MediaInfo> info() const override { return decode_.info(); }
    std::optional<Frame> next() override { return decode_.next(); }

  private:
    std::string path_;
    Decode decode_;
};

namespace flags {
inline constexpr const char* kMaxFrames = "--max-frames";
inline constexpr const char* kInclude = "--include";
}  // namespace flags

struct MemoryClipOptions {
    DecodeOptions decode{};
    std::optional<std::int64_t> max_frames{};        ///< the clip ends after that many
    std::int64_t max_bytes = std::int64_t{2} << 30;  ///< of pixels and packets that may be held
};

/// A clip that is decoded once and held, so that runs can be measured without the decoder. Frames
/// are as the decoder gives them, with the packets of other streams. Safe to play from several
/// threads at a time.
class MemoryClip {
  public:
    /// Decodes the clip. Throws as Decode does, and MediaError where it does not fit into
    /// `max_bytes`; the message tells how to shorten it.
    explicit MemoryClip(const std::string& path, const MemoryClipOptions& options = {});

    const std::string& path() const { return path_; }
    std::shared_ptr<const MediaInfo> info() const { return info_; }
    /// In display order. Pixels are shared with everybody who plays the clip: read only.
    std::span<const Frame> frames() const { return frames_; }
    std::int64_t bytes() const { return bytes_; }

    /// A copy of one frame that shares its pixels.
    Frame frame(std::size_t index) const;

  private:
    std::string path_;
    std::shared_ptr<const MediaInfo> info_;
    std::vector<Frame> frames_;
    std::int64_t bytes_ = 0;
};

/// Plays a held clip, which must outlive it, from its beginning. Whoever paints on a frame copies
/// its pixels first, since the clip holds them too; behind a real decoder that is so for all frames
/// but those that no other refers to.
class MemorySource final : public FrameSource {
  public:
    explicit MemorySource(const MemoryClip& clip) : clip_(clip) {}

    std::string_view name() const override { return "memory"; }
    const std::string& path() const override { return clip_.path(); }
    std::shared_ptr<const MediaInfo> info() const override { return clip_.info(); }
    std::optional<Frame> next() override;

  private:
    const MemoryClip& clip_;
    std::size_t next_ = 0;
};

/// A run's first stage: hands out a source's frames, counts them, and can be told to end early.
class Clip {
  public:
    using Output = Frame;
    static constexpr std::string_view kName = Decode::kName;

    /// `go_on(frames so far)` is asked before each frame; the clip ends when it answers false.
    /// `tap` sees every frame, where it is not empty. It and the source are the caller's.
    Clip(FrameSource& source, std::function<bool(std::int64_t)> go_on,
         const std::function<void(const Frame&)>& tap)
        : source_(source), go_on_(std::move(go_on)), tap_(tap) {}

    std::optional<Frame> next() {
        if (!go_on_(frames_)) {
            return std::nullopt;
        }
        auto frame = source_.next();
        frames_ += frame ? 1 : 0;
        if (frame && tap_) {
            tap_(*frame);
        }
        return frame;
    }

    std::int64_t frames() const { return frames_; }

  private:
    FrameSource& source_;
    std::function<bool(std::int64_t)> go_on_;
    const std::function<void(const Frame&)>& tap_;
    std::int64_t frames_ = 0;
};

}  // namespace closet
