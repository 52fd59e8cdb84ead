#include "warp/garment/garment_file.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/log.h"
#include "warp/garment/anchors_file.h"
#include "warp/garment/garment_picture.h"
#include "warp/garment/photo/collar.h"
#include "warp/garment/photo/find_anchors.h"
#include "warp/garment/photo/open_front.h"
#include "warp/garment/photo/waistband.h"
#include "warp/paint/sampling.h"

namespace closet {
namespace {

constexpr float kFaintEdge = 0.5F;   ///< of CutOut::faint_edge
constexpr int kVisible = 127;        ///< alpha above is inside
constexpr float kLeastHang = 0.12F;  ///< of a neckline, in parts of its width

cv::Mat alpha_of(const cv::Mat& rgba) {
    cv::Mat alpha;
    cv::extractChannel(rgba, alpha, 3);
    return alpha;
}

cv::Mat read_mask(const std::filesystem::path& path) {
    const cv::Mat picture = read_garment_picture(path);
    if (picture.channels() == 4) {
        return alpha_of(picture);
    }
    cv::Mat gray;
    cv::cvtColor(picture, gray, cv::COLOR_RGB2GRAY);
    return gray;
}

/// Less of any kind's likelihood is a shoe, a bag or a piece of cloth.
constexpr float kAnyKind = 0.1F;

std::string doubtful_kind(const KindGuess& guess) {
    return fmt::format(
        "it looks like {} (confidence {:.2f}) but could be {}: say which it is with {}",
        to_string(guess.kind), double{guess.confidence}, to_string(guess.second), flags::kKind);
}

/// Kind and anchors from the silhouette. A picture with hardly anything to see is a garment too,
/// unless it is a photo: then `refused` is what to say.
void find_into(Prepared& prepared, std::optional<GarmentKind> kind, const std::string& photo) {
    const cv::Mat alpha = alpha_of(prepared.garment.rgba);
    FoundAnchors found = find_anchors(prepared.garment.rgba, kind);
    if (!photo.empty() && !kind && found.guess.fits < kAnyKind) {
        throw ConfigError(fmt::format(
            "{} has the shape of no kind of garment: take a photo of one garment laid out flat and "
            "upright, seen from the front, or say what it is with {}",
            photo, flags::kKind));
    }
    prepared.garment.kind = found.kind;
    prepared.garment.sleeves = found.sleeves;
    prepared.garment.open_front = found.open_front;
    prepared.garment.anchors = std::move(found.anchors);
    prepared.confidence = found.confidence;
    if (cv::countNonZero(alpha > kVisible) > 0) {
        prepared.warnings = std::move(found.warnings);
    }
    if (!kind) {
        prepared.kind_confidence = found.guess.confidence;
        prepared.second_kind = found.guess.second;
        if (!prepared.garment.anchors.empty() && found.guess.confidence < kSureKind) {
            prepared.warnings.push_back(doubtful_kind(found.guess));
        }
    }
}

/// Once the inside of the back collar is gone, the outline hangs between the neck points and is the
/// front neckline. Where it does not, only a label went.
void move_collar_to_outline(Garment& garment) {
    const cv::Point2f middle =
        (garment.anchors.at("left_neck") + garment.anchors.at("right_neck")) / 2;
    const float width = garment.anchors["left_neck"].x - garment.anchors["right_neck"].x;
    const int x = std::clamp(cvRound(middle.x), 0, garment.rgba.cols - 1);
    for (int y = 0; y < garment.rgba.rows; ++y) {
        if (garment.rgba.at<cv::Vec4b>(y, x)[3] > kVisible) {
            if (static_cast<float>(y) > middle.y + kLeastHang * width) {
                garment.anchors["collar"] = {static_cast<float>(x), static_cast<float>(y)};
            }
            return;
        }
    }
}

void cut_out_photo(const std::filesystem::path& path, const cv::Mat& rgb,
                   const PrepareOptions& options, Prepared& prepared) {
    CutOutOptions cutting;
    if (!options.mask.empty()) {
        cutting.mask = read_mask(options.mask);
    }
    cutting.cutting = options.cutting;
    cutting.finder = options.finder;
    cutting.finder_remedy = options.finder_remedy;
    cutting.worn_remedy = options.worn_remedy;
    const std::string name = fmt::format("the garment photo {}", path.string());
    CutOut cut = cut_out(rgb, name, cutting);
    prepared.from_photo = true;
    prepared.cutter = cut.cutter;
    prepared.garment.rgba = cut.rgba;
    find_into(prepared, options.kind, name);
    if (cut.faint_edge > kFaintEdge) {
        prepared.warnings.push_back(
            "much of its outline hardly differs from the ground, so look at the edge in a preview");
    }
    Garment& garment = prepared.garment;
    if (!cut.is_worn && garment.anchors.contains("left_neck") &&
        remove_collar_inside(garment.rgba, garment.anchors["left_neck"],
                             garment.anchors["right_neck"])) {
        move_collar_to_outline(garment);
    }
    if (!cut.is_worn && !covers_torso(garment.kind) && garment.anchors.contains("left_waist")) {
        remove_waistband_inside(garment.rgba, garment.anchors["left_waist"],
                                garment.anchors["right_waist"]);
    }
    const bool is_outerwear = garment.kind == GarmentKind::kOuterwear;
    if (!cut.is_worn && garment.sleeves == Sleeves::kLong &&
        (is_outerwear || (garment.kind == GarmentKind::kTop && !options.kind)) &&
        remove_back_inside(garment.rgba, garment.anchors, is_outerwear)) {
        garment.kind = GarmentKind::kOuterwear;
        garment.open_front = true;
    }
}

/// An alpha channel that cuts nothing out is most likely an oversight, but it can be meant.
bool is_opaque(const cv::Mat& rgba) {
    return cv::countNonZero(alpha_of(rgba) != 255) == 0;
}

void take_transparent(const std::filesystem::path& path, std::optional<GarmentKind> kind,
                      Prepared& prepared) {
    if (is_opaque(prepared.garment.rgba)) {
        prepared.warnings.push_back("it is opaque everywhere, so its background is worn too");
    }
    const auto beside = anchors_file_of(path);
    Garment written;
    written.rgba = prepared.garment.rgba;
    GivenParts given;
    std::error_code failed;
    if (std::filesystem::exists(beside, failed)) {
        given = read_anchors(beside, written);
        prepared.from_json = !written.anchors.empty();
    }
    if (prepared.from_json) {
        prepared.garment = written;
        prepared.garment.kind = kind.value_or(written.kind);
        return;
    }
    if (!kind && given.kind) {
        kind = written.kind;
    }
    std::vector<std::string> warnings = std::move(prepared.warnings);
    find_into(prepared, kind, "");
    prepared.warnings.insert(prepared.warnings.begin(), warnings.begin(), warnings.end());
    if (given.sleeves) {
        prepared.garment.sleeves = written.sleeves;
    }
    if (given.open_front) {
        prepared.garment.open_front = written.open_front;
    }
}

void limit_size(Garment& garment) {
    const cv::Size from = garment.rgba.size();
    const int longest = std::max(from.width, from.height);
    if (longest <= kMaxGarmentSide) {
        return;
    }
    const double scale = static_cast<double>(kMaxGarmentSide) / longest;
    const cv::Size to(std::max(static_cast<int>(std::lround(from.width * scale)), 1),
                      std::max(static_cast<int>(std::lround(from.height * scale)), 1));
    garment.rgba = resize_area(garment.rgba, to);
    const float x_scale = static_cast<float>(to.width) / static_cast<float>(from.width);
    const float y_scale = static_cast<float>(to.height) / static_cast<float>(from.height);
    for (auto& [name, point] : garment.anchors) {
        point = {(point.x + 0.5F) * x_scale - 0.5F, (point.y + 0.5F) * y_scale - 0.5F};
    }
}

/// Sets left_shoulder and right_shoulder from the outline: the ends of the widest row in the top
/// fifth of the visible part (the whole picture where nothing is visible), as the reference system
/// has it. They are at least one pixel apart.
void set_default_shoulders(Garment& garment) {
    const cv::Mat alpha = alpha_of(garment.rgba);
    cv::Rect box = cv::boundingRect(alpha);
    if (box.empty()) {
        box = {0, 0, alpha.cols, alpha.rows};
    }
    // Half transparent pixels are outside, unless nothing is more visible than that.
    int left = box.x;
    int right = box.x + box.width - 1;
    int row = box.y;
    int widest = 0;
    for (int y = box.y; y < box.y + std::max(box.height / 5, 1); ++y) {
        int first = 0;
        int last = -1;
        for (int x = box.x; x < box.x + box.width; ++x) {
            if (alpha.at<std::uint8_t>(y, x) > kVisible) {
                first = last < 0 ? x : first;
                last = x;
            }
        }
        if (last >= 0 && last - first + 1 > widest) {
            widest = last - first + 1;
            left = first;
            right = last;
            row = y;
        }
    }
    const auto y = static_cast<float>(row);
    garment.anchors["right_shoulder"] = {static_cast<float>(left) - 0.5F, y};
    garment.anchors["left_shoulder"] = {static_cast<float>(right) + 0.5F, y};
}

}  // namespace

std::shared_ptr<const Garment> load_garment(const std::filesystem::path& path,
                                            const PrepareOptions& options) {
    Prepared prepared = prepare_garment(path, options);
    for (const std::string& warning : prepared.warnings) {
        log::warning("the garment {}: {}", path.string(), warning);
    }
    return std::make_shared<const Garment>(std::move(prepared.garment));
}

Prepared prepare_garment(const std::filesystem::path& path, const PrepareOptions& options) {
    const cv::Mat picture = read_garment_picture(path);
    Prepared prepared;
    if (picture.channels() == 4) {
        if (!options.mask.empty()) {
            throw ConfigError(
                fmt::format("the mask {} is not needed: the garment {} has "
                            "transparency already, which is kept; leave the mask out",
                            options.mask.string(), path.string()));
        }
        prepared.garment.rgba = picture;
        take_transparent(path, options.kind, prepared);
    } else {
        cut_out_photo(path, picture, options, prepared);
    }
    Garment& garment = prepared.garment;
    garment.name = path.stem().string();
    limit_size(garment);
    if (covers_torso(garment.kind) && !garment.anchors.contains("left_shoulder")) {
        set_default_shoulders(garment);
    }
    return prepared;
}

}  // namespace closet
