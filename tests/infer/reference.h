#pragma once

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "infer/pose_models.h"
#include "infer/region.h"
#include "models/store/model_store.h"
#include "support/shared_data.h"

namespace closet::test {

/// A JSON file of the BlazePose reference data; nothing, with a message, where it is absent.
inline std::optional<nlohmann::json> reference_json(const std::string& name) {
    const auto path = shared_file("fixtures/blazepose/" + name);
    if (!path) {
        return std::nullopt;
    }
    return nlohmann::json::parse(std::ifstream(*path));
}

/// A picture of the reference data, R G B.
inline std::optional<cv::Mat> reference_picture(const std::string& relative) {
    const auto path = shared_file(relative);
    if (!path) {
        return std::nullopt;
    }
    cv::Mat rgb;
    cv::cvtColor(cv::imread(path->string(), cv::IMREAD_COLOR), rgb, cv::COLOR_BGR2RGB);
    return rgb;
}

/// True when the files of a model are here; else prints why the test is skipped.
inline bool have_model(const std::string& name) {
    try {
        for (const auto file : known_pose_model(name).files) {
            find_model(file);
        }
        return true;
    } catch (const ModelError& error) {
        std::cout << "SKIPPED: " << error.what() << '\n';
        return false;
    }
}

/// A region as the reference data writes it: shares of the picture's width and height.
inline Region reference_region(const nlohmann::json& rect, cv::Size picture) {
    return {.center = {rect.at("xc").get<double>() * picture.width,
                       rect.at("yc").get<double>() * picture.height},
            .side = rect.at("w").get<double>() * picture.width,
            .rotation = rect.at("rot").get<double>()};
}

}  // namespace closet::test
