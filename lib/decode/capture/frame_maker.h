#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/picture_geometry.h"
#include "decode/capture/capture.h"
#include "decode/capture/feed.h"
#include "decode/pixel_convert.h"

namespace closet {

/// Makes frames of pictures: a format that can be painted on, an index, a time stamp that grows.
class FrameMaker {
  public:
    FrameMaker(std::string input, SourceKind kind) : input_(std::move(input)), kind_(kind) {}

    CapturedFrame make(FedPicture fed);

    /// What would be said of this picture's frame.
    SourceFacts facts_of(const CapturedPicture& picture) const;

  private:
    AvFrame paintable(AvFrame image);

    std::string input_;
    SourceKind kind_;
    PixelConvert convert_;
    AVPixelFormat told_format_ = AV_PIX_FMT_NONE;  ///< the conversion that a message was about
    std::int64_t frames_ = 0;
    std::optional<std::int64_t> last_pts_us_;
    std::optional<PictureGeometry> geometry_;  ///< of the last frame
};

/// The description for an encoder: only the video of `first`, on the clock of the frames.
std::shared_ptr<const MediaInfo> info_of(const CapturedPicture& first, AVPixelFormat format);

}  // namespace closet
