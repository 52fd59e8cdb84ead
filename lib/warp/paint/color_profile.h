#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <opencv2/core/mat.hpp>

namespace closet {

/// Converts pictures between sRGB and the RGB or gray space of an ICC profile, with little-cms,
/// perceptually.
class ProfileTransform {
  public:
    enum class Direction { kToSrgb, kFromSrgb };

    /// A picture of type CV_8UC or CV_16UC with 1 channel (kToSrgb only), 3 or 4, B G R or R G B
    /// by `red_first`, alpha last. Nothing where the profile is damaged, is for something else than
    /// such pixels (printers' inks, say), or is as good as sRGB.
    static std::optional<ProfileTransform> make(std::span<const std::uint8_t> profile,
                                                Direction direction, int type, bool red_first);

    /// A new picture with the channels that came, gray as three; alpha stays.
    cv::Mat operator()(const cv::Mat& picture) const;

  private:
    std::shared_ptr<void> transform_;  ///< cmsHTRANSFORM
    int from_ = 0, to_ = 0;            ///< types of pictures
};

}  // namespace closet
