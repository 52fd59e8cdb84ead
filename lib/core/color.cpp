#include "core/color.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
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

/// SMPTE ST 2084, in 10,000 cd/m2.
namespace pq {
constexpr double kM1 = 2610.0 / 16384, kM2 = 2523.0 / 4096 * 128;
constexpr double kC1 = 3424.0 / 4096, kC2 = 2413.0 / 4096 * 32, kC3 = 2392.0 / 4096 * 32;
constexpr double kPeak = 10000.0 / kDiffuseWhiteNits;  ///< in diffuse whites
}  // namespace pq

namespace hlg {
constexpr double kA = 0.17883277, kB = 1 - 4 * kA;
const double kC = 0.5 - kA * std::log(4 * kA);
constexpr double kPeak = kHlgPeakNits / kDiffuseWhiteNits;

double scene_of_code(double code) {
    return code <= 0.5 ? code * code / 3 : (std::exp((code - kC) / kA) + kB) / 12;
}
}  // namespace hlg

/// Digital cinema: 48 cd/m2 of 52.37 (SMPTE ST 428-1).
constexpr double kCinemaWhite = 48.0 / 52.37, kCinemaGamma = 2.6;

double srgb_light(double code) {
    return code <= 0.04045 ? code / 12.92 : std::pow((code + 0.055) / 1.055, 2.4);
}

double srgb_code(double light) {
    return light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

/// Up to here light is kept; what is above nears 1.
constexpr double kKnee = 0.8;

double compressed(double light) {
    return light <= kKnee ? light : 1 - (1 - kKnee) * std::exp((kKnee - light) / (1 - kKnee));
}

}  // namespace

bool is_rgb(AVPixelFormat format) {
    // X Y Z of digital cinema, too: libav has no flag of its own for it before 6.1.
    return format == AV_PIX_FMT_XYZ12LE || format == AV_PIX_FMT_XYZ12BE ||
           has_flag(format, AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
}

bool is_gray(AVPixelFormat format) {
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
    return is_gray(format) ? frame.color_range != AVCOL_RANGE_MPEG
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

double hlg_code_of_scene(double scene) {
    return scene <= 1.0 / 12 ? std::sqrt(3 * scene)
                             : hlg::kA * std::log(12 * scene - hlg::kB) + hlg::kC;
}

double light_of(AVColorTransferCharacteristic transfer, double code) {
    const double c = std::clamp(code, 0.0, 1.0);
    switch (transfer) {
        case AVCOL_TRC_LINEAR:
            return c;
        case AVCOL_TRC_GAMMA22:
            return std::pow(c, 2.2);
        case AVCOL_TRC_GAMMA28:
            return std::pow(c, 2.8);
        case AVCOL_TRC_LOG:
            return c > 0 ? std::pow(10.0, 2 * (c - 1)) : 0;
        case AVCOL_TRC_LOG_SQRT:
            return c > 0 ? std::pow(10.0, 2.5 * (c - 1)) : 0;
        case AVCOL_TRC_SMPTE428:
            return std::pow(c, kCinemaGamma) / kCinemaWhite;
        case AVCOL_TRC_SMPTE2084: {
            const double p = std::pow(c, 1 / pq::kM2);
            return pq::kPeak *
                   std::pow(std::max(p - pq::kC1, 0.0) / (pq::kC2 - pq::kC3 * p), 1 / pq::kM1);
        }
        case AVCOL_TRC_ARIB_STD_B67:
            return hlg::kPeak * std::pow(hlg::scene_of_code(c), kHlgGamma);
        default:
            return srgb_light(c);
    }
}

double code_of(AVColorTransferCharacteristic transfer, double light) {
    const double l = std::max(light, 0.0);
    const auto code = [&] {
        switch (transfer) {
            case AVCOL_TRC_LINEAR:
                return l;
            case AVCOL_TRC_GAMMA22:
                return std::pow(l, 1 / 2.2);
            case AVCOL_TRC_GAMMA28:
                return std::pow(l, 1 / 2.8);
            case AVCOL_TRC_LOG:
                return l > 0 ? 1 + std::log10(l) / 2 : 0;
            case AVCOL_TRC_LOG_SQRT:
                return l > 0 ? 1 + std::log10(l) / 2.5 : 0;
            case AVCOL_TRC_SMPTE428:
                return std::pow(l * kCinemaWhite, 1 / kCinemaGamma);
            case AVCOL_TRC_SMPTE2084: {
                const double p = std::pow(l / pq::kPeak, pq::kM1);
                return std::pow((pq::kC1 + pq::kC2 * p) / (1 + pq::kC3 * p), pq::kM2);
            }
            case AVCOL_TRC_ARIB_STD_B67:
                return hlg_code_of_scene(std::pow(l / hlg::kPeak, 1 / kHlgGamma));
            default:
                return srgb_code(l);
        }
    };
    return std::clamp(code(), 0.0, 1.0);
}

const std::array<std::uint8_t, 256>* sdr_curve(const AVFrame& frame) {
    const AVColorTransferCharacteristic transfer = transfer_of(frame);
    if (transfer == AVCOL_TRC_BT709) {
        return nullptr;
    }
    static std::mutex mutex;
    static std::map<AVColorTransferCharacteristic, std::array<std::uint8_t, 256>> curves;
    const std::lock_guard lock(mutex);
    const auto [entry, is_new] = curves.try_emplace(transfer);
    if (is_new) {
        for (std::size_t i = 0; i < 256; ++i) {
            const double light = light_of(transfer, static_cast<double>(i) / 255);
            entry->second[i] =
                static_cast<std::uint8_t>(std::lround(255 * srgb_code(compressed(light))));
        }
    }
    return &entry->second;
}

}  // namespace closet
