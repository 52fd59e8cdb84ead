#include "warp/removal/hidden_trousers.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <opencv2/core.hpp>

#include "core/curve.h"
#include "warp/removal/cloth_folds.h"
#include "warp/removal/steady.h"

namespace closet::removal {
namespace {

// Shoulder widths, the study's.
constexpr double kInset = 0.012, kMostOff = 0.25;
constexpr double kForgetS = 0.5;
constexpr double kWaistOfTorso = 0.69;  ///< where trousers begin, as the mesh lays them
/// Less of a belly than the first is not painted, more than the second is: a top that is tucked in
/// may be laid a little too short.
constexpr double kNoBelly = 0.12, kBelly = 0.22;
constexpr std::size_t kLastBin = TrouserMeasures::kBins - 1;

void follow(double share, const TrouserMeasures& seen, TrouserMeasures& known) {
    const auto mix = [share](double& was, double is) { was += share * (is - was); };
    mix(known.left, seen.left);
    mix(known.right, seen.right);
    mix(known.left_y, seen.left_y);
    mix(known.right_y, seen.right_y);
    mix(known.old_along, seen.old_along);
    for (std::size_t b = 0; b <= kLastBin; ++b) {
        mix(known.old_hem[b], seen.old_hem[b]);
        known.color[b] += (seen.color[b] - known.color[b]) * static_cast<float>(share);
    }
}

/// Two neighboring bins and how far it is from the first to the second.
struct Between {
    std::size_t first;
    double t;
};

Between bins_at(double at) {
    const double inside = std::clamp(at, 0.0, static_cast<double>(kLastBin));
    const auto first = std::min(static_cast<std::size_t>(inside), kLastBin - 1);
    return {first, inside - static_cast<double>(first)};
}

}  // namespace

bool HiddenTrousers::find(const GridView& view, const cv::Mat& old, const GarmentHem& hem,
                          double passed_s, float share, Known& known) {
    if (const std::optional<TrouserMeasures> seen = measure_trousers(view, old, hem)) {
        follow(known.is_there ? static_cast<double>(share) : 1.0, *seen, known.measures);
        known.strength = known.is_there ? known.strength + share * (1 - known.strength) : 1.0F;
        known.is_there = true;
        known.unseen_s = 0;
    } else if (known.is_there) {
        known.unseen_s += passed_s;
        known.strength *= 1 - share;
        known.is_there = known.unseen_s < kForgetS && hem.is_there;
    }
    if (!known.is_there) {
        return false;
    }
    const double unit = view.unit;
    const cv::Point2d hips = view.middle + view.down * view.torso;
    hem_ = hem;
    unit_ = unit;
    hip_x_ = hips.x;
    strength_ = known.strength;
    const TrouserMeasures& measures = known.measures;
    now_ = measures;
    for (double& y : now_.old_hem) {
        y = y * unit + hips.y;
    }
    const double inset = kInset * unit;
    now_.left = measures.left * unit + hips.x;
    now_.right = measures.right * unit + hips.x;
    const std::array ends{(hem.left - hips.x) / unit, (hem.right - hips.x) / unit,
                          (hem.left_y - hips.y) / unit, (hem.right_y - hips.y) / unit};
    if (!known.hem_ends) {
        known.hem_ends = ends;
    }
    for (std::size_t i = 0; i < ends.size(); ++i) {
        double& end = (*known.hem_ends)[i];
        end += (ends[i] - end) * follow_steadily(ends[i] - end, kStillWidths);
    }
    hem_.left_y = (*known.hem_ends)[2] * unit + hips.y;
    hem_.right_y = (*known.hem_ends)[3] * unit + hips.y;
    now_.left_y = std::max(measures.left_y * unit + hips.y, hem_.left_y + 1);
    now_.right_y = std::max(measures.right_y * unit + hips.y, hem_.right_y + 1);
    hem_left_ = std::max((*known.hem_ends)[0] * unit + hips.x + inset, now_.left - kMostOff * unit);
    hem_right_ =
        std::min((*known.hem_ends)[1] * unit + hips.x - inset, now_.right + kMostOff * unit);
    own_ = view.wearer->own;
    usual_waist_ = std::min(kWaistOfTorso, now_.old_along) * view.torso / unit;
    belly_ = smoothstep(kNoBelly, kBelly, waist_at(0) - hem.along * view.torso / unit);
    return hem_left_ < hem_right_ && now_.left < now_.right;
}

double HiddenTrousers::waist_at(double aside) const {
    const double seen = own_ ? own_->seen * own_->shows : 0.0;
    return seen > 0 ? std::lerp(usual_waist_, own_->at(aside), seen) : usual_waist_;
}

float HiddenTrousers::above_waist(const GridView& view, int x, int y) const {
    const cv::Point2d p(x, y);
    const double below = (p - view.middle).dot(view.down) / unit_;
    const double above =
        std::lerp(hem_.at(x) - y, (waist_at(view.aside(p)) - below) * unit_, belly_);
    return static_cast<float>(std::clamp(above, 0.0, 1.0));
}

HiddenTrousers::Edges HiddenTrousers::edges_at(double y) const {
    const double l = std::clamp((y - hem_.left_y) / (now_.left_y - hem_.left_y), 0.0, 1.0);
    const double r = std::clamp((y - hem_.right_y) / (now_.right_y - hem_.right_y), 0.0, 1.0);
    return {hem_left_ + l * (now_.left - hem_left_), hem_right_ + r * (now_.right - hem_right_)};
}

double HiddenTrousers::last_row(int x) const {
    constexpr double kAside = TrouserMeasures::kBinsAside;
    const double u = ((x - hip_x_) / unit_ + kAside) / (2 * kAside) * TrouserMeasures::kBins - 0.5;
    const auto [i, t] = bins_at(u);
    return now_.old_hem[i] + t * (now_.old_hem[i + 1] - now_.old_hem[i]);
}

float HiddenTrousers::inside(int x, int y) const {
    const Edges edges = edges_at(y);
    const double in = std::min(x - edges.left, edges.right - x) + 0.5;
    return static_cast<float>(std::clamp(in, 0.0, 1.0)) * strength_;
}

cv::Vec3f HiddenTrousers::color_at(double u) const {
    const auto [i, t] = bins_at(u * TrouserMeasures::kBins - 0.5);
    return now_.color[i] + (now_.color[i + 1] - now_.color[i]) * static_cast<float>(t);
}

void HiddenTrousers::paint(const GridView& view, cv::Rect part, cv::Mat3f& colors,
                           Sources& sources) const {
    const double skip = under_hem(unit_);
    const double lowest = *std::max_element(now_.old_hem.begin(), now_.old_hem.end());
    const int end = std::clamp(cvCeil(2 * (std::max(lowest, 0.0) + skip) - part.y) + 2, part.y + 1,
                               view.size().height);
    cv::Vec3f cloth(0, 0, 0);
    for (const cv::Vec3f& color : now_.color) {
        cloth += color * (1.0F / TrouserMeasures::kBins);
    }
    const ClothFolds folds(view, {part.x, part.y, part.width, end - part.y}, cloth);
    colors.create(part.size());
    sources.create(part.size());
    for (int y = 0; y < part.height; ++y) {
        const int gy = part.y + y;
        const Edges edges = edges_at(gy);
        for (int x = 0; x < part.width; ++x) {
            const int gx = part.x + x;
            const double u =
                std::clamp((gx - edges.left) / std::max(edges.right - edges.left, 1.0), 0.0, 1.0);
            colors(y, x) = color_at(u);
            sources(y, x) = {0, 0, 0};
            // Mirrored at the old hem.
            const double from_y = 2 * (last_row(gx) + skip) - gy;
            const Edges below = edges_at(from_y);
            const cv::Point from(cvRound(below.left + u * (below.right - below.left)),
                                 cvRound(from_y));
            if (const auto fold = folds.at(from)) {
                colors(y, x) += *fold;
                sources(y, x) = {static_cast<short>(from.x - gx), static_cast<short>(from.y - gy),
                                 kTexture};
            }
        }
    }
}

}  // namespace closet::removal
