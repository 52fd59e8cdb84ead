#include "warp/paint/color_map.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/csp.h>
}

#include "core/color.h"

namespace closet {
namespace {

constexpr std::size_t kSteps = 4096;  ///< of the table of code values

cv::Vec3d xyz_of(AVRational x, AVRational y) {
    const double cx = av_q2d(x), cy = av_q2d(y);
    return {cx / cy, 1.0, (1 - cx - cy) / cy};
}

/// From linear R G B to X Y Z with the white point's Y = 1.
cv::Matx33d xyz_from_rgb(const AVColorPrimariesDesc& primaries) {
    const cv::Vec3d r = xyz_of(primaries.prim.r.x, primaries.prim.r.y);
    const cv::Vec3d g = xyz_of(primaries.prim.g.x, primaries.prim.g.y);
    const cv::Vec3d b = xyz_of(primaries.prim.b.x, primaries.prim.b.y);
    const cv::Matx33d columns(r[0], g[0], b[0], r[1], g[1], b[1], r[2], g[2], b[2]);
    const cv::Vec3d scale = columns.inv() * xyz_of(primaries.wp.x, primaries.wp.y);
    return columns * cv::Matx33d::diag(scale);
}

/// Adapts X Y Z from one white point to another, after Bradford.
cv::Matx33d adaptation(const AVWhitepointCoefficients& from, const AVWhitepointCoefficients& to) {
    const cv::Matx33d cones(0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685,
                            1.0296);
    const cv::Vec3d source = cones * xyz_of(from.x, from.y);
    const cv::Vec3d target = cones * xyz_of(to.x, to.y);
    return cones.inv() *
           cv::Matx33d::diag(
               {target[0] / source[0], target[1] / source[1], target[2] / source[2]}) *
           cones;
}

}  // namespace

ColorMap::ColorMap(AVColorTransferCharacteristic transfer, AVColorPrimaries primaries) {
    if (transfer == AVCOL_TRC_BT709 && primaries == AVCOL_PRI_BT709) {
        return;
    }
    const AVColorPrimariesDesc& srgb = *av_csp_primaries_desc_from_id(AVCOL_PRI_BT709);
    const AVColorPrimariesDesc* tagged = av_csp_primaries_desc_from_id(primaries);
    const AVColorPrimariesDesc& target = tagged != nullptr ? *tagged : srgb;
    const cv::Matx33d to_xyz = xyz_from_rgb(target);
    cv::Matx33d matrix = to_xyz.inv() * adaptation(srgb.wp, target.wp) * xyz_from_rgb(srgb);
    if (!cv::checkRange(cv::Mat(matrix, false))) {
        matrix = cv::Matx33d::eye();  // primaries without luminance
    }
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            primaries_[i][j] = static_cast<float>(matrix(static_cast<int>(i), static_cast<int>(j)));
        }
        luminance_[i] = static_cast<float>(to_xyz(1, static_cast<int>(i)));
    }
    is_hlg_ = transfer == AVCOL_TRC_ARIB_STD_B67;
    encode_.resize(kSteps + 2);
    for (std::size_t i = 0; i < encode_.size(); ++i) {
        const double root = static_cast<double>(i) / kSteps;
        encode_[i] = static_cast<float>(is_hlg_ ? hlg_code_of_scene(root * root)
                                                : code_of(transfer, root * root));
    }
    const double white = code_of(transfer, 1.0);
    for (std::size_t i = 0; i < 256; ++i) {
        const double value = static_cast<double>(i) / 255;
        light_[i] = static_cast<float>(light_of(AVCOL_TRC_BT709, value));
        dark_alpha_[i] =
            static_cast<float>(1 - code_of(transfer, light_of(AVCOL_TRC_BT709, 1 - value)) / white);
    }
    dark_alpha_[255] = 1.0F;  // also on curves whose black is not 0
}

float ColorMap::code(float light) const {
    const float at = std::sqrt(std::clamp(light, 0.0F, 1.0F)) * static_cast<float>(kSteps);
    const auto i = static_cast<std::size_t>(at);
    return encode_[i] + (at - static_cast<float>(i)) * (encode_[i + 1] - encode_[i]);
}

cv::Mat ColorMap::convert8(const cv::Mat& rgba) const {
    constexpr int kBits = 12;  // of linear light; at black a step is 0.8 levels of sRGB
    constexpr int kWhite = (1 << kBits) - 1;
    constexpr int kMatrixBits = 14;
    std::array<std::int32_t, 256> light{};
    for (std::size_t i = 0; i < light.size(); ++i) {
        light[i] = static_cast<std::int32_t>(std::lround(light_[i] * kWhite));
    }
    std::array<std::uint8_t, kWhite + 1> level{};
    for (std::size_t i = 0; i < level.size(); ++i) {
        level[i] = static_cast<std::uint8_t>(
            std::lround(255 * code(static_cast<float>(i) / static_cast<float>(kWhite))));
    }
    std::array<std::array<std::int32_t, 3>, 3> matrix{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            matrix[i][j] =
                static_cast<std::int32_t>(std::lround(std::ldexp(primaries_[i][j], kMatrixBits)));
        }
    }
    cv::Mat result(rgba.size(), CV_8UC4);
    for (int y = 0; y < rgba.rows; ++y) {
        const std::uint8_t* from = rgba.ptr(y);
        std::uint8_t* to = result.ptr(y);
        for (int x = 0; x < rgba.cols; ++x, from += 4, to += 4) {
            const std::int32_t r = light[from[0]], g = light[from[1]], b = light[from[2]];
            for (std::size_t c = 0; c < 3; ++c) {
                const std::int32_t own = (matrix[c][0] * r + matrix[c][1] * g + matrix[c][2] * b +
                                          (1 << (kMatrixBits - 1))) >>
                                         kMatrixBits;
                to[c] = level[static_cast<std::size_t>(std::clamp(own, 0, kWhite))];
            }
            to[3] = from[3];
        }
    }
    return result;
}

void ColorMap::convert(const std::uint8_t* rgba, std::size_t n, float* r, float* g, float* b,
                       float* a) const {
    for (std::size_t i = 0; i < n; ++i, rgba += 4) {
        if (rgba[3] == 0) {
            r[i] = g[i] = b[i] = a[i] = 0.0F;
            continue;
        }
        float alpha = static_cast<float>(rgba[3]) / 255.0F;
        std::array<float, 3> codes{static_cast<float>(rgba[0]) / 255.0F,
                                   static_cast<float>(rgba[1]) / 255.0F,
                                   static_cast<float>(rgba[2]) / 255.0F};
        if (!is_identity()) {
            const float bright = *std::max_element(codes.begin(), codes.end());
            alpha = dark_alpha_[rgba[3]] + bright * (alpha - dark_alpha_[rgba[3]]);
            const std::array light{light_[rgba[0]], light_[rgba[1]], light_[rgba[2]]};
            std::array<float, 3> own{};
            for (std::size_t c = 0; c < 3; ++c) {
                own[c] = primaries_[c][0] * light[0] + primaries_[c][1] * light[1] +
                         primaries_[c][2] * light[2];
            }
            float scale = 1.0F;
            if (is_hlg_) {
                constexpr auto kWhite = static_cast<float>(kDiffuseWhiteNits / kHlgPeakNits);
                const float luminance =
                    kWhite * std::max(own[0] * luminance_[0] + own[1] * luminance_[1] +
                                          own[2] * luminance_[2],
                                      1e-6F);
                scale = kWhite * std::pow(luminance, static_cast<float>(1 / kHlgGamma - 1));
            }
            for (std::size_t c = 0; c < 3; ++c) {
                codes[c] = code(own[c] * scale);
            }
        }
        r[i] = codes[0] * alpha;
        g[i] = codes[1] * alpha;
        b[i] = codes[2] * alpha;
        a[i] = alpha;
    }
}

}  // namespace closet
