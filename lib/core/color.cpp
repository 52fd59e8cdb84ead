#include "core/color.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

extern "C" {
#include <libavutil/csp.h>
#include <libavutil/pixdesc.h>
}

namespace closet {
namespace {

bool has_flag(AVPixelFormat format, unsigned flag) {
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    return descriptor != nullptr && (descriptor->flags & flag) != 0;
}

bool is_yuvj(AVPixelFormat format) {
    const char* name = av_get_pix_fmt_name(format);
    return name != nullptr && std::string_view(name).starts_with("yuvj");
}

AVPixelFormat format_of(const AVFrame& frame) {
    return static_cast<AVPixelFormat>(frame.format);
}

}  // namespace

bool is_rgb(AVPixelFormat format) {
    // X Y Z of digital cinema, too: libav has no flag of its own for it before 6.1.
    return format == AV_PIX_FMT_XYZ12LE || format == AV_PIX_FMT_XYZ12BE ||
           has_flag(format, AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
}

bool is_grey(AVPixelFormat format) {
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    return descriptor != nullptr && descriptor->nb_components < 3 && !is_rgb(format);
}

bool has_alpha(AVPixelFormat format) {
    return has_flag(format, AV_PIX_FMT_FLAG_ALPHA);
}

bool is_opaque(const AVFrame& frame) {
    if (!has_alpha(format_of(frame))) {
        return true;
    }
    const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(format_of(frame));
    const AVComponentDescriptor& alpha = format.comp[format.nb_components - 1];
    const int max = (1 << alpha.depth) - 1;
    for (int y = 0; y < frame.height; ++y) {
        const std::uint8_t* at = frame.data[alpha.plane] + alpha.offset +
                                 static_cast<std::ptrdiff_t>(y) * frame.linesize[alpha.plane];
        for (int x = 0; x < frame.width; ++x, at += alpha.step) {
            std::uint16_t value = *at;
            if (alpha.depth > 8) {
                std::memcpy(&value, at, sizeof value);
            }
            if (value >> alpha.shift != max) {
                return false;
            }
        }
    }
    return true;
}

AVColorSpace matrix_of(const AVFrame& frame) {
    if (is_rgb(format_of(frame))) {
        return AVCOL_SPC_RGB;
    }
    switch (frame.colorspace) {
        case AVCOL_SPC_RGB:
        case AVCOL_SPC_UNSPECIFIED:
        case AVCOL_SPC_RESERVED:
            break;
        default:
            if (frame.colorspace > 0 && frame.colorspace < AVCOL_SPC_NB) {
                return frame.colorspace;
            }
    }
    return frame.width >= 1280 || frame.height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

bool is_full_range(const AVFrame& frame) {
    const AVPixelFormat format = format_of(frame);
    if (is_rgb(format) || is_yuvj(format)) {
        return true;
    }
    return is_grey(format) ? frame.color_range != AVCOL_RANGE_MPEG
                           : frame.color_range == AVCOL_RANGE_JPEG;
}

AVColorTransferCharacteristic transfer_of(const AVFrame& frame) {
    switch (frame.color_trc) {
        case AVCOL_TRC_GAMMA22:
        case AVCOL_TRC_GAMMA28:
        case AVCOL_TRC_LINEAR:
        case AVCOL_TRC_LOG:
        case AVCOL_TRC_LOG_SQRT:
        case AVCOL_TRC_SMPTE2084:
        case AVCOL_TRC_SMPTE428:
        case AVCOL_TRC_ARIB_STD_B67:
            return frame.color_trc;
        default:
            return AVCOL_TRC_BT709;
    }
}

AVColorPrimaries primaries_of(const AVFrame& frame) {
    if (frame.color_primaries != AVCOL_PRI_UNSPECIFIED &&
        av_csp_primaries_desc_from_id(frame.color_primaries) != nullptr) {
        return frame.color_primaries;
    }
    const bool is_wide =
        frame.colorspace == AVCOL_SPC_BT2020_NCL || frame.colorspace == AVCOL_SPC_BT2020_CL ||
        frame.colorspace == AVCOL_SPC_ICTCP || frame.color_trc == AVCOL_TRC_SMPTE2084 ||
        frame.color_trc == AVCOL_TRC_ARIB_STD_B67;
    return is_wide ? AVCOL_PRI_BT2020 : AVCOL_PRI_BT709;
}

}  // namespace closet
