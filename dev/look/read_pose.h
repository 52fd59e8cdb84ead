#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "body/measure_body.h"
#include "core/pose.h"

namespace closet::dev {

/// A pose of a line {"frame", "mask", "mask_from_frame", "keypoints" [33][x, y, z, score]}, its
/// body measured. `folder`: where the mask lies; `frame`: the picture's size.
inline Pose read_pose(const nlohmann::json& line, const std::filesystem::path& folder,
                      cv::Size frame) {
    Pose pose;
    pose.skeleton = Skeleton::kBlazePose33;
    for (const auto& p : line.at("keypoints")) {
        pose.keypoints.push_back({p[0], p[1], p[2], p[3]});
    }
    pose.score = 1;
    auto mask = std::make_shared<PersonMask>();
    mask->probability =
        cv::imread((folder / line.at("mask").get<std::string>()).string(), cv::IMREAD_GRAYSCALE);
    for (int i = 0; i < 6; ++i) {
        mask->mask_from_shown.val[i] = line.at("mask_from_frame").at(static_cast<std::size_t>(i));
    }
    pose.mask = mask;
    if (const auto shape = measure_body(pose, {.frame = frame})) {
        pose.shape = std::make_shared<BodyShape>(*shape);
    }
    return pose;
}

}  // namespace closet::dev
