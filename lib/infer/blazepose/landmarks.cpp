#include "infer/blazepose/landmarks.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

constexpr int kWindow = 7;           // kernel_size of RefineLandmarksFromHeatmapCalculator
constexpr double kLeastPeak = 0.5;   // its min_confidence_to_refine
constexpr std::size_t kCenter = 33;  // auxiliary landmarks of the body's circle
constexpr std::size_t kOnCircle = 34;

double logistic(double logit) {
    return 1.0 / (1.0 + std::exp(-logit));
}

void check_size(std::size_t given, std::size_t wanted, const char* what) {
    if (given < wanted) {
        throw ModelError(
            fmt::format("the landmark network gives {} values of {} instead of {}: the file holds "
                        "another model",
                        given, what, wanted));
    }
}

/// From here on the probability is 0 or 255 in 8 bits (ln 509 = 6.23). Most logits lie beyond, so
/// that few cost an exponential; they reach 1676.
constexpr float kCertain = 6.24F;

}  // namespace

Landmarks decode_landmarks(std::span<const float> values) {
    check_size(values.size(), kLandmarkCount * kLandmarkValues, "landmarks");
    Landmarks landmarks;
    for (std::size_t i = 0; i < kLandmarkCount; ++i) {
        const auto row = values.subspan(i * kLandmarkValues, kLandmarkValues);
        landmarks[i] = {.x = row[0] / kLandmarkCropSize,
                        .y = row[1] / kLandmarkCropSize,
                        .z = row[2] / kLandmarkCropSize,
                        .visibility = logistic(row[3]),
                        .presence = logistic(row[4])};
    }
    return landmarks;
}

void refine_landmarks(Landmarks& landmarks, std::span<const float> heat_map) {
    check_size(heat_map.size(), kLandmarkCount * kHeatMapSize * kHeatMapSize, "the heat map");
    for (std::size_t i = 0; i < kLandmarkCount; ++i) {
        Landmark& landmark = landmarks[i];
        // Truncated towards zero, as there: just outside on the left counts as cell 0.
        const double x = std::trunc(landmark.x * kHeatMapSize);
        const double y = std::trunc(landmark.y * kHeatMapSize);
        if (!(x >= 0 && x < kHeatMapSize && y >= 0 && y < kHeatMapSize)) {
            continue;
        }
        const int column = static_cast<int>(x);
        const int row = static_cast<int>(y);
        double sum = 0, x_sum = 0, y_sum = 0, peak = 0;
        for (int v = std::max(0, row - kWindow / 2);
             v <= std::min(kHeatMapSize - 1, row + kWindow / 2); ++v) {
            for (int u = std::max(0, column - kWindow / 2);
                 u <= std::min(kHeatMapSize - 1, column + kWindow / 2); ++u) {
                const auto cell =
                    static_cast<std::size_t>(v) * kHeatMapSize + static_cast<std::size_t>(u);
                const double weight = logistic(heat_map[cell * kLandmarkCount + i]);
                peak = std::max(peak, weight);
                sum += weight;
                x_sum += weight * u;
                y_sum += weight * v;
            }
        }
        if (peak >= kLeastPeak) {
            landmark.x = x_sum / sum / kHeatMapSize;
            landmark.y = y_sum / sum / kHeatMapSize;
        }
    }
}

Landmarks to_view(const Landmarks& landmarks, const Region& region) {
    Landmarks result = landmarks;
    for (Landmark& landmark : result) {
        const cv::Point2d point = view_from_region(region, {landmark.x, landmark.y});
        landmark.x = point.x;
        landmark.y = point.y;
        landmark.z *= region.side;
    }
    return result;
}

Region region_of_landmarks(const Landmarks& landmarks) {
    return region_of_circle({landmarks[kCenter].x, landmarks[kCenter].y},
                            {landmarks[kOnCircle].x, landmarks[kOnCircle].y});
}

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
