#include "models/nhwc/normalize.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace closet {
namespace {

/// Pixels that are summed in float32 before the sum joins the others in float64.
constexpr std::size_t kBlock = 64;

/// The mean of each channel of f(x, channel).
template <class F>
std::vector<float> means(const float* x, std::size_t pixels, std::size_t channels, F f) {
    std::vector<double> sums(channels);
    std::vector<float> part(channels);
    for (std::size_t first = 0; first < pixels; first += kBlock) {
        std::fill(part.begin(), part.end(), 0.0F);
        for (std::size_t p = first; p < std::min(first + kBlock, pixels); ++p, x += channels) {
            for (std::size_t c = 0; c < channels; ++c) {
                part[c] += f(x[c], c);
            }
        }
        std::transform(sums.begin(), sums.end(), part.begin(), sums.begin(),
                       [](double sum, float more) { return sum + static_cast<double>(more); });
    }
    std::vector<float> result(channels);
    std::transform(sums.begin(), sums.end(), result.begin(), [&](double sum) {
        return static_cast<float>(sum / static_cast<double>(pixels));
    });
    return result;
}

}  // namespace

void normalize_channels(const float* x, float* y, std::size_t pixels, std::size_t channels,
                        double epsilon) {
    const std::vector<float> mean =
        means(x, pixels, channels, [](float value, std::size_t) { return value; });
    std::vector<float> scale =
        means(x, pixels, channels, [at = mean.data()](float value, std::size_t c) {
            return (value - at[c]) * (value - at[c]);
        });
    for (float& variance : scale) {
        variance = static_cast<float>(1 / std::sqrt(static_cast<double>(variance) + epsilon));
    }
    for (std::size_t p = 0; p < pixels; ++p, x += channels, y += channels) {
        for (std::size_t c = 0; c < channels; ++c) {
            y[c] = (x[c] - mean[c]) * scale[c];
        }
    }
}

}  // namespace closet
