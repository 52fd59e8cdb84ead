#pragma once

#include <string_view>

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"
#include "pipeline/concepts.h"
#include "warp/warp.h"

namespace closet {

/// Note [Matte]
/// The alpha with which a frame was painted, for each pixel: 0 where it is as it was, 255 where
/// nothing of it is left. Several patches, of several people say, add up as light through several
/// panes: 1 - (1 - a)(1 - b). Where luma and chroma of a frame differ in resolution, a chroma
/// sample is painted as soon as one of the pixels that it is made of is.

/// Adds a patch to the matte (CV_8UC1 of the frame's size) of the frame it is painted into.
void add_to_matte(cv::Mat& matte, const Patch& patch);

/// A dressed frame and its matte.
struct MattedFrame {
    Frame frame;
    Frame matte;  ///< gray8, full range; size, number, times and orientation are those of `frame`
};

/// `warp`, which is the caller's, as a stage that hands out the matte as well.
class WarpWithMatte {
  public:
    using Input = PosedFrame;
    using Output = MattedFrame;
    static constexpr std::string_view kName = Warp::kName;

    explicit WarpWithMatte(Warp& warp) : warp_(warp) {}

    void process(PosedFrame input, const Emit<MattedFrame>& emit);
    void flush(const Emit<MattedFrame>&) {}

  private:
    AvFrame blank(const AVFrame& like);

    Warp& warp_;
    AvBufferPool pool_;
    std::size_t buffer_size_ = 0;
};

}  // namespace closet
