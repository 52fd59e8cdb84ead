#include "batch/luma.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/error.h"

namespace closet {

LumaReader::LumaReader(const AVFrame& image) : width_(image.width), height_(image.height) {
    const AVPixFmtDescriptor* format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(image.format));
    constexpr std::uint64_t kUnreadable =
        AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BE;
    if (format == nullptr || (format->flags & kUnreadable) != 0) {
        throw MediaError(
            "cannot read the brightness of a picture that is not in memory as "
            "whole little-endian samples");
    }
    // The components of RGB formats are R, G, B in this order, wherever they lie.
    const AVComponentDescriptor& component =
        format->comp[(format->flags & AV_PIX_FMT_FLAG_RGB) != 0 ? 1 : 0];
    first_ = image.data[component.plane] + component.offset;
    row_step_ = image.linesize[component.plane];
    step_ = component.step;
    two_bytes_ = component.depth > 8;
    shift_ = two_bytes_ ? component.shift + component.depth - 8 : 0;
}

}  // namespace closet
