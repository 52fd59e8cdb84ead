#include "warp/garment/photo/cut_out.h"

#include <algorithm>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "warp/garment/photo/ground.h"
#include "warp/garment/photo/matting.h"
#include "warp/garment/photo/photo_check.h"
#include "warp/garment/photo/silhouette.h"

namespace closet {
namespace {

/// How far a photo mixes garment and ground, in pixels at the analysis size.
constexpr float kEdgeRadius = 3;
/// A mask's own edge: a pixel or so.
constexpr float kMaskEdgeRadius = 1.5F;

cv::Size at_most(cv::Size size, int side) {
    const double scale =
        std::min(1.0, static_cast<double>(side) / std::max(size.width, size.height));
    return {std::max(1, cvRound(size.width * scale)), std::max(1, cvRound(size.height * scale))};
}

cv::Mat shrunk(const cv::Mat& picture, int side) {
    const cv::Size size = at_most(picture.size(), side);
    if (size == picture.size()) {
        return picture;
    }
    cv::Mat small;
    cv::resize(picture, small, size, 0, 0, cv::INTER_AREA);
    return small;
}

/// A mask at another size, its outline smooth.
cv::Mat resized_mask(const cv::Mat& mask, cv::Size size) {
    if (mask.size() == size) {
        return mask;
    }
    cv::Mat resized;
    cv::resize(mask, resized, size, 0, 0,
               size.width < mask.cols ? cv::INTER_AREA : cv::INTER_CUBIC);
    return resized > 127;
}

struct Found {
    cv::Mat mask;  ///< at the analysis size
    Ground ground;
    bool near_white = false;
};

Found find_garment(const cv::Mat& rgb, const std::string& name) {
    const cv::Mat lab = to_lab(rgb);
    Ground ground = fit_ground(lab);
    const cv::Mat plane = ground_lab(ground, rgb.size());
    cv::Mat smooth;
    cv::medianBlur(rgb, smooth, 5);
    cv::GaussianBlur(smooth, smooth, {}, 0.8);
    const cv::Mat difference = to_lab(smooth) - plane;
    const cv::Mat distance = distance_from_ground(difference);
    set_threshold(ground, distance);
    check_ground(ground, name);
    const Silhouette silhouette =
        find_silhouette(ground, difference, distance, distance_from_ground(lab - plane));
    check_silhouette(rgb, silhouette.mask, name);
    return {silhouette.mask, ground, silhouette.near_white};
}

cv::Rect grown(const cv::Rect& box, int margin, cv::Size size) {
    return cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin,
                    box.height + 2 * margin) &
           cv::Rect({}, size);
}

cv::Rect visible_part(const cv::Mat& rgba) {
    cv::Mat alpha;
    cv::extractChannel(rgba, alpha, 3);
    return cv::boundingRect(alpha);
}

CutOut with_mask(const cv::Mat& rgb, const std::string& name, const cv::Mat& given) {
    if (given.type() != CV_8UC1 || given.size() != rgb.size()) {
        throw ConfigError(
            fmt::format("The mask for {} is {}x{} pixels and the photo {}x{}: give a gray picture "
                        "of the photo's size with {}",
                        name, given.cols, given.rows, rgb.cols, rgb.rows, flags::kMask));
    }
    CutOut result;
    const cv::Mat picture = shrunk(rgb, kCutOutSide);
    const cv::Mat mask = resized_mask(given > 127, picture.size());
    if (cv::countNonZero(mask) == 0) {
        throw ConfigError(fmt::format(
            "The mask for {} is empty: give one that is white where the garment is with {}", name,
            flags::kMask));
    }
    result.rgba = matte(picture, mask, kMaskEdgeRadius).rgba;
    result.scale = static_cast<double>(picture.cols) / rgb.cols;
    result.garment = visible_part(result.rgba);
    return result;
}

}  // namespace

CutOut cut_out(const cv::Mat& rgb, const std::string& name, const CutOutOptions& options) {
    check_size(rgb, name);
    if (!options.mask.empty()) {
        return with_mask(rgb, name, options.mask);
    }
    const cv::Mat picture = shrunk(rgb, kCutOutSide);
    const cv::Mat small = shrunk(picture, kCutOutAnalysisSide);
    const Found found = find_garment(small, name);

    const cv::Mat mask = resized_mask(found.mask, picture.size());
    const float radius =
        kEdgeRadius * static_cast<float>(picture.cols) / static_cast<float>(small.cols);
    const cv::Rect area =
        grown(cv::boundingRect(mask), static_cast<int>(8 * radius), picture.size());
    const cv::Mat ground = ground_rgb(found.ground, picture.size());
    const Matte edge = matte(picture(area), mask(area), ground(area), radius);

    CutOut result;
    result.rgba = cv::Mat::zeros(picture.size(), CV_8UC4);
    edge.rgba.copyTo(result.rgba(area));
    result.scale = static_cast<double>(picture.cols) / rgb.cols;
    result.garment = visible_part(result.rgba);
    result.faint_edge = edge.faint_edge;
    result.ground = found.ground.threshold;
    result.near_white = found.near_white;
    return result;
}

}  // namespace closet
