#include "warp/garment/neckline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <opencv2/core.hpp>

#include "warp/garment/neckline_fan.h"

namespace closet {
namespace {

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
/// Steps that neighbouring rays may differ by, and the cost of each.
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
/// A rib of another colour than the body has two edges this far apart: a strong outer one, and the
/// inner one, which is the neckline. The inner's contrast is at least this share of the outer's.
/// (A rib of the body's own colour has the inner one only.)
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
