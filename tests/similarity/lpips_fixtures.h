#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "models/networks/formula_checkpoint.h"
#include "support/safetensors.h"
#include "support/shared_data.h"

namespace closet::test {

/// Picture `index` of stored N x 3 x H x W or N x H x W x 3 bytes, as RGB.
inline cv::Mat stored_rgb(const SafeTensor& stored, std::int64_t index = 0) {
    const auto& shape = stored.shape;
    const bool planar = shape.size() == 4 && shape[1] == 3;
    const auto axis = [&](std::size_t i) { return static_cast<int>(shape[shape.size() - 3 + i]); };
    const int height = planar ? axis(1) : axis(0), width = planar ? axis(2) : axis(1);
    const auto* bytes =
        reinterpret_cast<const unsigned char*>(stored.bytes.data()) + index * 3 * height * width;
    cv::Mat rgb(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const int at = planar ? (c * height + y) * width + x : (y * width + x) * 3 + c;
                rgb.at<cv::Vec3b>(y, x)[c] = bytes[at];
            }
        }
    }
    return rgb;
}

/// AlexNet or VGG of the zoo ("alex", "vgg"): formula weights, with the published heads of a
/// version ("v0.1.", "v0.0.") or all 1 for an empty one.
inline std::shared_ptr<const Checkpoint> zoo_lpips(const std::filesystem::path& folder,
                                                   const std::string& kind,
                                                   const std::string& version) {
    auto checkpoint = std::make_shared<MemoryCheckpoint>(
        formula_checkpoint(folder / ("recipe_lpips_" + kind + ".json")));
    const auto heads = read_safetensors(folder / "lpips_heads.safetensors");
    for (int tap = 0; tap < 5; ++tap) {
        const std::string key = "lin" + std::to_string(tap) + ".model.1.weight";
        const SafeTensor& head = heads.at((version.empty() ? "v0.1." : version) + kind + "." + key);
        auto values = head.as<float>();
        if (version.empty()) {
            std::fill(values.begin(), values.end(), 1.0F);
        }
        checkpoint->add(key, head.shape, std::move(values));
    }
    return checkpoint;
}

inline nlohmann::json read_json(const std::filesystem::path& path) {
    std::ifstream file(path);
    return nlohmann::json::parse(file);
}

}  // namespace closet::test
