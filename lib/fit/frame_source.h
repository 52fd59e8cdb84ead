#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

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

}  // namespace closet
