#include "infer/segmentation.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

/// From here on the probability is 0 or 255 in 8 bits (ln 509 = 6.23). Most logits lie beyond, so
/// that few cost an exponential; they reach 1676.
constexpr float kCertain = 6.24F;

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
    std::transform(logits.begin(), logits.begin() + static_cast<std::ptrdiff_t>(count),
                   mask.begin<std::uint8_t>(), [](float logit) {
                       if (!(std::abs(logit) < kCertain)) {
                           return static_cast<std::uint8_t>(logit > 0 ? 255 : 0);
                       }
                       return static_cast<std::uint8_t>(255.0F / (1.0F + std::exp(-logit)) + 0.5F);
                   });
    return mask;
}

}  // namespace closet
