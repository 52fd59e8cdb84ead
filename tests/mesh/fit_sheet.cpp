// Dresses people in garments and tiles the pictures, for looking at:
//   fit_sheet OUT.png CELL_HEIGHT WARP[+tuck] GARMENT.png... -- POSES.jsonl=PICTURES...
// POSES.jsonl holds one pose a line: {"frame", "mask" (PNG beside it), "mask_from_frame" [6],
// "keypoints" [33][x, y, z, score]}. PICTURES is a picture, or a printf pattern for frame numbers
// (frame_%04d.jpg) with an optional ":STEP" for every STEPth frame. One row of the sheet a garment.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "body/measure_body.h"
#include "core/body_shape.h"
#include "core/error.h"
#include "warp/garment_file.h"
#include "warp/protect_face.h"
#include "warp/warps.h"

namespace {

using namespace closet;

struct Shot {
    cv::Mat picture;  ///< CV_8UC3, B G R
    Pose pose;
};

Pose read_pose(const nlohmann::json& line, const std::filesystem::path& folder, cv::Size frame) {
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
        mask->mask_from_frame.val[i] = line.at("mask_from_frame").at(static_cast<std::size_t>(i));
    }
    pose.mask = mask;
    if (const auto shape = measure_body(pose, {.frame = frame})) {
        pose.shape = std::make_shared<BodyShape>(*shape);
    }
    return pose;
}

std::vector<Shot> read_shots(const std::string& argument) {
    const auto equals = argument.find('=');
    const std::filesystem::path poses = argument.substr(0, equals);
    std::string pattern = argument.substr(equals + 1);
    int step = 1;
    if (const auto colon = pattern.rfind(':'); colon != std::string::npos) {
        step = std::atoi(pattern.c_str() + colon + 1);
        pattern.resize(colon);
    }
    std::vector<Shot> shots;
    std::ifstream file(poses);
    std::string text;
    while (std::getline(file, text)) {
        const auto line = nlohmann::json::parse(text);
        const int frame = line.at("frame");
        if (frame % step != 0) {
            continue;
        }
        char name[4096];
        std::snprintf(name, sizeof name, pattern.c_str(), frame);
        const cv::Mat picture = cv::imread(name);
        if (picture.empty()) {
            throw MediaError(fmt::format("cannot read {}", name));
        }
        shots.push_back({picture, read_pose(line, poses.parent_path(), picture.size())});
    }
    return shots;
}

void paint(cv::Mat& picture, const Patch& patch) {
    for (int y = 0; y < patch.where.height; ++y) {
        for (int x = 0; x < patch.where.width; ++x) {
            const cv::Point at = cv::Point(x, y) + patch.where.tl();
            if (!at.inside({{0, 0}, picture.size()})) {
                continue;
            }
            const auto& p = patch.rgba.at<cv::Vec4b>(y, x);
            auto& to = picture.at<cv::Vec3b>(at);
            for (int c = 0; c < 3; ++c) {
                to[c] = static_cast<std::uint8_t>((p[2 - c] * p[3] + to[c] * (255 - p[3])) / 255);
            }
        }
    }
}

/// The picture around the person, at the cell's height.
cv::Mat cell(const Shot& shot, cv::Mat picture, int height) {
    const Box box = enclosing_box(shot.pose.keypoints, 0.3F);
    const float margin = 0.15F * box.height;
    cv::Rect rect(cvRound(box.x - margin), cvRound(box.y - margin), cvRound(box.width + 2 * margin),
                  cvRound(0.75F * box.height + margin));
    rect &= cv::Rect({0, 0}, picture.size());
    cv::Mat out;
    const int width = std::max(rect.width * height / rect.height, 1);
    cv::resize(picture(rect), out, {width, height}, 0, 0, cv::INTER_AREA);
    return out;
}

int run(const std::vector<std::string>& arguments) {
    const int height = std::atoi(arguments.at(1).c_str());
    std::string warp_name = arguments.at(2);
    GarmentWarpOptions options;
    if (const auto plus = warp_name.find("+tuck"); plus != std::string::npos) {
        options.tuck = true;
        warp_name.resize(plus);
    }
    std::size_t i = 3;
    std::vector<std::shared_ptr<const Garment>> garments;
    for (; i < arguments.size() && arguments[i] != "--"; ++i) {
        garments.push_back(load_garment(arguments[i]));
    }
    std::vector<Shot> shots;
    for (++i; i < arguments.size(); ++i) {
        for (Shot& shot : read_shots(arguments[i])) {
            shots.push_back(std::move(shot));
        }
    }
    cv::Mat sheet;
    for (const auto& garment : garments) {
        const auto warp = make_warp(warp_name, garment, options);
        cv::Mat row;
        for (const Shot& shot : shots) {
            cv::Mat picture = shot.picture.clone();
            if (auto patch = warp->warp(shot.pose, {picture.size()})) {
                protect_face(*patch, shot.pose, options.min_score);
                paint(picture, *patch);
            }
            const cv::Mat tile = cell(shot, picture, height);
            if (row.empty()) {
                row = tile;
            } else {
                cv::hconcat(row, tile, row);
            }
        }
        if (sheet.empty()) {
            sheet = row;
        } else {
            cv::vconcat(sheet, row, sheet);
        }
    }
    cv::imwrite(arguments.at(0), sheet);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    }
}
