#include "fit/garment_pointing.h"

#include <charconv>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "fit/garment_photo.h"
#include "infer/cutter/pointed_cutter.h"
#include "infer/pose_models.h"
#include "warp/garment/garment_picture.h"

namespace closet {
namespace {

/// Pixels along the longer side of the masks that MobileSAM gives.
constexpr int kPointedSide = 256;

constexpr const char* kFromCorner = "pixels from the photo's top left corner";

/// As many finite numbers as the text has between commas; nothing where it has anything else.
std::vector<double> numbers_of(const std::string& text) {
    std::vector<double> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (true) {
        double number = 0;
        const auto [rest, error] = std::from_chars(at, end, number);
        if (error != std::errc() || !std::isfinite(number) || (rest != end && *rest != ',')) {
            return {};
        }
        numbers.push_back(number);
        if (rest == end) {
            return numbers;
        }
        at = rest + 1;
    }
}

std::vector<cv::Point2d> points_of(const char* flag, const std::vector<std::string>& texts) {
    std::vector<cv::Point2d> points;
    for (const std::string& text : texts) {
        const std::vector<double> numbers = numbers_of(text);
        if (numbers.size() != 2) {
            throw ConfigError(
                fmt::format("{} {}: a point is X,Y, two numbers of {}", flag, text, kFromCorner));
        }
        points.emplace_back(numbers[0], numbers[1]);
    }
    return points;
}

}  // namespace

std::vector<Option> options_of(PointingOptions& options) {
    return {
        {.names = flags::kPoint,
         .group = "Garment",
         .help = fmt::format(
             "a point on the garment, {}; may be given several times: the {} network cuts out "
             "what lies there, on any ground",
             kFromCorner, kPointedCutter),
         .value = &options.points,
         .placeholder = "X,Y"},
        {.names = flags::kNotPoint,
         .group = "Garment",
         .help = fmt::format("a point beside it, on what {} took along; likewise", flags::kPoint),
         .value = &options.not_points,
         .placeholder = "X,Y"},
        {.names = flags::kBox,
         .group = "Garment",
         .help = "a box around the garment, for the same network, alone or with points",
         .value = &options.box,
         .placeholder = "X,Y,W,H"}};
}

Pointing pointing_of(const PointingOptions& options) {
    Pointing pointing{.inside = points_of(flags::kPoint, options.points),
                      .outside = points_of(flags::kNotPoint, options.not_points),
                      .box = {}};
    if (options.box) {
        const std::vector<double> numbers = numbers_of(*options.box);
        if (numbers.size() != 4) {
            throw ConfigError(
                fmt::format("{} {}: a box is X,Y,W,H, left, top, width and height in "
                            "{}",
                            flags::kBox, *options.box, kFromCorner));
        }
        if (!(numbers[2] > 0 && numbers[3] > 0)) {
            throw ConfigError(
                fmt::format("{} {} has no area: give X,Y,W,H with a width and a height above 0",
                            flags::kBox, *options.box));
        }
        pointing.box = {numbers[0], numbers[1], numbers[2], numbers[3]};
    }
    if (pointing.inside.empty() && !pointing.box && !pointing.empty()) {
        throw ConfigError(
            fmt::format("{} says only what is not the garment: say where it is with {} X,Y or {} "
                        "X,Y,W,H",
                        flags::kNotPoint, flags::kPoint, flags::kBox));
    }
    return pointing;
}

void check_inside(const Pointing& pointing, cv::Size photo, const std::string& name) {
    const auto refuse = [&](const char* flag, const std::string& text) {
        throw ConfigError(fmt::format("{} {} lies outside {}, which is {}x{} pixels: count {}",
                                      flag, text, name, photo.width, photo.height, kFromCorner));
    };
    const auto check = [&](const char* flag, const std::vector<cv::Point2d>& points) {
        for (const cv::Point2d& point : points) {
            if (!(point.x >= 0 && point.y >= 0 && point.x < photo.width &&
                  point.y < photo.height)) {
                refuse(flag, fmt::format("{},{}", point.x, point.y));
            }
        }
    };
    check(flags::kPoint, pointing.inside);
    check(flags::kNotPoint, pointing.outside);
    if (const auto& box = pointing.box;
        box && !(box->x >= 0 && box->y >= 0 && box->x + box->width <= photo.width &&
                 box->y + box->height <= photo.height)) {
        refuse(flags::kBox, fmt::format("{},{},{},{}", box->x, box->y, box->width, box->height));
    }
}

PointedCutting cut_out_pointed(const std::filesystem::path& photo, const Pointing& pointing,
                               std::string_view cutter) {
    const std::string_view network = cutter == kAutoCutter ? kPointedCutter : cutter;
    if (network != kPointedCutter && !names_file(network) && !names_own_model(network)) {
        throw ConfigError(
            fmt::format("{} {} cannot be pointed with {} or {}: leave it out, or give a "
                        "MobileSAM's file",
                        flags::kCutter, cutter, flags::kPoint, flags::kBox));
    }
    const cv::Mat picture = read_garment_picture(photo);
    const std::string name = fmt::format("the garment photo {}", photo.string());
    if (picture.channels() == 4) {
        throw ConfigError(
            fmt::format("{} has transparency already, which is kept: leave {}, {} "
                        "and {} out",
                        name, flags::kPoint, flags::kNotPoint, flags::kBox));
    }
    check_inside(pointing, picture.size(), name);
    const std::shared_ptr<PointedCutter> sam = make_pointed_cutter(network);
    PointedCutting result{.options = {}, .photo = picture.size()};
    result.options.cutting = Cutting::kFinder;
    result.options.finder = [sam, pointing, name, size = picture.size()] {
        return std::optional(GarmentFinder{
            .name = sam->name(),
            .side = kPointedSide,
            .find =
                [=](const cv::Mat& rgb) {
                    cv::Mat alpha = sam->alpha(
                        rgb, pointing.scaled(static_cast<double>(rgb.cols) / size.width,
                                             static_cast<double>(rgb.rows) / size.height));
                    if (cv::countNonZero(alpha > 127) == 0) {
                        throw ConfigError(fmt::format(
                            "{} sees nothing where {} is pointed at: point at another place of the "
                            "garment, or give a box around it with {}",
                            sam->name(), name, flags::kBox));
                    }
                    return alpha;
                },
            .is_pointed = true,
        });
    };
    return result;
}

}  // namespace closet
