#pragma once

#include <string>

#include "core/av_handles.h"

namespace closet {

/// A decoder that runs on an NVIDIA card, or the reason why there is none.
struct HardwareDecoder {
    const AVCodec* codec = nullptr;  ///< null where not available
    AvBuffer device;                 ///< AVHWDeviceContext
    std::string reason;              ///< for the user, where `codec` is null
};

/// Looks for a decoder of `codec_id` with CUDA support and opens the first CUDA device. Never
/// throws: without hardware the caller decodes on the CPU.
HardwareDecoder find_cuda_decoder(AVCodecID codec_id);

/// Makes an unopened decoder context use the device. Frames come as AV_PIX_FMT_CUDA where the card
/// takes the stream, else in system memory.
void use_hardware(AVCodecContext& context, const HardwareDecoder& hardware);

/// The frame itself, or its copy in system memory where it is a hardware surface. Keeps properties.
AvFrame to_system_memory(AvFrame frame);

}  // namespace closet
