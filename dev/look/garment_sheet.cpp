// Cuts every photo out and writes a contact sheet: each over magenta and over green. Prints what
// was measured and how long it took. Usage: garment_sheet OUT.png HEIGHT PHOTO...

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "warp/garment/photo/cut_out.h"

namespace {

/// A straight RGBA picture over one color (RGB), as BGR for imwrite.
cv::Mat over(const cv::Mat& rgba, const cv::Vec3b& color) {
    cv::Mat bgr(rgba.size(), CV_8UC3);
    for (int y = 0; y < rgba.rows; ++y) {
        for (int x = 0; x < rgba.cols; ++x) {
            const auto& p = rgba.at<cv::Vec4b>(y, x);
            for (int c = 0; c < 3; ++c) {
                bgr.at<cv::Vec3b>(y, x)[2 - c] =
                    cv::saturate_cast<uchar>((p[c] * p[3] + color[c] * (255 - p[3])) / 255.0);
            }
        }
    }
    return bgr;
}

cv::Mat at_height(const cv::Mat& picture, int height) {
    cv::Mat scaled;
    const double scale = static_cast<double>(height) / picture.rows;
    cv::resize(picture, scaled, {cvRound(picture.cols * scale), height}, 0, 0,
               scale < 1 ? cv::INTER_AREA : cv::INTER_NEAREST);
    return scaled;
}

}  // namespace

int main(int argc, char** argv) {
    const std::span<char*> arguments(argv, static_cast<size_t>(argc));
    if (arguments.size() < 4) {
        fmt::print(stderr, "usage: garment_sheet OUT.png HEIGHT PHOTO...\n");
        return 2;
    }
    const int height = std::atoi(arguments[2]);
    std::vector<cv::Mat> tiles;
    for (const char* path : arguments.subspan(3)) {
        const std::string name = std::filesystem::path(path).filename().string();
        cv::Mat rgb = cv::imread(path, cv::IMREAD_COLOR);
        if (rgb.empty()) {
            fmt::print("{}: cannot be read\n", name);
            continue;
        }
        cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
        // Processor time: the machine may be busy with other things.
        const std::clock_t start = std::clock();
        try {
            const closet::CutOut cut = closet::cut_out(rgb, name);
            const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
            cv::Mat alpha;
            cv::extractChannel(cut.rgba, alpha, 3);
            fmt::print(
                "{}: {:.2f} s, area {:.4f}, faint edge {:.2f}, ground {:.2f}, near white {}\n",
                name, took, cv::sum(alpha)[0] / 255 / static_cast<double>(alpha.total()),
                cut.faint_edge, cut.ground, cut.near_white);
            cv::Mat tile;
            cv::hconcat(at_height(over(cut.rgba, {255, 0, 255}), height),
                        at_height(over(cut.rgba, {0, 255, 0}), height), tile);
            tiles.push_back(tile);
        } catch (const closet::Error& error) {
            fmt::print("{}: refused: {}\n", name, error.what());
        }
    }
    if (tiles.empty()) {
        return 1;
    }
    int width = 0;
    for (const auto& tile : tiles) {
        width = std::max(width, tile.cols);
    }
    cv::Mat sheet;
    for (size_t i = 0; i < tiles.size(); i += 2) {
        cv::Mat row(height, std::min(2, static_cast<int>(tiles.size())) * width, CV_8UC3,
                    cv::Scalar::all(128));
        for (size_t k = i; k < std::min(i + 2, tiles.size()); ++k) {
            tiles[k].copyTo(
                row(cv::Rect(static_cast<int>(k - i) * width, 0, tiles[k].cols, height)));
        }
        sheet.push_back(row);
    }
    return cv::imwrite(arguments[1], sheet) ? 0 : 1;
}
