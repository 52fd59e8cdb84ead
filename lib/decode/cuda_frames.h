#pragma once

#include <string>

#include "core/av_handles.h"

namespace closet {

/// An AVHWDeviceContext of a card in the CUDA context that LibTorch uses, so that each can read
/// what the other wrote. Null where there is none; `reason` tells why then. (What libav makes by
/// itself is a context of its own, or one that it refuses once LibTorch was there first.)
AvBuffer share_cuda_context(int number, std::string& reason);

/// Copies decoded frames within the card. NVDEC has no more than 32 surfaces, which the decoder
/// needs for itself, while dozens of frames are on their way: so none is kept longer than the copy
/// takes, and the copies come from a pool that grows.
class CudaFrames {
  public:
    /// Whether a decoded frame is one that may stay: NV12 or P010 on the card, of which libav has
    /// cut nothing off at the left and the top.
    static bool takes(const AVFrame& decoded);

    /// Its pixels and properties in a surface of its own. Throws MediaError.
    AvFrame copy(const AVFrame& decoded);

  private:
    AvBuffer pool_;  ///< AVHWFramesContext
};

/// The format of the samples of a frame on the card.
AVPixelFormat format_on_card(const AVFrame& surface);

}  // namespace closet
