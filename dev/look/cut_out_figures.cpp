// How well photos are cut out (results/cut-out.md): overlap (IoU) with what is known of them.
// Each photo is cut out on its own ground, which is the truth of new photos that are made of it:
// the garment as it is and whitened, in a studio with gray grounds and soft shadows (Studio).
// Usage: cut_out_figures SHEET.png all|even|odd PHOTO... [--truth FOLDER]
// FOLDER holds masks of the photos' names (PNG), for photos that are not cut out well already.

#include <algorithm>
#include <array>
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
#include "warp/garment/photo/made_photos.h"

namespace {

using closet::test::Studio;

/// A white garment with this one's folds: light is spread over 210 to 250, prints are blurred.
cv::Mat whitened(const cv::Mat& rgb, const cv::Mat& mask) {
    cv::Mat gray;
    cv::cvtColor(rgb, gray, cv::COLOR_RGB2GRAY);
    cv::GaussianBlur(gray, gray, {}, 3);
    std::vector<uchar> levels;
    for (int y = 0; y < gray.rows; ++y) {
        for (int x = 0; x < gray.cols; ++x) {
            if (mask.at<uchar>(y, x) > 127) {
                levels.push_back(gray.at<uchar>(y, x));
            }
        }
    }
    std::sort(levels.begin(), levels.end());
    const double low = levels[levels.size() / 20];
    const double high = std::max(low + 1, double(levels[levels.size() * 19 / 20]));
    cv::Mat white(rgb.size(), CV_8UC3);
    for (int y = 0; y < gray.rows; ++y) {
        for (int x = 0; x < gray.cols; ++x) {
            const double light = std::clamp((gray.at<uchar>(y, x) - low) / (high - low), 0.0, 1.0);
            const double level = 210 + 40 * light;
            white.at<cv::Vec3b>(y, x) =
                cv::Vec3b(cv::saturate_cast<uchar>(level + 1), cv::saturate_cast<uchar>(level),
                          cv::saturate_cast<uchar>(level - 2));
        }
    }
    return white;
}

struct Made {
    const char* name;
    bool white;
    Studio studio;
};

const std::array<Made, 7> kMade{{
    {"own 235", false, {.ground = 235, .shadow = 0.2}},
    {"own 205", false, {.ground = 205, .shadow = 0.3}},
    {"white 235", true, {.ground = 235, .falloff = 6, .shadow = 0.15}},
    {"white 220", true, {.ground = 220, .falloff = 10, .shadow = 0.2}},
    {"white 205", true, {.ground = 205, .shadow = 0.3}},
    {"white 205 flat", true, {.ground = 205, .falloff = 0, .shadow = 0, .noise = 0.5}},
    {"white 190 low", true, {.ground = 190, .falloff = 16, .shadow = 0.35, .softness = 0.035}},
}};

cv::Mat over_magenta(const cv::Mat& rgba, int height) {
    cv::Mat bgr(rgba.size(), CV_8UC3);
    for (int y = 0; y < rgba.rows; ++y) {
        for (int x = 0; x < rgba.cols; ++x) {
            const auto& p = rgba.at<cv::Vec4b>(y, x);
            const std::array<int, 3> ground{255, 0, 255};
            for (int c = 0; c < 3; ++c) {
                bgr.at<cv::Vec3b>(y, x)[2 - c] = cv::saturate_cast<uchar>(
                    (p[c] * p[3] + ground[static_cast<size_t>(c)] * (255 - p[3])) / 255.0);
            }
        }
    }
    cv::resize(bgr, bgr, {rgba.cols * height / rgba.rows, height}, 0, 0, cv::INTER_AREA);
    return bgr;
}

}  // namespace

int main(int argc, char** argv) {
    const std::span<char*> arguments(argv, static_cast<size_t>(argc));
    if (arguments.size() < 4) {
        fmt::print(stderr,
                   "usage: cut_out_figures SHEET.png all|even|odd PHOTO... [--truth FOLDER]\n");
        return 2;
    }
    const std::string half = arguments[2];
    std::vector<std::string> photos(arguments.begin() + 3, arguments.end());
    std::string truths;
    if (photos.size() > 2 && photos[photos.size() - 2] == "--truth") {
        truths = photos.back();
        photos.resize(photos.size() - 2);
    }
    std::sort(photos.begin(), photos.end());
    constexpr int kHeight = 300;
    cv::Mat sheet;
    std::vector<double> sums(kMade.size() + 1, 0), worst(kMade.size() + 1, 1);
    int count = 0;
    fmt::print("{:20}{:>9}", "photo", "itself");
    for (const Made& made : kMade) {
        fmt::print("{:>16}", made.name);
    }
    fmt::print("\n");
    for (size_t i = 0; i < photos.size(); ++i) {
        if (half != "all" && (i % 2 == 0) != (half == "even")) {
            continue;
        }
        const std::string stem = std::filesystem::path(photos[i]).stem().string();
        cv::Mat rgb = cv::imread(photos[i], cv::IMREAD_COLOR);
        cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
        std::vector<cv::Mat> tiles;
        cv::Mat truth;
        if (!truths.empty()) {
            truth = cv::imread(truths + "/" + stem + ".png", cv::IMREAD_GRAYSCALE);
        }
        std::vector<double> figures;
        const auto judge = [&](const cv::Mat& photo, const cv::Mat& mask) {
            double figure = 0;
            cv::Mat tile;
            try {
                const closet::CutOut cut = closet::cut_out(photo, stem);
                figure = mask.empty()
                             ? 1
                             : closet::test::overlap(closet::test::alpha_of(cut.rgba), mask);
                tile = over_magenta(cut.rgba, kHeight);
                if (mask.empty()) {
                    truth = closet::test::alpha_of(cut.rgba);
                }
            } catch (const closet::Error& error) {
                cv::cvtColor(photo, tile, cv::COLOR_RGB2BGR);
                cv::resize(tile, tile, {photo.cols * kHeight / photo.rows, kHeight});
                cv::putText(tile, "refused", {10, 150}, cv::FONT_HERSHEY_SIMPLEX, 1, {0, 0, 255},
                            2);
                fmt::print(stderr, "{}\n", error.what());
            }
            tiles.push_back(tile);
            figures.push_back(figure);
        };
        judge(rgb, truth);
        if (truth.empty()) {
            continue;
        }
        const cv::Mat white = whitened(rgb, truth);
        for (const Made& made : kMade) {
            const cv::Mat photo =
                closet::test::studio_photo(made.white ? white : rgb, truth, made.studio);
            judge(photo, truth);
        }
        fmt::print("{:20}", stem);
        for (size_t k = 0; k < figures.size(); ++k) {
            fmt::print("{:>{}.3f}", figures[k], k == 0 ? 9 : 16);
            sums[k] += figures[k];
            worst[k] = std::min(worst[k], figures[k]);
        }
        fmt::print("\n");
        std::fflush(stdout);
        ++count;
        cv::Mat row;
        cv::hconcat(tiles, row);
        if (!sheet.empty() && row.cols != sheet.cols) {
            cv::resize(row, row, {sheet.cols, kHeight});
        }
        sheet.push_back(row);
    }
    fmt::print("{:20}", "mean");
    for (size_t k = 0; k < sums.size(); ++k) {
        fmt::print("{:>{}.3f}", sums[k] / std::max(count, 1), k == 0 ? 9 : 16);
    }
    fmt::print("\n{:20}", "worst");
    for (size_t k = 0; k < sums.size(); ++k) {
        fmt::print("{:>{}.3f}", worst[k], k == 0 ? 9 : 16);
    }
    fmt::print("\n");
    return cv::imwrite(arguments[1], sheet) ? 0 : 1;
}
