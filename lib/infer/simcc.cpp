#include "infer/simcc.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

/// What the reference gives rejected points: bin -1.
constexpr float kRejected = -1.0F / kSimccBinsPerPixel;

struct Peak {
    float position = kRejected;  ///< pixels
    float value = 0;
    bool finite = false;  ///< all of the row
};

Peak peak_of(std::span<const float> bins) {
    if (!std::all_of(bins.begin(), bins.end(), [](float bin) { return std::isfinite(bin); })) {
        return {};
    }
    const auto highest = std::max_element(bins.begin(), bins.end());  // the first of equal ones
    return {.position = static_cast<float>(highest - bins.begin()) / kSimccBinsPerPixel,
            .value = *highest,
            .finite = true};
}

}  // namespace

std::vector<SimccPoint> decode_simcc(std::span<const float> x, std::span<const float> y,
                                     std::size_t points) {
    if (points == 0 || x.empty() || y.empty() || x.size() % points != 0 || y.size() % points != 0) {
        throw ModelError(
            fmt::format("the pose network gives {} and {} values for {} keypoints, which is no "
                        "whole number of bins: the file holds another model",
                        x.size(), y.size(), points));
    }
    const std::size_t columns = x.size() / points;
    const std::size_t rows = y.size() / points;
    std::vector<SimccPoint> result;
    result.reserve(points);
    for (std::size_t i = 0; i < points; ++i) {
        const Peak across = peak_of(x.subspan(i * columns, columns));
        const Peak down = peak_of(y.subspan(i * rows, rows));
        SimccPoint point{.x = kRejected, .y = kRejected, .score = 0.0F};
        if (across.finite && down.finite) {
            point.score = std::min(across.value, down.value);
        }
        if (point.accepted()) {
            point.x = across.position;
            point.y = down.position;
        }
        result.push_back(point);
    }
    return result;
}

}  // namespace closet
