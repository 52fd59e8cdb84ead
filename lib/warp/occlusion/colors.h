#pragma once

#include <array>
#include <cstdint>

#include <opencv2/core/mat.hpp>

namespace closet::occlusion {

/// Colours are Y Cb Cr, full range. One unit of the mesh study's CIELAB distances is 1.3 levels of
/// chroma for skin and cloth, and 2.55 levels of luma.
inline constexpr float kLevelsOfLab = 1.3F;

/// The weight of luma levels beside chroma levels where CIELAB's L has the weight `of_lightness`.
constexpr float luma_weight(float of_lightness) {
    return of_lightness * kLevelsOfLab / 2.55F;
}

/// Square of the distance of two colours in levels of chroma.
inline float squared_distance(cv::Vec3b a, cv::Vec3b b, float luma) {
    const auto y = static_cast<float>(a[0] - b[0]) * luma;
    const auto u = static_cast<float>(a[1] - b[1]);
    const auto v = static_cast<float>(a[2] - b[2]);
    return y * y + u * u + v * v;
}

/// Collects colours and gives the median of each channel.
class MedianColor {
  public:
    void add(cv::Vec3b color) {
        for (int c = 0; c < 3; ++c) {
            ++counts_[static_cast<std::size_t>(c)][color[c]];
        }
        ++count_;
    }
    int count() const { return count_; }
    /// Black without any colour.
    cv::Vec3b median() const;

  private:
    std::array<std::array<int, 256>, 3> counts_{};
    int count_ = 0;
};

/// Marks of `grow_seeds`.
inline constexpr std::uint8_t kNothing = 0, kCandidate = 1, kSeed = 2, kKept = 255;

/// Sets seeds and the candidates that are connected to them (4 neighbours) to kKept and all else
/// to 0. `marks` is CV_8UC1.
void grow_seeds(cv::Mat& marks);

/// Smooths a mask of 0 and 255 (CV_8UC1): fills holes and drops specks of up to two pixels and
/// makes its edge one pixel soft.
void smooth_mask(cv::Mat& mask);

}  // namespace closet::occlusion
