#include "warp/garment/photo/neckline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/median.h"
#include "warp/garment/photo/ground.h"
#include "warp/garment/photo/opening.h"

namespace closet {
namespace {

/// The surroundings of a neck at one size: 200 px between the neck points, so that cost and blur do
/// not depend on the photo. They lie upright, the middle of the neck points in the middle.
struct NeckPatch {
    static constexpr double kWidth = 200;  ///< pixels between the neck points
    static constexpr int kSide = 480;

    cv::Mat lab;            ///< CV_32FC3, kSide x kSide, slightly smoothed
    cv::Mat opaque;         ///< CV_8UC1, 255 where there is garment
    cv::Matx23d to_source;  ///< from pixels of the patch to pixels of the picture
};

/// Rays from the image-left side over straight down to the right, and steps along each.
/// Distances are shares of the neck's width.
struct NeckFan {
    static constexpr int kRays = 96;
    static constexpr int kSteps = 128;
    static constexpr double kNearest = 0.05;
    static constexpr double kFarthest = 1.05;
    /// The first and last rays point down a little: level ones leave the garment where the neck
    /// points lie on its upper edge.
    static constexpr double kTilt = std::numbers::pi * 5 / 180;

    cv::Point2d middle;  ///< in pixels of the patch
    double width = 0;    ///< the neck's width, in pixels of the patch

    static double angle(double ray) {
        return kTilt + (std::numbers::pi - 2 * kTilt) * ray / (kRays - 1);
    }
    static double distance(double step) {
        return kNearest + (kFarthest - kNearest) * step / (kSteps - 1);
    }
    static double steps(double length) { return length / (kFarthest - kNearest) * (kSteps - 1); }
    cv::Point2d at(double ray, double step) const {
        const double r = distance(step) * width;
        return {middle.x - std::cos(angle(ray)) * r, middle.y + std::sin(angle(ray)) * r};
    }
};

/// What changes along the rays of a fan.
struct NeckEdges {
    cv::Mat change;    ///< kRays x kSteps, CV_32FC3: Lab of what lies farther minus nearer
    cv::Mat contrast;  ///< its length, CV_32F: 0 beside a stronger one, -1 where it is not garment
};

/// How far from an edge colors are compared, in pixels of the patch.
constexpr double kCompareAt = 3;
/// Contrast below this share of the strongest within two steps is an edge's flank.
constexpr float kRidge = 0.8F;
/// Alpha from which on a pixel is garment.
constexpr int kOpaqueNeck = 200;
/// The median contrast of usual cloth, and how far that of smoother cloth is raised.
constexpr float kUsualUnrest = 1.0F, kMostGain = 4.0F;

void keep_ridges(cv::Mat& contrast) {
    cv::Mat strongest;
    cv::dilate(contrast, strongest, cv::getStructuringElement(cv::MORPH_RECT, {5, 1}));
    for (int ray = 0; ray < contrast.rows; ++ray) {
        for (int step = 0; step < contrast.cols; ++step) {
            float& c = contrast.at<float>(ray, step);
            if (c > 0 && c < kRidge * strongest.at<float>(ray, step)) {
                c = 0;
            }
        }
    }
}

/// Cuts the patch out of a picture (CV_8UC4, R G B A); `left` and `right` are its neck points on
/// either side of the image, at least a pixel apart.
NeckPatch neck_patch(const cv::Mat& rgba, cv::Point2d left, cv::Point2d right) {
    NeckPatch patch;
    patch.to_source = patch_of_opening(left, right, NeckPatch::kWidth, NeckPatch::kSide);
    const cv::Size size{NeckPatch::kSide, NeckPatch::kSide};
    cv::Mat pixels;
    cv::warpAffine(rgba, pixels, patch.to_source, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_CONSTANT, cv::Scalar::all(0));
    cv::Mat rgb;
    cv::cvtColor(pixels, rgb, cv::COLOR_RGBA2RGB);
    cv::medianBlur(rgb, rgb, 3);
    patch.lab = to_lab(rgb);
    cv::GaussianBlur(patch.lab, patch.lab, {}, 1.2);
    cv::extractChannel(pixels, patch.opaque, 3);
    patch.opaque = patch.opaque > kOpaqueNeck;
    return patch;
}

/// What is seen on dark, smooth cloth is faint, and clear all the same: measured by the cloth's own
/// unrest.
void raise_contrast(NeckEdges& edges) {
    std::vector<float> seen;
    for (int ray = 0; ray < edges.contrast.rows; ++ray) {
        for (int step = 0; step < edges.contrast.cols; ++step) {
            if (const float c = edges.contrast.at<float>(ray, step); c >= 0) {
                seen.push_back(c);
            }
        }
    }
    if (seen.empty()) {
        return;
    }
    const float gain =
        std::clamp(kUsualUnrest / std::max(upper_median(std::move(seen)), 0.1F), 1.0F, kMostGain);
    edges.change *= gain;
    for (int ray = 0; ray < edges.contrast.rows; ++ray) {
        for (int step = 0; step < edges.contrast.cols; ++step) {
            float& c = edges.contrast.at<float>(ray, step);
            c *= c > 0 ? gain : 1.0F;
        }
    }
}

NeckEdges find_edges(const NeckPatch& patch, const NeckFan& fan) {
    const double apart = NeckFan::steps(kCompareAt / NeckPatch::kWidth);
    const cv::Rect inside({}, patch.lab.size());
    NeckEdges edges{cv::Mat(NeckFan::kRays, NeckFan::kSteps, CV_32FC3, cv::Scalar::all(0)),
                    cv::Mat(NeckFan::kRays, NeckFan::kSteps, CV_32F, cv::Scalar(-1))};
    for (int ray = 0; ray < NeckFan::kRays; ++ray) {
        const cv::Point2d first = fan.at(ray, 0);
        const cv::Point2d stride = fan.at(ray, 1) - first;
        for (int step = 0; step < NeckFan::kSteps; ++step) {
            const cv::Point near(first + stride * (step - apart));
            const cv::Point far(first + stride * (step + apart));
            if (!inside.contains(near) || !inside.contains(far) ||
                patch.opaque.at<uchar>(near) == 0 || patch.opaque.at<uchar>(far) == 0) {
                continue;
            }
            const cv::Vec3f change = patch.lab.at<cv::Vec3f>(far) - patch.lab.at<cv::Vec3f>(near);
            edges.change.at<cv::Vec3f>(ray, step) = change;
            edges.contrast.at<float>(ray, step) = static_cast<float>(cv::norm(change));
        }
    }
    raise_contrast(edges);
    keep_ridges(edges.contrast);
    return edges;
}

constexpr int kRays = NeckFan::kRays;
constexpr int kSteps = NeckFan::kSteps;

// Lengths are shares of the neck's width.
/// The back neckline dips by 0.04 to 0.13, front necklines by 0.2 and more.
constexpr double kLeastDip = 0.19;
constexpr double kLeastAtSides = 0.30;
/// A usual neckline: half an ellipse this deep.
constexpr double kUsualDip = 0.38;
/// Differences in Lab beyond this count no more; half of it is worth one unit of cost.
constexpr float kEnoughContrast = 18;
/// Steps that neighboring rays may differ by, and the cost of each.
constexpr int kMaxJump = 3;
constexpr float kJumpCost = 0.12F;
// A path is believed when it is seen, when its rays agree about what changes to what (inside to
// rib), and when its two sides match. On the shared photos true necklines have a contrast of 13 and
// more on average, are seen by 0.86 of the rays and agree by 0.89; a flower print agrees by 0.31, a
// black jacket's collar is seen by 0.67.
constexpr float kSeen = 4;
constexpr float kSeenShare = 0.8F;
constexpr float kMinContrast = 7;
constexpr float kMinAgree = 0.88F;
/// In steps, on average: 1 for round necks, 4.5 for the collar of an open shirt.
constexpr float kMaxAsymmetry = 7;
/// A rib of another color than the body has two edges this far apart: a strong outer one, and the
/// inner one, which is the neckline. The inner's contrast is at least this share of the outer's.
/// (A rib of the body's own color has the inner one only.)
constexpr float kRibContrast = 25;
constexpr double kRib = 0.055;
constexpr double kWidestRib = 0.16;
constexpr float kInnerShare = 0.15F;
constexpr float kRibJumpCost = 0.6F;
constexpr float kRibSeenShare = 0.6F;
/// Rays on either side that a rib's width is averaged over.
constexpr int kRibWindow = 8;
/// Where the middle of the neck is tried and how wide it may be: neck points found in an outline
/// lie on the upper edge of a shirt's collar, and may be off to a side.
constexpr std::array<double, 5> kAside{0, -0.04, 0.04, -0.08, 0.08};
constexpr std::array<double, 4> kDown{0, 0.06, 0.12, 0.18};
constexpr std::array<double, 2> kWider{1, 1.15};

using Path = std::array<int, kRays>;

/// A part of the fan.
struct Rays {
    int first = 0;
    int last = kRays - 1;
};
/// Around straight down, where ribs have their full width.
constexpr Rays kMiddleRays{kRays / 5, kRays - 1 - kRays / 5};

struct Neckline {
    Path path{};
    float contrast = 0;  ///< mean over the rays
    float counted = 0;   ///< the same, no ray counting more than kEnoughContrast
    float seen = 0;      ///< share of rays with some contrast
    float agree = 0;     ///< 0..1: how much the rays agree about what changes to what
};

/// Distance from the middle to a half ellipse of half width 0.5 and this depth, along a ray.
double ellipse(int ray, double depth) {
    const double angle = NeckFan::angle(ray);
    return 1 / std::hypot(std::cos(angle) / 0.5, std::sin(angle) / depth);
}

void rate(Neckline& line, const NeckEdges& edges, Rays rays) {
    cv::Vec3f sum;
    float lengths = 0;
    const auto count = static_cast<float>(rays.last - rays.first + 1);
    for (int ray = rays.first; ray <= rays.last; ++ray) {
        const int step = line.path[static_cast<size_t>(ray)];
        const float c = edges.contrast.at<float>(ray, step);
        line.contrast += c / count;
        line.counted += std::min(c, kEnoughContrast) / count;
        line.seen += (c >= kSeen ? 1.0F : 0.0F) / count;
        const cv::Vec3f& change = edges.change.at<cv::Vec3f>(ray, step);
        sum += change;
        lengths += static_cast<float>(cv::norm(change));
    }
    line.agree = static_cast<float>(cv::norm(sum)) / std::max(1e-3F, lengths);
}

/// The cheapest path over some rays with steps from lowest to highest: along a usual neckline, or
/// parallel to `outer` if given.
std::optional<Neckline> cheapest(const NeckEdges& edges, const Path& lowest, const Path& highest,
                                 Rays rays = {}, const Path* outer = nullptr) {
    constexpr float kNever = std::numeric_limits<float>::infinity();
    std::array<std::array<float, kSteps>, kRays> cost;
    std::array<std::array<int, kSteps>, kRays> from{};
    for (int ray = rays.first; ray <= rays.last; ++ray) {
        const auto row = static_cast<size_t>(ray);
        cost[row].fill(kNever);
        const double usual = ellipse(ray, kUsualDip);
        for (int step = lowest[row]; step <= highest[row]; ++step) {
            const float c = edges.contrast.at<float>(ray, step);
            if (c < 0) {
                continue;
            }
            const double off = outer == nullptr ? std::log(NeckFan::distance(step) / usual) : 0;
            const float own = -std::min(c, kEnoughContrast) / (kEnoughContrast / 2) +
                              static_cast<float>(std::abs(off) + 0.5 * off);
            const auto column = static_cast<size_t>(step);
            if (ray == rays.first) {
                cost[row][column] = own;
                continue;
            }
            const int turn = outer == nullptr ? 0 : (*outer)[row] - (*outer)[row - 1];
            const float jump_cost = outer == nullptr ? kJumpCost : kRibJumpCost;
            float best = kNever;
            for (int before = std::max(0, step - kMaxJump);
                 before <= std::min(kSteps - 1, step + kMaxJump); ++before) {
                const float total = cost[row - 1][static_cast<size_t>(before)] +
                                    jump_cost * static_cast<float>(std::abs(step - before - turn));
                if (total < best) {
                    best = total;
                    from[row][column] = before;
                }
            }
            cost[row][column] = best + own;
        }
    }
    const auto& last = cost[static_cast<size_t>(rays.last)];
    const auto end = std::min_element(last.begin(), last.end());
    if (*end == kNever) {
        return std::nullopt;
    }
    Neckline line;
    int step = static_cast<int>(end - last.begin());
    for (int ray = rays.last; ray >= rays.first; --ray) {
        const auto row = static_cast<size_t>(ray);
        line.path[row] = step;
        step = from[row][static_cast<size_t>(step)];
    }
    rate(line, edges, rays);
    return line;
}

/// How much a path's two sides differ on average, in steps.
float asymmetry(const Path& path) {
    float sum = 0;
    for (size_t ray = 0; ray < kRays; ++ray) {
        sum += static_cast<float>(std::abs(path[ray] - path[kRays - 1 - ray])) / kRays;
    }
    return sum;
}

Path least_steps() {
    Path lowest{};
    for (int ray = 0; ray < kRays; ++ray) {
        // Towards the neck points front and back meet: only the middle must dip.
        const double least = std::min(ellipse(ray, kLeastDip), kLeastAtSides);
        lowest[static_cast<size_t>(ray)] =
            static_cast<int>(NeckFan::steps(least - NeckFan::kNearest));
    }
    return lowest;
}

/// The inner edge of the rib whose outer edge is `outer`; `outer` itself where there is no rib.
/// Ribs change their width slowly: it is averaged over the rays beside.
Path above_rib(const NeckEdges& edges, const Neckline& outer) {
    if (outer.contrast < kRibContrast) {
        return outer.path;
    }
    Path nearest{};
    Path farthest{};
    for (size_t ray = 0; ray < kRays; ++ray) {
        const auto inwards = [&](double length) {
            return std::max(0, outer.path[ray] - cvRound(NeckFan::steps(length)));
        };
        nearest[ray] = inwards(kWidestRib);
        farthest[ray] = inwards(kRib);
    }
    const auto inner = cheapest(edges, nearest, farthest, kMiddleRays, &outer.path);
    if (!inner || inner->seen < kRibSeenShare || inner->agree < kMinAgree ||
        inner->contrast < kInnerShare * outer.contrast) {
        return outer.path;
    }
    Path smooth{};
    for (int ray = 0; ray < kRays; ++ray) {
        double apart = 0;
        for (int k = -kRibWindow; k <= kRibWindow; ++k) {
            const auto other =
                static_cast<size_t>(std::clamp(ray + k, kMiddleRays.first, kMiddleRays.last));
            apart += static_cast<double>(outer.path[other] - inner->path[other]);
        }
        const auto here = static_cast<size_t>(ray);
        smooth[here] =
            std::clamp(cvRound(outer.path[here] - apart / (2 * kRibWindow + 1)), 0, kSteps - 1);
    }
    return smooth;
}

bool believed(const Neckline& line) {
    return line.contrast >= kMinContrast && line.seen >= kSeenShare && line.agree >= kMinAgree &&
           asymmetry(line.path) <= kMaxAsymmetry;
}

/// Higher is better: clear, of one kind, and symmetric.
float quality(const Neckline& line) {
    return line.counted / kEnoughContrast * line.agree - asymmetry(line.path) / kMaxAsymmetry / 2;
}

std::vector<cv::Point2d> to_points(const Path& path, const NeckFan& fan, const NeckPatch& patch) {
    std::vector<cv::Point2d> points;
    for (int ray = 0; ray < kRays; ++ray) {
        // A path of whole steps is a staircase: the mean of five rays.
        double step = 0;
        for (int k = -2; k <= 2; ++k) {
            step += path[static_cast<size_t>(std::clamp(ray + k, 0, kRays - 1))] / 5.0;
        }
        const cv::Point2d p = fan.at(ray, step);
        const cv::Vec2d in_picture = patch.to_source * cv::Vec3d(p.x, p.y, 1);
        points.emplace_back(in_picture[0], in_picture[1]);
    }
    return points;
}

}  // namespace

std::vector<cv::Point2d> find_neckline(const cv::Mat& rgba, cv::Point2d left, cv::Point2d right) {
    const NeckPatch patch = neck_patch(rgba, left, right);
    const Path lowest = least_steps();
    Path highest{};
    highest.fill(kSteps - 1);
    std::optional<Neckline> best;
    NeckFan best_fan;
    for (const double wider : kWider) {
        for (const double down : kDown) {
            for (const double aside : kAside) {
                const cv::Point2d middle = cv::Point2d(NeckPatch::kSide, NeckPatch::kSide) / 2 +
                                           cv::Point2d(aside, down) * NeckPatch::kWidth;
                const NeckFan fan{middle, NeckPatch::kWidth * wider};
                const auto line = cheapest(find_edges(patch, fan), lowest, highest);
                if (line && believed(*line) && (!best || quality(*line) > quality(*best))) {
                    best = line;
                    best_fan = fan;
                }
            }
        }
    }
    if (!best) {
        return {};
    }
    return to_points(above_rib(find_edges(patch, best_fan), *best), best_fan, patch);
}

}  // namespace closet
