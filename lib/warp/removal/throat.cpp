#include "warp/removal/throat.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "warp/occlusion/half_view.h"
#include "warp/removal/push_pull.h"
#include "warp/removal/skin_grain.h"

namespace closet::removal {
namespace {

// The study's, shoulder widths.
constexpr double kNeckHalf = 0.19, kLeastNeck = 0.14, kMostNeck = 0.26;
constexpr double kLowestChest = 0.45, kMostShoulder = 0.56, kHighestNeck = 0.62;
/// Below the shoulders the chest narrows down to the armpits.
constexpr double kArmpit = 0.4, kArmpitFrom = 0.05, kArmpitTo = 0.3;
constexpr int kSkin = 191;
/// Of the face's color: units of Y Cb Cr levels; lightness counts less.
constexpr float kLikeChroma = 18.0F, kLikeLuma = 60.0F;
constexpr int kLeastPixels = 20;
constexpr double kRaised = 0.05;
/// How thick old clothes are, and how far above the usual line they may tell of a shoulder.
constexpr double kOldCloth = 0.03, kMostHigher = 0.12;
constexpr double kUnderChin = 0.2;
constexpr double kChin = 0.33, kChinShadow = 0.14;
constexpr double kSideShade = 16, kChinShade = 24;  ///< levels, by eye
constexpr double kKnownNeck = 0.05;  ///< of a square shoulder width: seen skin that tells the light
constexpr double kUntrusted = 0.1, kTrusted = 0.4;  ///< of that: what tells the color
/// The shadow under the chin ends between these levels; the chest below is lit as the face is.
constexpr double kShadowTo = -0.3, kLitFrom = -0.05;
constexpr float kThroatBlotch = 2.0F, kThroatBlotchWidths = 0.06F;  ///< levels, shoulder widths

}  // namespace

Throat::Throat(const GridView& view) : view_(view), neck_half_(kNeckHalf) {
    // The neck's width: skin between chin and shoulders.
    std::vector<int> widths;
    for (double v = 0.16; v < 0.32; v += 0.02) {
        const cv::Point2d middle = view.middle - view.down * (v * view.unit);
        int count = 0;
        for (double u = -0.4; u <= 0.4; u += 1 / view.unit) {
            const cv::Point2d p = middle + view.across * (u * view.unit);
            const int x = cvRound(p.x), y = cvRound(p.y);
            count += view.contains(x, y) && view.of(Surface::kSkin, x, y) > 127 ? 1 : 0;
        }
        widths.push_back(count);
    }
    std::sort(widths.begin(), widths.end());
    const double half = widths[widths.size() * 3 / 10] / 2.0 / view.unit;
    if (half > 0.5 * kLeastNeck) {
        neck_half_ = std::clamp(half, kLeastNeck, kMostNeck);
    }
}

float Throat::inside(cv::Point2d p) const {
    const double aside = std::abs(view_.aside(p));
    const double below = (p - view_.middle).dot(view_.down) / view_.unit;
    const double chest =
        kMostShoulder - (kMostShoulder - kArmpit) * smoothstep(kArmpitFrom, kArmpitTo, below);
    if (aside > chest || below > kLowestChest) {
        return 0;
    }
    struct Point {
        double aside, below;
    };
    const std::array<Point, 5> line{{{neck_half_ * 0.98, -0.45},
                                     {neck_half_ + 0.06, -0.20},
                                     {0.33, -0.125},
                                     {0.50, -0.085},
                                     {0.58, 0.0}}};
    double top = line.front().below;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        if (aside >= line[i].aside) {
            const double t =
                std::clamp((aside - line[i].aside) / (line[i + 1].aside - line[i].aside), 0.0, 1.0);
            top = line[i].below + t * (line[i + 1].below - line[i].below);
        }
    }
    // Shoulders may be drawn up; what the old clothes lie on is under them.
    top -= aside > neck_half_ + 0.06 ? kRaised : 0.0;
    if (below < top && below > top - kMostHigher) {
        const cv::Point over = p - view_.down * (kOldCloth * view_.unit);
        top -= view_.contains(over.x, over.y) && !view_.is(Surface::kGround, over.x, over.y)
                   ? kMostHigher
                   : 0.0;
    }
    return static_cast<float>(std::clamp((below - top) * view_.unit + 0.5, 0.0, 1.0));
}

/// Levels that a neck is darker at its sides and under the chin, where none is seen.
float Throat::shade_at(cv::Point2d p) const {
    const double u = std::min(std::abs(view_.aside(p)) / neck_half_, 1.2);
    const double below = (p - view_.middle).dot(view_.down) / view_.unit;
    const double chin = (below + kChin) / kChinShadow;
    const double neck = std::clamp(-below / 0.15, 0.0, 1.0);
    return static_cast<float>(-kSideShade * u * u * neck - kChinShade * std::exp(-chin * chin));
}

bool Throat::paint(cv::Rect part, const std::optional<cv::Vec3f>& all_skin,
                   cv::Mat3f& colors) const {
    occlusion::MedianColor face;
    const auto is_skin = [&](int x, int y, int least) {
        return view_.of(Surface::kSkin, x, y) >= least;
    };
    const cv::Size size = view_.size();
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            if (is_skin(x, y, 204) && view_.along(cv::Point2d(x, y)) < 0) {
                face.add(view_.colors().at<cv::Vec3b>(y, x));
            }
        }
    }
    const bool has_face = face.count() >= kLeastPixels;
    if (!has_face && !all_skin) {
        return false;
    }
    const cv::Vec3f like = has_face ? cv::Vec3f(face.median()) : *all_skin;
    // Of a face of which little more than the chin is seen, most may be its shadow on the neck.
    occlusion::MedianColor lighter;
    for (int y = 0; y < size.height && has_face; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const cv::Vec3b& color = view_.colors().at<cv::Vec3b>(y, x);
            if (is_skin(x, y, 204) && view_.along(cv::Point2d(x, y)) < 0 && color[0] >= like[0]) {
                lighter.add(color);
            }
        }
    }
    const cv::Vec3f lit = has_face ? cv::Vec3f(lighter.median()) : like;
    view_.colors()(part).convertTo(colors, CV_32F);
    cv::Mat1f weight(part.size(), 0.0F);
    occlusion::MedianColor all;
    int of_neck = 0;
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            const cv::Point2d p(part.x + x, part.y + y);
            const double below = (p - view_.middle).dot(view_.down) / view_.unit;
            const cv::Vec3f off = colors(y, x) - like;
            if (is_skin(part.x + x, part.y + y, kSkin) && below > -kHighestNeck &&
                below < kLowestChest && std::abs(view_.aside(p)) < 0.5 &&
                std::hypot(off[1], off[2]) < kLikeChroma && std::abs(off[0] + 8) < kLikeLuma) {
                weight(y, x) = 1;
                all.add(view_.colors().at<cv::Vec3b>(part.y + y, part.x + x));
                of_neck += below > -kUnderChin ? 1 : 0;
            }
        }
    }
    cv::Vec3f middle = like;
    const double area = kKnownNeck * view_.unit * view_.unit;
    const auto shade = static_cast<float>(std::clamp(1 - of_neck / area, 0.0, 1.0));
    // A few pixels are an edge's, between skin and the shadow of hair or collar.
    const auto trusted = static_cast<float>(smoothstep(kUntrusted, kTrusted, all.count() / area));
    if (trusted > 0) {
        push_pull(colors, weight);
        const int window = 2 * view_.px(0.03) + 1;
        cv::blur(colors, colors, {window, window}, {-1, -1}, cv::BORDER_REPLICATE);
        middle += (cv::Vec3f(all.median()) - like) * trusted;
    }
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            const cv::Point2d p(part.x + x, part.y + y);
            const double below = (p - view_.middle).dot(view_.down) / view_.unit;
            const auto chest = shade * static_cast<float>(smoothstep(kShadowTo, kLitFrom, below));
            colors(y, x) = middle + (colors(y, x) - middle) * 0.55F * trusted * (1 - chest) +
                           (lit - middle) * chest;
            colors(y, x)[0] += shade * shade_at(p);
            colors(y, x)[0] +=
                kThroatBlotch * blotch_at(static_cast<float>(view_.aside(p)) / kThroatBlotchWidths,
                                          static_cast<float>(view_.along(p)) / kThroatBlotchWidths);
        }
    }
    return true;
}

}  // namespace closet::removal
