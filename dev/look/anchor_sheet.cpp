// Finds the anchors of every photo and writes a sheet to be looked at: each cut out over magenta
// with its anchors drawn. Prints kind, confidence, and anchors in parts of the picture. A picture
// with transparency is taken as it is. Usage: anchor_sheet OUT.png HEIGHT COLUMNS PICTURE...

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "warp/garment/anchors_file.h"
#include "warp/garment/photo/cut_out.h"
#include "warp/garment/photo/find_anchors.h"
#include "warp/garment/write_garment.h"

namespace {

cv::Mat read_rgba(const char* path) {
    cv::Mat picture = cv::imread(path, cv::IMREAD_UNCHANGED);
    if (picture.channels() == 4) {
        cv::cvtColor(picture, picture, cv::COLOR_BGRA2RGBA);
        return picture;
    }
    cv::cvtColor(picture, picture, cv::COLOR_BGR2RGB);
    return closet::cut_out(picture, path).rgba;
}

}  // namespace

int main(int argc, char** argv) {
    const std::span<char*> arguments(argv, static_cast<size_t>(argc));
    if (arguments.size() < 5) {
        fmt::print(stderr, "usage: anchor_sheet OUT.png HEIGHT COLUMNS PICTURE...\n");
        return 2;
    }
    const int height = std::atoi(arguments[2]);
    const int columns = std::max(std::atoi(arguments[3]), 1);
    cv::Mat sheet, row;
    int in_row = 0;
    for (const char* path : arguments.subspan(4)) {
        const std::string name = std::filesystem::path(path).filename().string();
        cv::Mat tile(height, height, CV_8UC3, cv::Scalar::all(60));
        try {
            const cv::Mat rgba = read_rgba(path);
            const auto start = std::chrono::steady_clock::now();
            const closet::FoundAnchors found = closet::find_anchors(rgba);
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
            fmt::print("{}: {} ({:.2f}, else {}), {}, confidence {:.2f}, {:.3f} s\n", name,
                       closet::to_string(found.kind), found.guess.confidence,
                       closet::to_string(found.guess.second), closet::to_string(found.sleeves),
                       found.confidence, took.count());
            for (const auto& warning : found.warnings) {
                fmt::print("  {}\n", warning);
            }
            for (const auto& [key, point] : found.anchors) {
                fmt::print("  {} {:.3f} {:.3f}\n", key, point.x / static_cast<float>(rgba.cols),
                           point.y / static_cast<float>(rgba.rows));
            }
            const cv::Mat drawn = closet::draw_anchors(rgba, found.anchors);
            const double scale = static_cast<double>(height) / std::max(drawn.rows, drawn.cols);
            cv::Mat sized;
            cv::resize(drawn, sized, {}, scale, scale, cv::INTER_AREA);
            cv::cvtColor(sized, sized, cv::COLOR_RGB2BGR);
            sized.copyTo(tile(cv::Rect(0, 0, sized.cols, sized.rows)));
        } catch (const closet::Error& error) {
            fmt::print("{}: refused: {}\n", name, error.what());
        }
        cv::Mat wider;
        if (row.empty()) {
            row = tile;
        } else {
            cv::hconcat(row, tile, wider);
            row = wider;
        }
        if (++in_row == columns) {
            sheet.push_back(row);
            row.release();
            in_row = 0;
        }
    }
    if (in_row > 0) {
        cv::copyMakeBorder(row, row, 0, 0, 0, sheet.empty() ? 0 : sheet.cols - row.cols,
                           cv::BORDER_CONSTANT, cv::Scalar::all(0));
        sheet.push_back(row);
    }
    return !sheet.empty() && cv::imwrite(arguments[1], sheet) ? 0 : 1;
}
