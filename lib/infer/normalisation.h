#pragma once

#include <array>
#include <span>

#include <opencv2/core/mat.hpp>

namespace closet {

/// How a picture's bytes become a network's numbers: byte * scale + offset, for each channel in the
/// order in which the picture holds them.
struct Normalisation {
    std::array<float, 3> scale{1.0F, 1.0F, 1.0F};
    std::array<float, 3> offset{};
};

/// The same for all channels.
Normalisation uniform_normalisation(float scale, float offset);

/// (byte - mean) / deviation.
Normalisation standard_normalisation(const std::array<double, 3>& mean,
                                     const std::array<double, 3>& deviation);

/// Writes the numbers of `pixels` (CV_8UC3, continuous) to `numbers`, as many as there are bytes.
void normalize(const cv::Mat& pixels, const Normalisation& normalisation, std::span<float> numbers);

}  // namespace closet
