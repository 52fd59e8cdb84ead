#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"

namespace closet {

/// Turns 8-bit sRGB into the R' G' B' of a frame with other primaries or another transfer curve.
///
/// Note [Garments in HDR]
/// A garment's white becomes diffuse white (core/color.h), its colors keep their light and
/// their chromaticity (von Kries adaptation in Bradford's space where the white points differ);
/// what lies outside the frame's primaries is cut off. HLG is display-referred, as BT.2408 maps
/// graphics: the inverse OOTF of a display of 1000 cd/m2 follows from the pixel's luminance.
/// Painting mixes code values, as in SDR. On PQ's and other curves that would make a soft black
/// edge or a shadow far darker than the same in SDR, so the alpha of dark pixels is made what
/// darkens diffuse white by as much light as in SDR.
class ColorMap {
  public:
    /// Identity.
    ColorMap() = default;
    /// transfer, primaries: as core/color.h tells them.
    ColorMap(AVColorTransferCharacteristic transfer, AVColorPrimaries primaries);

    /// True where SDR code values pass as they are.
    bool is_identity() const { return encode_.empty(); }

    /// `n` pixels R G B A to planes of 0 .. 1, colors times alpha.
    void convert(const std::uint8_t* rgba, std::size_t n, float* r, float* g, float* b,
                 float* a) const;

    /// A picture R G B A with its colors rounded to 8 bits again and alpha as it was, a tenth of
    /// the time: for SDR transfer only, where 8 bits are enough.
    cv::Mat convert8(const cv::Mat& rgba) const;

  private:
    float code(float light) const;

    bool is_hlg_ = false;
    std::array<std::array<float, 3>, 3> primaries_{};  ///< from linear sRGB
    std::array<float, 3> luminance_{};                 ///< of the frame's R G B
    std::array<float, 256> light_{};                   ///< of an sRGB value
    std::vector<float> encode_;                        ///< by the square root of light
    std::array<float, 256> dark_alpha_{};              ///< alpha of a black pixel
};

}  // namespace closet
