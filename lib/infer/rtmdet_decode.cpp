#include "infer/rtmdet_decode.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"
#include "infer/nms.h"

namespace closet {
namespace {

constexpr float kLeastPointScore = 0.05F;  // score_thr
constexpr std::size_t kMostALevel = 1000;  // nms_pre
constexpr double kMostPointOverlap = 0.6;  // nms.iou_threshold
constexpr std::size_t kMost = 100;         // max_per_img
constexpr std::size_t kEdges = 4;

float sigmoid(float logit) {
    return 1.0F / (1.0F + std::exp(-logit));
}

void check_size(const RtmdetLevel& level, std::size_t points) {
    if (level.logits.size() != points || level.distances.size() != kEdges * points) {
        throw ModelError(fmt::format(
            "the detector gives {} scores and {} distances at stride {} instead of {} and {}: the "
            "file holds another model",
            level.logits.size(), level.distances.size(), level.stride, points, kEdges * points));
    }
}

std::vector<PersonBox> decode_level(const RtmdetLevel& level, int columns, bool exponential) {
    std::vector<PersonBox> people;
    const auto stride = static_cast<float>(level.stride);
    const auto in_pixels = [&](float distance) {
        return (exponential ? std::exp(distance) : distance) * stride;
    };
    for (std::size_t i = 0; i < level.logits.size(); ++i) {
        const float score = sigmoid(level.logits[i]);
        if (!(score > kLeastPointScore)) {
            continue;
        }
        const auto edges = level.distances.subspan(i * kEdges, kEdges);
        const auto point = static_cast<int>(i);
        const float x = static_cast<float>(point % columns) * stride;
        const float y = static_cast<float>(point / columns) * stride;
        const float left = x - in_pixels(edges[0]);
        const float top = y - in_pixels(edges[1]);
        const Box box{.x = left,
                      .y = top,
                      .width = x + in_pixels(edges[2]) - left,
                      .height = y + in_pixels(edges[3]) - top};
        // Comparisons with what is not a number are false.
        if (std::isfinite(left) && std::isfinite(top) && box.width > 0 && box.height > 0 &&
            std::isfinite(box.width) && std::isfinite(box.height)) {
            people.push_back({box, score});
        }
    }
    std::stable_sort(people.begin(), people.end(),
                     [](const PersonBox& a, const PersonBox& b) { return a.score > b.score; });
    people.resize(std::min(people.size(), kMostALevel));
    return people;
}

}  // namespace

std::vector<PersonBox> decode_rtmdet(std::span<const RtmdetLevel> levels, cv::Size input,
                                     bool exponential) {
    std::vector<PersonBox> people;
    for (const RtmdetLevel& level : levels) {
        const cv::Size grid(input.width / level.stride, input.height / level.stride);
        check_size(level, static_cast<std::size_t>(grid.area()));
        const std::vector<PersonBox> found = decode_level(level, grid.width, exponential);
        people.insert(people.end(), found.begin(), found.end());
    }
    people = suppress_overlapping(std::move(people), kMostPointOverlap);
    people.resize(std::min(people.size(), kMost));
    return people;
}

}  // namespace closet
