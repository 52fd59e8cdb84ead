#include "infer/blazepose/detection.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace closet {
namespace {

constexpr float kLogitLimit = 100.0F;  // score_clipping_thresh

/// Anchors a cell, by grid: strides 8, 16 and three layers of 32 with two aspect ratios each.
constexpr std::array kGrids{std::pair(28, 2), std::pair(14, 2), std::pair(7, 6)};

std::vector<cv::Point2f> make_anchors() {
    std::vector<cv::Point2f> result;
    result.reserve(kAnchorCount);
    for (const auto& [cells, per_cell] : kGrids) {
        const auto size = static_cast<float>(cells);
        for (int y = 0; y < cells; ++y) {
            for (int x = 0; x < cells; ++x) {
                const cv::Point2f center((static_cast<float>(x) + 0.5F) / size,
                                         (static_cast<float>(y) + 0.5F) / size);
                result.insert(result.end(), static_cast<std::size_t>(per_cell), center);
            }
        }
    }
    return result;
}

float sigmoid(float logit) {
    return 1.0F / (1.0F + std::exp(-std::clamp(logit, -kLogitLimit, kLogitLimit)));
}

float overlap(const cv::Rect2f& a, const cv::Rect2f& b) {
    const float shared = (a & b).area();
    const float all = a.area() + b.area() - shared;
    return all > 0.0F ? shared / all : 0.0F;
}

/// The mean of detections, weighted by their scores; the score of the first.
Detection weighted_mean(const std::vector<Detection>& group) {
    Detection mean{.score = group.front().score, .box = {}, .points = {}};
    float left = 0, top = 0, right = 0, bottom = 0, total = 0;
    for (const Detection& detection : group) {
        const float weight = detection.score;
        total += weight;
        left += weight * detection.box.x;
        top += weight * detection.box.y;
        right += weight * detection.box.br().x;
        bottom += weight * detection.box.br().y;
        for (std::size_t i = 0; i < mean.points.size(); ++i) {
            mean.points[i] += detection.points[i] * weight;
        }
    }
    mean.box = {left / total, top / total, (right - left) / total, (bottom - top) / total};
    for (cv::Point2f& point : mean.points) {
        point /= total;
    }
    return mean;
}

}  // namespace

const std::vector<cv::Point2f>& anchors() {
    static const std::vector<cv::Point2f> result = make_anchors();
    return result;
}

std::vector<Detection> decode_detections(std::span<const float> boxes,
                                         std::span<const float> scores, float threshold) {
    std::vector<Detection> result;
    const std::size_t rows =
        std::min({kAnchorCount, boxes.size() / kDetectionValues, scores.size()});
    for (std::size_t i = 0; i < rows; ++i) {
        const float score = sigmoid(scores[i]);
        const auto row = boxes.subspan(i * kDetectionValues, kDetectionValues);
        if (!(score >= threshold) || !std::all_of(row.begin(), row.end(), [](float value) {
                return std::isfinite(value);
            })) {
            continue;
        }
        const cv::Point2f anchor = anchors()[i];
        const auto point = [&](std::size_t at) {
            return cv::Point2f(row[at], row[at + 1]) / static_cast<float>(kDetectorSize) + anchor;
        };
        const cv::Point2f size = point(2) - anchor;
        if (size.x < 0 || size.y < 0) {
            continue;
        }
        const cv::Point2f corner = point(0) - size / 2.0F;
        result.push_back({score,
                          {corner.x, corner.y, size.x, size.y},
                          {point(4), point(6), point(8), point(10)}});
    }
    return result;
}

std::vector<Detection> merge_overlapping(std::vector<Detection> detections, float min_overlap) {
    std::stable_sort(detections.begin(), detections.end(),
                     [](const Detection& a, const Detection& b) { return a.score > b.score; });
    std::vector<Detection> result;
    while (!detections.empty()) {
        const cv::Rect2f best = detections.front().box;
        const auto rest = std::stable_partition(
            detections.begin() + 1, detections.end(),
            [&](const Detection& other) { return overlap(other.box, best) > min_overlap; });
        result.push_back(weighted_mean({detections.begin(), rest}));
        detections.erase(detections.begin(), rest);
    }
    return result;
}

Region letterbox(cv::Size picture) {
    return {.center = {picture.width / 2.0, picture.height / 2.0},
            .side = static_cast<double>(std::max(picture.width, picture.height)),
            .rotation = 0};
}

Region region_of_detection(const Detection& detection, cv::Size picture) {
    const Region whole = letterbox(picture);
    return region_of_circle(view_from_region(whole, detection.points[0]),
                            view_from_region(whole, detection.points[1]));
}

}  // namespace closet
