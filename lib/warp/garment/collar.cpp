#include "warp/garment/collar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/ground.h"
#include "warp/garment/label.h"

namespace closet {
namespace {

// The front neckline is sought in a fan below the middle of the neck points: rays from one neck
// point's side over straight down to the other's, distances in steps along each ray. All lengths
// are shares of the neck's width.
constexpr int kRays = 96;
constexpr int kSteps = 128;
constexpr double kNearest = 0.05;
constexpr double kFarthest = 1.05;
/// The fan is examined at this neck width, in pixels: cost and blur do not depend on the photo.
constexpr double kExaminedWidth = 200;
/// The back neckline dips by 0.04 to 0.13, front necklines by 0.2 and more.
constexpr double kLeastDip = 0.19;
/// A usual neckline: half an ellipse this deep.
constexpr double kUsualDip = 0.38;
/// Differences in Lab beyond this count no more; half of it is worth one unit of cost.
constexpr float kEnoughContrast = 18;
/// How far from the path colours are compared, in pixels at the examined width.
constexpr double kCompareAt = 3;
/// Steps that neighbouring rays may differ by, and the cost of each.
constexpr int kMaxJump = 3;
constexpr float kJumpCost = 0.12F;
// A path is believed when it is seen, when its rays agree about what changes to what (inside to
// rib), and when its two sides match. On the shared photos true necklines have a contrast of 15 and
// more on average and agree by 0.99; a flower print agrees by 0.31, black on black has 6 at most.
constexpr float kSeen = 4;
constexpr float kSeenShare = 0.65F;
constexpr float kMinContrast = 7;
constexpr float kMinAgree = 0.88F;
/// In steps, on average: 1 for round necks, 4.5 for the collar of an open shirt.
constexpr float kMaxAsymmetry = 7;
/// A ribbed collar has two edges this far apart; the inner one is the neckline. Its contrast is
/// at least this share of the outer's.
constexpr double kRib = 0.035;
constexpr double kWidestRib = 0.16;
constexpr float kInnerShare = 0.15F;
/// Rays on either side that a rib's width is averaged over.
constexpr int kRibWindow = 8;
/// Contrast below this share of the strongest within two steps is an edge's flank.
constexpr float kRidge = 0.8F;
/// Alpha from which on a pixel is garment.
constexpr int kOpaque = 200;

/// Where the fan lies in the picture.
struct Fan {
    cv::Point2d middle;
    cv::Point2d along;  ///< unit vector from the image-left neck point to the right one
    cv::Point2d down;
    double width = 0;  ///< pixels between the neck points

    cv::Point2d at(double ray, double step) const {
        const double angle = std::numbers::pi * ray / (kRays - 1);
        const double r = distance(step) * width;
        return middle + (along * -std::cos(angle) + down * std::sin(angle)) * r;
    }
    static double distance(double step) {
        return kNearest + (kFarthest - kNearest) * step / (kSteps - 1);
    }
    static double step_of(double distance) {
        return (distance - kNearest) / (kFarthest - kNearest) * (kSteps - 1);
    }
};

/// Distance from the middle to a half ellipse of half width 0.5 and this depth, along a ray.
double ellipse(int ray, double depth) {
    const double angle = std::numbers::pi * ray / (kRays - 1);
    return 1 / std::hypot(std::cos(angle) / 0.5, std::sin(angle) / depth);
}

using Path = std::array<int, kRays>;

/// What changes along the rays of a fan.
struct Edges {
    cv::Mat change;    ///< kRays x kSteps, CV_32FC3: Lab of what lies farther minus nearer
    cv::Mat contrast;  ///< its length, CV_32F, kept at ridges only; -1 where it is not all garment
};

/// Contrast that is not the strongest within a few steps is the flank of an edge, not an edge.
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

Edges find_edges(const cv::Mat& rgba, const Fan& fan) {
    const double scale = kExaminedWidth / fan.width;
    const cv::Point2d corner = fan.middle - cv::Point2d(1.2, 1.2) * fan.width;
    const int side = cvRound(2.4 * kExaminedWidth);
    const cv::Matx23d to_source(1 / scale, 0, corner.x, 0, 1 / scale, corner.y);
    cv::Mat patch;
    cv::warpAffine(rgba, patch, to_source, {side, side}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_CONSTANT, cv::Scalar::all(0));
    cv::Mat rgb;
    cv::Mat alpha;
    cv::cvtColor(patch, rgb, cv::COLOR_RGBA2RGB);
    cv::extractChannel(patch, alpha, 3);
    cv::medianBlur(rgb, rgb, 3);
    cv::Mat lab = to_lab(rgb);
    cv::GaussianBlur(lab, lab, {}, 1.2);

    const double apart = kCompareAt / kExaminedWidth / (kFarthest - kNearest) * (kSteps - 1);
    const auto inside = [&](const cv::Point2d& p) {
        return p.x >= 0 && p.y >= 0 && p.x < side - 1 && p.y < side - 1;
    };
    Edges edges{cv::Mat(kRays, kSteps, CV_32FC3, cv::Scalar::all(0)),
                cv::Mat(kRays, kSteps, CV_32F, cv::Scalar(-1))};
    for (int ray = 0; ray < kRays; ++ray) {
        for (int step = 0; step < kSteps; ++step) {
            const cv::Point2d near = (fan.at(ray, step - apart) - corner) * scale;
            const cv::Point2d far = (fan.at(ray, step + apart) - corner) * scale;
            if (!inside(near) || !inside(far)) {
                continue;
            }
            const cv::Point a(cvRound(near.x), cvRound(near.y));
            const cv::Point b(cvRound(far.x), cvRound(far.y));
            if (alpha.at<uchar>(a) > kOpaque && alpha.at<uchar>(b) > kOpaque) {
                const cv::Vec3f change = lab.at<cv::Vec3f>(b) - lab.at<cv::Vec3f>(a);
                edges.change.at<cv::Vec3f>(ray, step) = change;
                edges.contrast.at<float>(ray, step) = static_cast<float>(cv::norm(change));
            }
        }
    }
    keep_ridges(edges.contrast);
    return edges;
}

struct Neckline {
    Path path{};
    float contrast = 0;  ///< mean over the rays
    float seen = 0;      ///< share of rays with some contrast
    float agree = 0;     ///< 0..1: how much the rays agree about what changes to what
};

/// The cheapest path over the rays (dynamic programming) with steps in lowest..highest.
std::optional<Neckline> cheapest(const Edges& edges, const Path& lowest, const Path& highest) {
    constexpr float kNever = std::numeric_limits<float>::infinity();
    std::vector<std::array<float, kSteps>> cost(kRays);
    std::vector<std::array<int, kSteps>> from(kRays);
    for (int ray = 0; ray < kRays; ++ray) {
        const auto row = static_cast<size_t>(ray);
        cost[row].fill(kNever);
        const double usual = ellipse(ray, kUsualDip);
        for (int step = lowest[row]; step <= highest[row]; ++step) {
            const float c = edges.contrast.at<float>(ray, step);
            if (c < 0) {
                continue;
            }
            const double off = std::log(Fan::distance(step) / usual);
            const float own = -std::min(c, kEnoughContrast) / (kEnoughContrast / 2) +
                              static_cast<float>(std::abs(off) + 0.5 * off);
            const auto column = static_cast<size_t>(step);
            if (ray == 0) {
                cost[row][column] = own;
                continue;
            }
            float best = kNever;
            for (int jump = -kMaxJump; jump <= kMaxJump; ++jump) {
                const int before = step + jump;
                if (before < 0 || before >= kSteps) {
                    continue;
                }
                const float total = cost[row - 1][static_cast<size_t>(before)] +
                                    kJumpCost * static_cast<float>(std::abs(jump));
                if (total < best) {
                    best = total;
                    from[row][column] = before;
                }
            }
            cost[row][column] = best + own;
        }
    }
    const auto& last = cost.back();
    const auto end = std::min_element(last.begin(), last.end());
    if (*end == kNever) {
        return std::nullopt;
    }
    Neckline line;
    line.path.back() = static_cast<int>(end - last.begin());
    for (size_t ray = kRays - 1; ray > 0; --ray) {
        line.path[ray - 1] = from[ray][static_cast<size_t>(line.path[ray])];
    }
    cv::Vec3f sum;
    float lengths = 0;
    for (int ray = 0; ray < kRays; ++ray) {
        const int step = line.path[static_cast<size_t>(ray)];
        const float c = edges.contrast.at<float>(ray, step);
        line.contrast += c / kRays;
        line.seen += (c >= kSeen ? 1.0F : 0.0F) / kRays;
        const cv::Vec3f& change = edges.change.at<cv::Vec3f>(ray, step);
        sum += change;
        lengths += static_cast<float>(cv::norm(change));
    }
    line.agree = static_cast<float>(cv::norm(sum)) / std::max(1e-3F, lengths);
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

/// The inner edge of a rib whose outer edge is known: ribs change their width slowly, so the
/// distance between the two is averaged over the rays beside.
Path inner_edge(const Path& outer, const Path& inner) {
    Path smooth{};
    for (int ray = 0; ray < kRays; ++ray) {
        double apart = 0;
        for (int k = -kRibWindow; k <= kRibWindow; ++k) {
            const auto other = static_cast<size_t>(std::clamp(ray + k, 0, kRays - 1));
            apart += static_cast<double>(outer[other] - inner[other]) / (2 * kRibWindow + 1);
        }
        const auto here = static_cast<size_t>(ray);
        smooth[here] = std::clamp(cvRound(outer[here] - apart), 0, kSteps - 1);
    }
    return smooth;
}

/// Bounds of a search beside a path: from `less` to `more` steps farther out.
std::pair<Path, Path> beside(const Path& path, const Path& lowest, double less, double more) {
    const auto steps = [](double length) {
        return cvRound(length / (kFarthest - kNearest) * kSteps);
    };
    std::pair<Path, Path> bounds;
    for (size_t ray = 0; ray < kRays; ++ray) {
        bounds.first[ray] = std::clamp(path[ray] + steps(less), lowest[ray], kSteps - 1);
        bounds.second[ray] = std::clamp(path[ray] + steps(more), bounds.first[ray], kSteps - 1);
    }
    return bounds;
}

std::optional<Path> find_neckline(const Edges& edges) {
    Path lowest{};
    Path highest{};
    for (int ray = 0; ray < kRays; ++ray) {
        // Towards the neck points front and back meet: only the middle must dip.
        const double least = std::min(ellipse(ray, kLeastDip), 0.30);
        lowest[static_cast<size_t>(ray)] =
            std::clamp(static_cast<int>(Fan::step_of(least)), 0, kSteps - 1);
        highest[static_cast<size_t>(ray)] = kSteps - 1;
    }
    const auto line = cheapest(edges, lowest, highest);
    if (!line || line->contrast < kMinContrast || line->seen < kSeenShare ||
        line->agree < kMinAgree || asymmetry(line->path) > kMaxAsymmetry) {
        return std::nullopt;
    }
    const auto rib = beside(line->path, lowest, -kWidestRib, -kRib);
    const auto inner = cheapest(edges, rib.first, rib.second);
    if (inner && inner->seen >= kSeenShare && inner->agree >= kMinAgree &&
        inner->contrast >= kInnerShare * line->contrast) {
        return inner_edge(line->path, inner->path);
    }
    return line->path;
}

/// What lies above the neckline, as a soft mask (CV_8U) of the picture's size.
cv::Mat above(const cv::Size& size, const Fan& fan, const Path& path) {
    constexpr int kBits = 4;
    std::vector<cv::Point> outline;
    const auto add = [&](const cv::Point2d& p) {
        outline.emplace_back(cvRound(p.x * (1 << kBits)), cvRound(p.y * (1 << kBits)));
    };
    for (int ray = 0; ray < kRays; ++ray) {
        // A path of whole steps is a staircase: the mean of five rays.
        double step = 0;
        for (int k = -2; k <= 2; ++k) {
            step += path[static_cast<size_t>(std::clamp(ray + k, 0, kRays - 1))] / 5.0;
        }
        add(fan.at(ray, step));
    }
    // Whatever stands above the ends is the back of the collar too.
    const cv::Point2d up = fan.down * -fan.width;
    add(fan.at(kRays - 1, path.back()) + up);
    add(fan.at(0, path.front()) + up);
    cv::Mat mask(size, CV_8U, cv::Scalar(0));
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{outline}, 255, cv::LINE_AA, kBits);
    cv::GaussianBlur(mask, mask, {}, 0.8);
    return mask;
}

std::optional<Fan> fan_of(const cv::Mat& rgba, cv::Point2f one, cv::Point2f other) {
    if (one.x > other.x) {
        std::swap(one, other);
    }
    const cv::Point2d between = cv::Point2d(other) - cv::Point2d(one);
    Fan fan;
    fan.width = std::hypot(between.x, between.y);
    const cv::Rect2d picture(0, 0, rgba.cols, rgba.rows);
    // Steeper than a slope of one in two is no neck of an upright garment.
    if (!(fan.width >= 16) || std::abs(between.y) > between.x / 2 ||
        !picture.contains(cv::Point2d(one)) || !picture.contains(cv::Point2d(other))) {
        return std::nullopt;
    }
    fan.middle = (cv::Point2d(one) + cv::Point2d(other)) / 2;
    fan.along = between / fan.width;
    fan.down = {-fan.along.y, fan.along.x};
    return fan;
}

}  // namespace

bool remove_collar_inside(cv::Mat& rgba, cv::Point2f left_neck, cv::Point2f right_neck) {
    const auto fan = fan_of(rgba, left_neck, right_neck);
    if (!fan) {
        return false;
    }
    const auto line = find_neckline(find_edges(rgba, *fan));
    if (!line) {
        return hide_label(rgba, left_neck.x < right_neck.x ? left_neck : right_neck,
                          left_neck.x < right_neck.x ? right_neck : left_neck);
    }
    const cv::Mat removed = above(rgba.size(), *fan, *line);
    bool any = false;
    for (int y = 0; y < rgba.rows; ++y) {
        for (int x = 0; x < rgba.cols; ++x) {
            auto& alpha = rgba.at<cv::Vec4b>(y, x)[3];
            const int share = removed.at<uchar>(y, x);
            if (share > 0 && alpha > 0) {
                alpha = static_cast<uchar>(alpha * (255 - share) / 255);
                any = true;
            }
        }
    }
    return any;
}

}  // namespace closet
