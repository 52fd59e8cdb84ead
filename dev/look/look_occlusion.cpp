// Dresses people and writes two pictures side by side, without occlusion, shadow and light, and
// with them, one pair a pose:
//   look_occlusion OUT_PREFIX WARP GARMENT.png POSES.jsonl PICTURES [STEP]
// POSES.jsonl holds one pose a line: {"frame", "mask" (PNG beside it), "mask_from_frame" [6],
// "keypoints" [33][x, y, z, score]}. PICTURES is a picture or a printf pattern for frame numbers.

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

#include "core/error.h"
#include "core/pose.h"
#include "dev/look/read_pose.h"
#include "warp/garment/garment_file.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using closet::dev::read_pose;

/// A frame of the picture's own pixels (bgr24).
Frame frame_of(const cv::Mat& picture, int index) {
    Frame frame;
    frame.index = index;
    frame.pts = index;
    frame.time_base = {1, 30};
    frame.image = make_av_frame();
    frame.image->format = AV_PIX_FMT_BGR24;
    frame.image->width = picture.cols;
    frame.image->height = picture.rows;
    if (av_frame_get_buffer(frame.image.get(), 0) < 0) {
        throw std::bad_alloc();
    }
    picture.copyTo(cv::Mat(picture.size(), CV_8UC3, frame.image->data[0],
                           static_cast<std::size_t>(frame.image->linesize[0])));
    return frame;
}

cv::Mat dressed(Warp& warp, const cv::Mat& picture, const Pose& pose, int index) {
    const Frame frame = warp.dress({frame_of(picture, index), {pose}});
    return cv::Mat(picture.size(), CV_8UC3, frame.image->data[0],
                   static_cast<std::size_t>(frame.image->linesize[0]))
        .clone();
}

int run(const std::vector<std::string>& arguments) {
    const auto garment = load_garment(arguments.at(2));
    const std::filesystem::path poses = arguments.at(3);
    const int step = arguments.size() > 5 ? std::atoi(arguments[5].c_str()) : 1;
    WarpOptions options;
    options.warp = arguments.at(1);
    Warp full(garment, options);
    options.occlusion = false;
    options.shadow = 0.0F;
    options.fit_light = false;
    Warp plain(garment, options);
    std::ifstream file(poses);
    std::string text;
    while (std::getline(file, text)) {
        const auto line = nlohmann::json::parse(text);
        const int index = line.at("frame");
        if (index % step != 0) {
            continue;
        }
        char name[4096];
        std::snprintf(name, sizeof name, arguments.at(4).c_str(), index);
        const cv::Mat picture = cv::imread(name);
        if (picture.empty()) {
            throw MediaError(fmt::format("cannot read {}", name));
        }
        const Pose pose = read_pose(line, poses.parent_path(), picture.size());
        cv::Mat both;
        cv::hconcat(dressed(plain, picture, pose, index), dressed(full, picture, pose, index),
                    both);
        cv::imwrite(fmt::format("{}_{:04}.png", arguments.at(0), index), both);
    }
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
