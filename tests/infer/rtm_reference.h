#pragma once

#include <algorithm>
#include <array>
#include <cmath>
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
#include "support/doctest_with_torch.h"

#include "infer/pose_model.h"
#include "infer/reference.h"
#include "infer/run/network_runner.h"
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

/// How many gray levels two pictures of bytes differ by.
struct GrayDifference {
    double mean = 0, largest = 0;
};
inline GrayDifference gray_difference(const cv::Mat& a, const cv::Mat& b) {
    return {.mean = cv::norm(a, b, cv::NORM_L1) / static_cast<double>(3 * a.total()),
            .largest = cv::norm(a, b, cv::NORM_INF)};
}

/// What the tensors of a picture of rtmdet_nano_person_expected.json begin with.
inline std::string key_of(std::string name) {
    std::replace(name.begin(), name.end(), '/', '_');  // coco/0001.jpg: coco_0001
    return name.substr(0, name.find(".jpg"));
}

/// The picture of that name, R G B; nothing, with a message, where absent.
inline std::optional<cv::Mat> picture_of_name(const std::string& name) {
    if (name.starts_with("coco/")) {
        return reference_picture("media/" + name);
    }
    const std::string frame = "demo_frame";
    return reference_picture("fixtures/blazepose/demo_frame_" + name.substr(frame.size()) + ".png");
}

/// Those of the reference's boxes [x0, y0, x1, y1, score], best first, that MMPose's demo takes for
/// people: scores above 0.3, and no other that is better and overlaps by more than 0.3, in pixels.
inline nlohmann::json people_of(const nlohmann::json& boxes) {
    const auto extent = [](const auto& low, const auto& high) {
        return std::max(0.0, high.template get<double>() - low.template get<double>() + 1.0);
    };
    const auto area = [&](const auto& box) {
        return extent(box[0], box[2]) * extent(box[1], box[3]);
    };
    const auto overlap = [&](const auto& a, const auto& b) {
        const double shared = extent(std::max(a[0], b[0]), std::min(a[2], b[2])) *
                              extent(std::max(a[1], b[1]), std::min(a[3], b[3]));
        return shared / (area(a) + area(b) - shared);
    };
    nlohmann::json people = nlohmann::json::array();
    for (const auto& box : boxes) {
        if (box[4] > 0.3 && std::none_of(people.begin(), people.end(), [&](const auto& better) {
                return overlap(better, box) > 0.3;
            })) {
            people.push_back(box);
        }
    }
    return people;
}

/// As many boxes as the reference has, each where the reference has one of the same score. (Boxes
/// of nearly the same score may come in another order.)
inline void check_boxes(const std::vector<PersonBox>& boxes, const nlohmann::json& wanted,
                        double tolerance_px, double tolerance_score) {
    CHECK(boxes.size() == wanted.size());
    for (const auto& box : wanted) {
        const auto values = box.get<std::array<double, 5>>();
        const auto is_near = [&](const PersonBox& own) {
            const auto& [x, y, width, height] = own.box;
            return std::abs(x - values[0]) < tolerance_px &&
                   std::abs(y - values[1]) < tolerance_px &&
                   std::abs(x + width - values[2]) < tolerance_px &&
                   std::abs(y + height - values[3]) < tolerance_px &&
                   std::abs(own.score - values[4]) < tolerance_score;
        };
        CAPTURE(box.dump());
        CHECK(std::count_if(boxes.begin(), boxes.end(), is_near) == 1);
    }
}

}  // namespace closet::test
