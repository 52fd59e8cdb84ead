#include "warp/garment/photo/photo_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "warp/garment/photo/morphology.h"
#include "warp/garment/photo/open_front.h"

namespace closet {
namespace {

/// What tells a worn garment from one laid flat, as shares of 0..1.
struct PersonSigns {
    float head_height = 0;  ///< of the silhouette's height: what is narrower than half of it on top
    float head_skin = 0;    ///< skin-colored share of that
    float neck_skin = 0;    ///< skin-colored share of the top tenth's middle
    float body_skin = 0;    ///< skin-colored share of the silhouette's middle: the garment itself
    float unlike_body = 0;  ///< distance in Lab between the head's skin and the middle
    float feet_skin = 0;    ///< skin-colored share of the lowest tenth
    float left_skin = 0;    ///< of the silhouette's area: skin-colored parts beside the middle
    float right_skin = 0;
};

/// Skin of all shades in YCrCb (Chai and Ngan, 1999: Cr 133..173, Cb 77..127), narrowed to what
/// red, pink and orange clothes have less often.
const cv::Scalar kSkinLow{40, 136, 85};
const cv::Scalar kSkinHigh{250, 170, 125};

// Measured on the shared pictures: 4 worn garments, whole and cut to parts, and 7 that lie flat.
/// Stand collars reach 0.11 of a garment's height, but are not of another, skin-like color; heads
/// 0.11 to 0.28 of a person cut off at the hips.
constexpr float kHeadHeight = 0.09F;
/// Heads and necks with hair: 0.84 to 0.98. Garments that are not skin-colored: up to 0.13.
constexpr float kMostlySkin = 0.5F;
/// Neck and feet of a person in a dress or trousers: 0.49 and 0.48; of 10 garments that are not
/// skin-colored all over: up to 0.10.
constexpr float kSomeSkin = 0.3F;
/// Faces above clothes of about their color: 25; the shaded inside of a pink blouse's collar: 11.
constexpr float kUnlike = 16;
/// Of the silhouette; bare arms have 0.05 and more, sleeves with a red print 0.03.
constexpr float kArm = 0.04F;

/// Distance in CIE Lab of two colors (RGB, 0..255).
float lab_distance(const cv::Scalar& a, const cv::Scalar& b) {
    const cv::Mat pair = (cv::Mat_<cv::Vec3b>(1, 2) << cv::Vec3b(cv::saturate_cast<uchar>(a[0]),
                                                                 cv::saturate_cast<uchar>(a[1]),
                                                                 cv::saturate_cast<uchar>(a[2])),
                          cv::Vec3b(cv::saturate_cast<uchar>(b[0]), cv::saturate_cast<uchar>(b[1]),
                                    cv::saturate_cast<uchar>(b[2])));
    const cv::Mat lab = to_lab(pair);
    return static_cast<float>(cv::norm(lab.at<cv::Vec3f>(0, 0) - lab.at<cv::Vec3f>(0, 1)));
}

/// Measures a photo (CV_8UC3, RGB) inside a silhouette (CV_8UC1, 255 inside, not empty).
PersonSigns person_signs(const cv::Mat& rgb, const cv::Mat& silhouette) {
    const cv::Rect box = cv::boundingRect(silhouette);
    const cv::Mat mask = silhouette(box);
    cv::Mat ycrcb;
    cv::cvtColor(rgb(box), ycrcb, cv::COLOR_RGB2YCrCb);
    cv::Mat skin;
    cv::inRange(ycrcb, kSkinLow, kSkinHigh, skin);
    skin &= mask;
    skin = open_mask(skin, 2);

    std::vector<int> widths(static_cast<size_t>(box.height));
    for (int y = 0; y < box.height; ++y) {
        widths[static_cast<size_t>(y)] = cv::countNonZero(mask.row(y));
    }
    const int widest = *std::max_element(widths.begin(), widths.end());
    int head = 0;
    while (head < box.height && widths[static_cast<size_t>(head)] < widest / 2) {
        ++head;
    }
    const auto share = [&](const cv::Rect& part) {
        const int all = cv::countNonZero(mask(part));
        return static_cast<float>(cv::countNonZero(skin(part))) /
               static_cast<float>(std::max(1, all));
    };
    const auto area = static_cast<float>(cv::countNonZero(mask));
    PersonSigns signs;
    signs.head_height = static_cast<float>(head) / static_cast<float>(box.height);
    signs.head_skin = head > 0 ? share({0, 0, box.width, head}) : 0;
    const cv::Rect middle{box.width * 3 / 8, box.height * 3 / 8, box.width / 4 + 1,
                          box.height / 4 + 1};
    signs.body_skin = share(middle);
    if (signs.head_skin > 0) {
        const cv::Rect top{0, 0, box.width, head};
        const cv::Mat picture = rgb(box);
        const cv::Scalar head_color = cv::mean(picture(top), skin(top));
        const cv::Scalar body_color = cv::mean(picture(middle), mask(middle));
        signs.unlike_body = lab_distance(head_color, body_color);
    }
    signs.neck_skin = share({box.width / 3, 0, box.width / 3 + 1, box.height / 10 + 1});
    signs.feet_skin = share({0, box.height - box.height / 10 - 1, box.width, box.height / 10 + 1});
    signs.left_skin =
        static_cast<float>(cv::countNonZero(skin.colRange(0, (box.width + 2) / 3))) / area;
    signs.right_skin =
        static_cast<float>(cv::countNonZero(skin.colRange(box.width * 2 / 3, box.width))) / area;
    return signs;
}

/// Whether that is a person: skin where head and neck are, on both arms and at the neck, or at both
/// ends, on something that is not skin-colored itself (a pink blouse is no person).
bool is_person(const PersonSigns& signs) {
    const bool head = signs.head_height >= kHeadHeight && signs.head_skin >= kMostlySkin &&
                      signs.unlike_body >= kUnlike;
    const bool arms = signs.left_skin >= kArm && signs.right_skin >= kArm &&
                      signs.neck_skin >= kMostlySkin && signs.body_skin < kMostlySkin;
    // Cut off at the chin, but with bare feet or legs at the other end.
    const bool whole = signs.neck_skin >= kSomeSkin && signs.feet_skin >= kSomeSkin &&
                       std::max(signs.left_skin, signs.right_skin) >= kArm &&
                       signs.body_skin < kSomeSkin;
    return head || arms || whole;
}

constexpr int kMinSide = 32;
/// Person photos, cut off at the lower border, still have 0.8; pictures of a scene below 0.5.
constexpr float kMinBorderShare = 0.6F;
/// Of the picture: smaller things cannot be told from dirt, and would be a blur on a body.
constexpr double kMinArea = 0.01;
/// Of the largest part: from here on a part is a thing of its own, not a belt or a cut-off sleeve.
constexpr double kSecondThing = 0.25;
/// Height of the box per width. Tank dresses are near 3, cropped jackets with spread arms near 0.5.
constexpr double kMinAspect = 0.25;
constexpr double kMaxAspect = 4;
/// Overlap of a silhouette and its mirror image. Shared garments: 0.9 and more.
constexpr double kMinSymmetry = 0.5;
/// Of a border's length: the garment is cut off there.
constexpr double kCutOff = 0.03;

const std::string kMaskRemedy =
    fmt::format("give its outline to `closet garment prepare` with {} FILE", flags::kMask);

std::vector<double> part_areas(const cv::Mat& garment) {
    cv::Mat labels;
    cv::Mat stats;
    cv::Mat centroids;
    const int count = cv::connectedComponentsWithStats(garment, labels, stats, centroids, 8);
    std::vector<double> areas;
    for (int i = 1; i < count; ++i) {
        areas.push_back(stats.at<int>(i, cv::CC_STAT_AREA));
    }
    std::sort(areas.rbegin(), areas.rend());
    return areas;
}

std::vector<std::string> cut_off_sides(const cv::Mat& garment) {
    const std::array<std::pair<cv::Mat, const char*>, 4> sides{{
        {garment.row(0), "top"},
        {garment.row(garment.rows - 1), "bottom"},
        {garment.col(0), "left"},
        {garment.col(garment.cols - 1), "right"},
    }};
    std::vector<std::string> cut;
    for (const auto& [line, side] : sides) {
        if (cv::countNonZero(line) > kCutOff * static_cast<double>(line.total())) {
            cut.emplace_back(side);
        }
    }
    return cut;
}

}  // namespace

Symmetry best_mirror(const cv::Mat& garment, int side) {
    const cv::Rect box = cv::boundingRect(garment);
    cv::Mat small;
    const cv::Size size{side, side};
    cv::resize(garment(box), small, size, 0, 0, cv::INTER_AREA);
    small = small > 127;
    cv::Mat mirrored;
    cv::flip(small, mirrored, 1);
    const int most = side / 8;
    Symmetry best{0, box.x + (box.width - 1) / 2.0};
    for (int shift = -most; shift <= most; ++shift) {
        const cv::Rect here{std::max(0, shift), 0, size.width - std::abs(shift), size.height};
        const cv::Rect there{std::max(0, -shift), 0, size.width - std::abs(shift), size.height};
        const double both = cv::countNonZero(small(here) & mirrored(there));
        const double all = cv::countNonZero(small) + cv::countNonZero(mirrored) - both;
        if (const double overlap = both / std::max(1.0, all); overlap > best.overlap) {
            best = {overlap, box.x + (box.width * (1 + double(shift) / side) - 1) / 2};
        }
    }
    return best;
}

void check_size(const cv::Mat& rgb, const std::string& name) {
    if (rgb.type() != CV_8UC3 || rgb.cols < kMinSide || rgb.rows < kMinSide) {
        throw ConfigError(fmt::format(
            "{} is {}x{} pixels, too small to find a garment in: take a photo of at least {} "
            "pixels a side",
            name, rgb.cols, rgb.rows, kMinSide));
    }
}

void check_ground(const Ground& ground, const std::string& name) {
    if (ground.share_of_border < kMinBorderShare) {
        throw NoPlainGround(
            fmt::format("{} has no plain ground to cut the garment out of (only {:.0f} % of its "
                        "border is of one color): take a photo on a plain ground, or {}",
                        name, double{ground.share_of_border} * 100, kMaskRemedy));
    }
}

void check_silhouette(const cv::Mat& rgb, const cv::Mat& garment, const std::string& name) {
    const std::vector<double> areas = part_areas(garment);
    if (areas.empty() || areas[0] < kMinArea * static_cast<double>(garment.total())) {
        throw ConfigError(
            fmt::format("{} shows nothing but its ground: take a photo that a garment fills, or {}",
                        name, kMaskRemedy));
    }
    if (is_person(person_signs(rgb, garment))) {
        throw ShowsPerson(fmt::format(
            "{} shows a person who wears the garment: take a photo of the garment alone, laid out "
            "flat on a plain ground, or {}",
            name, kMaskRemedy));
    }
    const auto things = std::count_if(areas.begin(), areas.end(),
                                      [&](double area) { return area > kSecondThing * areas[0]; });
    if (things > 1 && !is_two_fronts(garment)) {
        throw ConfigError(
            fmt::format("{} shows {} separate things: cut the photo to one garment, or {}", name,
                        things, kMaskRemedy));
    }
    if (const auto cut = cut_off_sides(garment); cut.size() > 1) {
        throw ConfigError(fmt::format(
            "{} shows something that runs out of the picture at the {} and the {}: take a photo "
            "of the whole garment, or {}",
            name, cut[0], cut[1], kMaskRemedy));
    }
    const cv::Rect box = cv::boundingRect(garment);
    const double aspect = static_cast<double>(box.height) / box.width;
    if (aspect < kMinAspect || aspect > kMaxAspect || best_mirror(garment).overlap < kMinSymmetry) {
        throw ConfigError(
            fmt::format("{} shows something that has not the shape of a garment seen from the "
                        "front: take a photo of one laid out flat and upright, or {}",
                        name, kMaskRemedy));
    }
}

}  // namespace closet
