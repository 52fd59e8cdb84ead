#include "infer/segmentation.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

/// Beyond it nothing changes in 8 bits, and exp cannot overflow: the logits reach 1676.
constexpr float kLimit = 40.0F;

}  // namespace

cv::Mat person_probability(std::span<const float> logits, int size) {
    const std::size_t count = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    if (logits.size() < count) {
        throw ModelError(
            fmt::format("the landmark network gives {} segmentation values instead of {}: the file "
                        "holds another model",
                        logits.size(), count));
    }
    cv::Mat mask(size, size, CV_8UC1);
    std::transform(
        logits.begin(), logits.begin() + static_cast<std::ptrdiff_t>(count),
        mask.begin<std::uint8_t>(), [](float logit) {
            const float clipped = std::clamp(logit, -kLimit, kLimit);
            return static_cast<std::uint8_t>(255.0F / (1.0F + std::exp(-clipped)) + 0.5F);
        });
    return mask;
}

}  // namespace closet
