#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/try_on.h"
#include "models/networks/comparison.h"
#include "models/networks/formula_checkpoint.h"
#include "support/shared_data.h"

namespace closet::test {

/// The reference data of the try-on networks.
inline std::optional<std::filesystem::path> try_on_folder() {
    return shared_file("fixtures/zoo-tryon");
}

inline nlohmann::json try_on_facts(const std::string& model) {
    return nlohmann::json::parse(std::ifstream(*try_on_folder() / (model + "_expected.json")));
}

inline SafeTensors try_on_tensors(const std::string& file) {
    return read_safetensors(*try_on_folder() / (file + ".safetensors"));
}

/// A stored C x H x W or H x W of bytes as a picture.
inline cv::Mat stored_picture(const SafeTensor& stored) {
    const at::Tensor bytes = to_tensor(stored);
    const at::Tensor hwc =
        (bytes.dim() == 3 ? bytes.permute({1, 2, 0}) : bytes.unsqueeze(2)).contiguous();
    return cv::Mat(static_cast<int>(hwc.size(0)), static_cast<int>(hwc.size(1)),
                   CV_8UC(static_cast<int>(hwc.size(2))), hwc.data_ptr<std::uint8_t>())
        .clone();
}

inline cv::Mat rgb_of_file(const std::filesystem::path& path) {
    cv::Mat picture = cv::imread(path.string(), cv::IMREAD_COLOR);
    cv::cvtColor(picture, picture, cv::COLOR_BGR2RGB);
    return picture;
}

inline cv::Mat map_of_file(const std::string& name) {
    return cv::imread((*try_on_folder() / name).string(), cv::IMREAD_UNCHANGED);
}

/// Numbers that differ between two pictures of one size and type.
inline int differences(const cv::Mat& a, const cv::Mat& b) {
    cv::Mat differ;
    cv::compare(a.reshape(1), b.reshape(1), differ, cv::CMP_NE);
    return cv::countNonZero(differ);
}

/// A tensor of the formula.
inline at::Tensor formula(const std::string& name, std::vector<std::int64_t> shape,
                          double scale = 1) {
    const FormulaTensor tensor{
        .name = name, .dtype = "float32", .shape = shape, .scale = scale, .source = name};
    std::vector<float> values = tensor.values();
    return at::from_blob(values.data(), shape, at::kFloat).clone();
}

/// The 18 keypoints that belong to CP-VTON's input, among OpenPose's 25.
inline Body25 cp_vton_points() {
    const SafeTensors input = try_on_tensors("cpvton_gmm_input");
    const auto* const numbers =
        reinterpret_cast<const double*>(input.at("keypoints18").bytes.data());
    Body25 points{};
    for (std::size_t i = 0; i < 18; ++i) {
        points.at(i < 8 ? i : i + 1) = {numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]};
    }
    // The 25 have the middle of the hips as number 8.
    return points;
}

/// The keypoints of VITON-HD's person.
inline Body25 viton_hd_points() {
    const nlohmann::json facts = try_on_facts("vitonhd_seg");
    Body25 points{};
    const auto& stored = facts.at("preprocessing").at("keypoints25_xyc");
    for (std::size_t i = 0; i < points.size(); ++i) {
        points.at(i) = {stored[i][0].get<double>(), stored[i][1].get<double>(),
                        stored[i][2].get<double>()};
    }
    return points;
}

}  // namespace closet::test
