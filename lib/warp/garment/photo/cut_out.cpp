#include "warp/garment/photo/cut_out.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/picture_geometry.h"
#include "warp/garment/photo/ground.h"
#include "warp/garment/photo/halves.h"
#include "warp/garment/photo/matting.h"
#include "warp/garment/photo/morphology.h"
#include "warp/garment/photo/photo_check.h"
#include "warp/garment/photo/shadow.h"
#include "warp/garment/photo/silhouette.h"

namespace closet {
namespace {

/// How far a photo mixes garment and ground, in pixels at the analysis size.
constexpr float kEdgeRadius = 3;
/// A plain cut-out is doubtful with less of the border in one color, or less symmetric: a network
/// may do better. Of the shared garments (results/cut-out.md) none is.
constexpr float kSureBorderShare = 0.8F;
constexpr double kSureSymmetry = 0.8;
/// A finder's outline is right to so many of its own pixels; this and less (0..255) is ground.
constexpr float kFinderEdge = 1.5F;
constexpr int kSureGround = 16;
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
    cv::Mat ground_lab;  ///< its colors at every pixel, with shadows
    bool near_white = false;
};

/// With a shadow the ground is only known nearly.
constexpr float kShadedThreshold = 2.5F;
/// See shaded_ground: the first that gives a garment to be believed.
constexpr std::array<float, 2> kShadowGaps{3, 8};
/// Less of a silhouette is never the garment without its shadow.
constexpr double kLeastKept = 0.4;
/// How much less symmetric it may be, as an IoU with its mirror image.
constexpr double kLessSymmetric = 0.05;

/// The photo without its noise, in Lab.
cv::Mat smoothed_lab(const cv::Mat& rgb) {
    cv::Mat smooth;
    cv::medianBlur(rgb, smooth, 5);
    cv::GaussianBlur(smooth, smooth, {}, 0.8);
    return to_lab(smooth);
}

/// Whether a silhouette without the shadows is to be believed: garments are symmetric, bitten ones
/// are not.
bool is_better(const cv::Mat& without, const cv::Mat& with) {
    return cv::countNonZero(without) > kLeastKept * cv::countNonZero(with) &&
           best_mirror(without).overlap > best_mirror(with).overlap - kLessSymmetric;
}

bool is_garment(const cv::Mat& rgb, const cv::Mat& mask) {
    try {
        check_silhouette(rgb, mask, {});
        return true;
    } catch (const ConfigError&) {
        return false;
    }
}

Found find_garment(const cv::Mat& rgb, const std::string& name) {
    const cv::Mat lab = to_lab(rgb);
    const cv::Mat smooth = smoothed_lab(rgb);
    Found found;
    found.ground = fit_ground(lab);
    found.ground_lab = ground_lab(found.ground, rgb.size());
    set_threshold(found.ground, distance_from_ground(smooth - found.ground_lab));
    check_ground(found.ground, name);
    const auto silhouette = [&](const Ground& ground, const cv::Mat& colors) {
        const cv::Mat difference = smooth - colors;
        return find_silhouette(ground, difference, distance_from_ground(difference),
                               distance_from_ground(lab - colors));
    };
    Silhouette best = silhouette(found.ground, found.ground_lab);
    const cv::Mat plane = found.ground_lab;
    for (const float gap : kShadowGaps) {
        const cv::Mat colors = shaded_ground(lab, plane, found.ground.threshold, gap);
        if (colors.empty()) {
            continue;
        }
        Ground shaded = found.ground;
        shaded.threshold = std::max(shaded.threshold, kShadedThreshold);
        if (Silhouette without = silhouette(shaded, colors);
            is_better(without.mask, best.mask) && is_garment(rgb, without.mask)) {
            best = without;
            found.ground = shaded;
            found.ground_lab = colors;
            break;
        }
    }
    check_silhouette(rgb, best.mask, name);
    found.mask = best.near_white
                     ? best.mask
                     : mend_halves(best.mask, distance_from_ground(smooth - found.ground_lab));
    found.near_white = best.near_white;
    return found;
}

/// Lab colors that change slowly as RGB, 0..255 (CV_32FC3), at another size.
cv::Mat rgb_of_lab(const cv::Mat& lab, cv::Size size) {
    cv::Mat rgb;
    cv::cvtColor(lab, rgb, cv::COLOR_Lab2RGB);
    cv::resize(rgb * 255, rgb, size, 0, 0, cv::INTER_LINEAR);
    return rgb;
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
    result.cutter = "mask";
    return result;
}

/// The garment by the photo's plain ground.
CutOut by_ground(const cv::Mat& picture, const std::string& name) {
    const cv::Mat small = shrunk(picture, kCutOutAnalysisSide);
    const Found found = find_garment(small, name);
    const cv::Mat mask = resized_mask(found.mask, picture.size());
    const float radius =
        kEdgeRadius * static_cast<float>(picture.cols) / static_cast<float>(small.cols);
    const cv::Rect area =
        grown(cv::boundingRect(mask), static_cast<int>(8 * radius), picture.size());
    const cv::Mat ground = rgb_of_lab(found.ground_lab, picture.size());
    const Matte edge = matte(picture(area), mask(area), ground(area), radius);

    CutOut result;
    result.rgba = cv::Mat::zeros(picture.size(), CV_8UC4);
    edge.rgba.copyTo(result.rgba(area));
    result.faint_edge = edge.faint_edge;
    result.ground = found.ground.threshold;
    result.near_white = found.near_white;
    result.cutter = "plain";
    result.doubtful = found.ground.share_of_border < kSureBorderShare ||
                      best_mirror(found.mask).overlap < kSureSymmetry;
    return result;
}

/// The garment that a finder sees. Its own pixels are often larger than the photo's: within that
/// reach the photo's colors decide, between those inside and those of the ground around.
CutOut by_finder(const cv::Mat& picture, const std::string& name, const GarmentFinder& finder) {
    const cv::Mat seen = finder.find(picture);
    const cv::Mat mask = seen > 127;
    if (!finder.is_worn && !finder.is_pointed) {
        const cv::Mat small = shrunk(picture, kCutOutAnalysisSide);
        check_silhouette(small, resized_mask(mask, small.size()), name);
    }
    const float finest = static_cast<float>(std::max(picture.cols, picture.rows)) /
                         static_cast<float>(std::max(1, finder.side));
    const float radius = std::max(kMaskEdgeRadius, kFinderEdge * finest);
    const cv::Mat around = shrink(seen < kSureGround, radius);
    CutOut result;
    result.cutter = finder.name;
    result.is_worn = finder.is_worn;
    if (cv::countNonZero(around) == 0) {
        result.rgba = matte(picture, mask, radius).rgba;
        return result;
    }
    Matte edge = matte(picture, mask, continue_colors(picture, around), radius);
    result.rgba = edge.rgba;
    result.faint_edge = edge.faint_edge;
    return result;
}

CutOut by_any(const cv::Mat& picture, const std::string& name, const CutOutOptions& options) {
    const auto finder = [&] { return options.finder ? options.finder() : std::nullopt; };
    if (options.cutting == Cutting::kFinder) {
        const auto found = finder();
        if (!found) {
            throw ConfigError(fmt::format("there is nothing to cut {} out with; {}", name,
                                          options.finder_remedy));
        }
        return by_finder(picture, name, *found);
    }
    if (options.cutting == Cutting::kPlain) {
        return by_ground(picture, name);
    }
    std::optional<CutOut> plain;
    try {
        plain = by_ground(picture, name);
        if (!plain->doubtful) {
            return *plain;
        }
        if (const auto other = finder()) {
            return by_finder(picture, name, *other);
        }
    } catch (const NoPlainGround& error) {
        if (const auto other = finder()) {
            return by_finder(picture, name, *other);
        }
        throw NoPlainGround(options.finder_remedy.empty()
                                ? error.what()
                                : fmt::format("{}, {}", error.what(), options.finder_remedy));
    } catch (const ConfigError&) {
        if (plain) {
            return *plain;  // doubtful, and the finder sees no garment either
        }
        const auto other = finder();
        if (!other) {
            throw;
        }
        return by_finder(picture, name, *other);
    }
    return *plain;
}

}  // namespace

CutOut cut_out(const cv::Mat& rgb, const std::string& name, const CutOutOptions& options) {
    check_size(rgb, name);
    if (!options.mask.empty()) {
        return with_mask(rgb, name, options.mask);
    }
    const cv::Mat picture = shrunk(rgb, kCutOutSide);
    CutOut result;
    try {
        result = by_any(picture, name, options);
    } catch (const ShowsPerson& error) {
        throw ShowsPerson(options.worn_remedy.empty()
                              ? error.what()
                              : fmt::format("{}, {}", error.what(), options.worn_remedy));
    }
    result.scale = static_cast<double>(picture.cols) / rgb.cols;
    result.garment = visible_part(result.rgba);
    return result;
}

}  // namespace closet
