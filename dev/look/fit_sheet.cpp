// Dresses people in garments and tiles the pictures, for looking at:
//   fit_sheet OUT.png CELL_HEIGHT WARP[+tuck] GARMENT.png... -- POSES.jsonl=PICTURES...
// POSES.jsonl holds one pose a line: {"frame", "mask" (PNG beside it), "mask_from_frame" [6],
// "keypoints" [33][x, y, z, score]}. PICTURES is a picture, or a printf pattern for frame numbers
// (frame_%04d.jpg) with an optional ":STEP" for every STEPth frame. One row of the sheet a garment.
//   fit_sheet --figures FOLDER CELL_HEIGHT WARP[+tuck] GARMENT...
// dresses the made-up people of posed_figure.h instead and writes a sheet GARMENT.png a garment.

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
#include "warp/mesh/posed_figure.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using closet::dev::read_pose;

struct Shot {
    cv::Mat picture;  ///< CV_8UC3, B G R
    Pose pose;
};

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

/// A frame of the picture's own pixels (bgr24).
Frame frame_of(const cv::Mat& picture) {
    Frame frame;
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

/// The picture with everybody dressed as `closet fit` does it.
cv::Mat dressed(const Shot& shot, const std::shared_ptr<const Garment>& garment,
                const WarpOptions& options) {
    Warp warp(garment, options);
    const Frame frame = warp.dress({frame_of(shot.picture), {shot.pose}});
    return cv::Mat(shot.picture.size(), CV_8UC3, frame.image->data[0],
                   static_cast<std::size_t>(frame.image->linesize[0]))
        .clone();
}

/// The picture around the person, at the cell's height.
cv::Mat cell(const Shot& shot, const cv::Mat& picture, int height) {
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

WarpOptions options_of(std::string warp) {
    WarpOptions options;
    if (const auto plus = warp.find("+tuck"); plus != std::string::npos) {
        options.form.tuck = "yes";
        warp.resize(plus);
    }
    options.warp = warp;
    return options;
}

/// Tiles of one size, `columns` a row.
cv::Mat tiled(const std::vector<cv::Mat>& tiles, std::size_t columns) {
    const cv::Size size = tiles.front().size();
    const auto rows = (tiles.size() + columns - 1) / columns;
    cv::Mat sheet(static_cast<int>(rows) * size.height, static_cast<int>(columns) * size.width,
                  CV_8UC3, cv::Scalar::all(255));
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const cv::Point at(static_cast<int>(i % columns) * size.width,
                           static_cast<int>(i / columns) * size.height);
        tiles[i].copyTo(sheet(cv::Rect(at, size)));
    }
    return sheet;
}

void write(const std::filesystem::path& path, const cv::Mat& sheet) {
    if (!cv::imwrite(path.string(), sheet)) {
        throw MediaError(fmt::format("cannot write {}", path.string()));
    }
}

int dress_figures(const std::vector<std::string>& arguments) {
    const std::filesystem::path folder = arguments.at(1);
    const int height = std::atoi(arguments.at(2).c_str());
    const WarpOptions options = options_of(arguments.at(3));
    constexpr std::size_t kColumns = 6;
    std::filesystem::create_directories(folder);
    for (std::size_t i = 4; i < arguments.size(); ++i) {
        const auto garment = load_garment(arguments[i]);
        std::vector<cv::Mat> tiles;
        for (const test::PosedFigure& figure : test::posed_figures()) {
            Shot shot{figure.picture(), figure.pose()};
            if (const auto shape = measure_body(shot.pose, {.frame = shot.picture.size()})) {
                shot.pose.shape = std::make_shared<BodyShape>(*shape);
            }
            const cv::Mat worn = dressed(shot, garment, options);
            const double scale = static_cast<double>(height) / worn.rows;
            cv::Mat tile(height, height, CV_8UC3, cv::Scalar::all(255));
            cv::Mat small;
            cv::resize(worn, small, {}, scale, scale, cv::INTER_AREA);
            const cv::Size part(std::min(small.cols, tile.cols), std::min(small.rows, tile.rows));
            const int left = (small.cols - part.width) / 2;
            small(cv::Rect({left, 0}, part))
                .copyTo(tile(cv::Rect({(tile.cols - part.width) / 2, 0}, part)));
            cv::putText(tile, figure.name, {4, 14}, cv::FONT_HERSHEY_SIMPLEX, 0.45,
                        cv::Scalar::all(0), 1, cv::LINE_AA);
            tiles.push_back(tile);
        }
        write(folder / (garment->name + ".png"), tiled(tiles, kColumns));
    }
    return 0;
}

int dress_shots(const std::vector<std::string>& arguments) {
    const int height = std::atoi(arguments.at(1).c_str());
    const WarpOptions options = options_of(arguments.at(2));
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
        cv::Mat row;
        for (const Shot& shot : shots) {
            const cv::Mat tile = cell(shot, dressed(shot, garment, options), height);
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
    write(arguments.at(0), sheet);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> arguments(argv + 1, argv + argc);
        return !arguments.empty() && arguments[0] == "--figures" ? dress_figures(arguments)
                                                                 : dress_shots(arguments);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    }
}
