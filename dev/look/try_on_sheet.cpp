// What try-on networks see of real people, whose truth the eye knows, whatever their weights:
//   try_on_sheet PARSER OUT_PREFIX GARMENT -- PICTURE...
// Poses, masks and labels come from the networks, as in `closet fit`; PARSER is what --parser
// takes. A sheet a person, OUT_PREFIX<picture>.png: the person's picture, its labels, the garment's
// photo; what CP-VTON sees (shape, head, points); what VITON-HD sees (blanked picture, its labels,
// skeleton); a checkerboard on the thin plate, as it is, turned by 10 degrees, and bulged.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "figures/posed_media.h"
#include "infer/try_on/cp_vton_input.h"
#include "infer/try_on/thin_plate.h"
#include "infer/try_on/viton_hd_input.h"
#include "warp/garment/garment_file.h"
#include "warp/warp.h"

namespace {

using namespace closet;

const cv::Size kTile(384, 512);

cv::Mat colored(const cv::Mat& labels) {
    cv::Mat hue = labels * 12, hsv, rgb;
    const cv::Mat full(labels.size(), CV_8UC1, cv::Scalar(200));
    cv::merge(std::vector<cv::Mat>{hue, full, full}, hsv);
    cv::cvtColor(hsv, rgb, cv::COLOR_HSV2RGB_FULL);
    rgb.setTo(cv::Scalar::all(0), labels == 0);
    return rgb;
}

cv::Mat gray(const cv::Mat& plane) {
    cv::Mat rgb;
    cv::cvtColor(plane, rgb, cv::COLOR_GRAY2RGB);
    return rgb;
}

/// A checkerboard where the plate looks, if its point p looks at `map`(p).
template <class Map>
cv::Mat checkerboard(const Map& map) {
    std::vector<float> offsets(2 * ThinPlate::kPoints);
    for (std::size_t i = 0; i < ThinPlate::kPoints; ++i) {
        const cv::Point2d p(static_cast<double>(i / 5) / 2 - 1, static_cast<double>(i % 5) / 2 - 1);
        const cv::Point2d looks = map(p) - p;
        offsets[i] = static_cast<float>(looks.x);
        offsets[i + ThinPlate::kPoints] = static_cast<float>(looks.y);
    }
    const cv::Mat grid = ThinPlate(1).grid(offsets, kTile);
    cv::Mat board(kTile, CV_8UC1);
    for (int y = 0; y < board.rows; ++y) {
        for (int x = 0; x < board.cols; ++x) {
            const auto at = grid.at<cv::Vec2f>(y, x);
            const int field = cvFloor((at[0] + 1) * 4) + cvFloor((at[1] + 1) * 16 / 3);
            board.at<std::uint8_t>(y, x) = field % 2 == 0 ? 230 : 60;
        }
    }
    return gray(board);
}

cv::Mat board_tile(int which) {
    constexpr double kTurn = 10 * CV_PI / 180;
    // Lengths across and down are in halves of the picture's sides.
    constexpr double kAspect = 4.0 / 3.0;
    return checkerboard([&](cv::Point2d p) -> cv::Point2d {
        if (which == 1) {
            return {p.x * std::cos(kTurn) + p.y * kAspect * std::sin(kTurn),
                    p.y * std::cos(kTurn) - p.x / kAspect * std::sin(kTurn)};
        }
        return which == 2 ? p * (1 - 0.3 * std::exp(-2 * p.dot(p))) : p;
    });
}

/// Paints nothing and draws what it was given.
class Sheet final : public TryOn {
  public:
    std::string_view name() const override { return "viton-hd"; }
    bool renders() const override { return true; }

    cv::Mat dress(const TryOnPerson& person, const TryOnGarment& garment) override {
        const cv::Size small_size(192, 256);
        cv::Mat small, labels;
        cv::resize(person.rgb, small, small_size, 0, 0, cv::INTER_AREA);
        cv::resize(person.labels, labels, small_size, 0, 0, cv::INTER_NEAREST);
        Body25 points = person.points;
        for (cv::Point3d& point : points) {
            point = {point.x / 4, point.y / 4, point.z};
        }
        const std::vector<cv::Mat> planes = cp_vton_person(small, labels, points);
        cv::Mat head, squares = planes[4].clone(), blanked = person.rgb.clone();
        cv::merge(std::vector<cv::Mat>(planes.begin() + 1, planes.begin() + 4), head);
        for (std::size_t i = 5; i < planes.size(); ++i) {
            squares |= planes[i];
        }
        blanked.setTo(cv::Scalar::all(128), agnostic_area(person.labels, person.points));
        tiles = {person.rgb,
                 colored(person.labels),
                 garment.rgb,
                 gray(planes[0]),
                 head,
                 gray(squares),
                 blanked,
                 colored(agnostic_labels(person.labels, person.points)),
                 skeleton_picture(person.points),
                 board_tile(0),
                 board_tile(1),
                 board_tile(2)};
        return cv::Mat(small_size, CV_8UC4, cv::Scalar::all(0));
    }

    std::vector<cv::Mat> tiles;
};

void write_sheet(const Sheet& sheet, const std::string& path) {
    constexpr int kColumns = 6;
    const int rows = static_cast<int>(sheet.tiles.size()) / kColumns;
    cv::Mat all(rows * kTile.height, kColumns * kTile.width, CV_8UC3);
    for (std::size_t i = 0; i < sheet.tiles.size(); ++i) {
        const cv::Point place(static_cast<int>(i) % kColumns * kTile.width,
                              static_cast<int>(i) / kColumns * kTile.height);
        cv::resize(sheet.tiles[i], all(cv::Rect(place, kTile)), kTile, 0, 0, cv::INTER_AREA);
    }
    cv::cvtColor(all, all, cv::COLOR_RGB2BGR);
    cv::imwrite(path, all);
    fmt::print("{}\n", path);
}

int run(const std::vector<std::string>& arguments) {
    figures::PosedMedia media(arguments[0]);
    const auto sheet = std::make_shared<Sheet>();
    WarpOptions options;
    options.warp = "viton-hd";
    options.form.try_on = sheet;
    options.old_clothes = old_clothes::kKeep;
    Warp warp(load_garment(arguments[2]), options);
    for (std::size_t i = 4; i < arguments.size(); ++i) {
        sheet->tiles.clear();
        media.each_frame(arguments[i], [&](PosedFrame posed) { warp.dress(std::move(posed)); });
        if (!sheet->tiles.empty()) {
            write_sheet(*sheet, arguments[1] + std::filesystem::path(arguments[i]).stem().string() +
                                    ".png");
        }
    }
    return 0;
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + 1, values + count);
    if (arguments.size() < 5 || arguments[3] != "--") {
        fmt::print("try_on_sheet PARSER OUT_PREFIX GARMENT -- PICTURE...\n");
        return 2;
    }
    return run(arguments);
}
