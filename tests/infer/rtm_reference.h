#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "infer/normalisation.h"
#include "models/checkpoint/checkpoint.h"
#include "support/shared_data.h"

namespace closet::test {

/// A JSON file of the RTMPose and RTMDet reference data; nothing, with a message, where absent.
inline std::optional<nlohmann::json> rtm_json(const std::string& name) {
    const auto path = shared_file("fixtures/rtm/" + name);
    if (!path) {
        return std::nullopt;
    }
    return nlohmann::json::parse(std::ifstream(*path));
}

/// A file of tensors of the same; null, with a message, where absent.
inline std::shared_ptr<const Checkpoint> rtm_tensors(const std::string& name) {
    const auto path = shared_file("fixtures/rtm/" + name);
    return path ? read_checkpoint(*path) : nullptr;
}

inline std::vector<float> numbers(const Checkpoint& file, const std::string& key) {
    return to_floats(*file.find(key));
}

/// Row `index` of the first axis of a tensor.
inline std::vector<float> row(const Checkpoint& file, const std::string& key, std::size_t index) {
    const std::vector<float> all = numbers(file, key);
    const std::size_t size = all.size() / static_cast<std::size_t>(file.find(key)->shape.at(0));
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(index * size);
    return {first, first + static_cast<std::ptrdiff_t>(size)};
}

/// Picture `index` of a tensor of pictures of bytes: planes (N, 3, H, W) or pixels (N, H, W, 3), in
/// the tensor's order of channels.
inline cv::Mat picture_of(const Checkpoint& file, const std::string& key, std::size_t index,
                          bool planes) {
    const TensorEntry& entry = *file.find(key);
    const std::vector<float> values = row(file, key, index);
    const auto extent = [&](std::size_t axis) { return static_cast<int>(entry.shape.at(axis)); };
    const cv::Size size = planes ? cv::Size(extent(3), extent(2)) : cv::Size(extent(2), extent(1));
    cv::Mat picture(size, CV_8UC3);
    const auto area = static_cast<std::size_t>(size.area());
    for (std::size_t i = 0; i < 3 * area; ++i) {
        const std::size_t from = planes ? i % 3 * area + i / 3 : i;
        picture.ptr<std::uint8_t>()[i] = static_cast<std::uint8_t>(values[from]);
    }
    return picture;
}

inline cv::Mat with_red_and_blue_exchanged(const cv::Mat& picture) {
    cv::Mat exchanged;
    cv::cvtColor(picture, exchanged, cv::COLOR_RGB2BGR);
    return exchanged;
}

/// How many grey levels two pictures of bytes differ by.
struct GreyDifference {
    double mean = 0, largest = 0;
};
inline GreyDifference grey_difference(const cv::Mat& a, const cv::Mat& b) {
    return {.mean = cv::norm(a, b, cv::NORM_L1) / static_cast<double>(3 * a.total()),
            .largest = cv::norm(a, b, cv::NORM_INF)};
}

}  // namespace closet::test
