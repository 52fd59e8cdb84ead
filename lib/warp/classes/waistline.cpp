#include "warp/classes/waistline.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/picture_geometry.h"

namespace closet {
namespace {

// Lengths in shoulder widths, levels in torso lengths.
constexpr double kStep = 0.02;                            ///< along the spine
constexpr double kFromLevel = 0.3, kTo = 1.35;            ///< where the waist is sought
constexpr double kBand = 0.16;                            ///< looked at above and below it
constexpr double kLeastUpper = 0.35, kLeastLower = 0.35;  ///< shares of the band, to be believed
constexpr double kMostOff = 0.16;                         ///< of a column from the middle ones
constexpr double kMiddle = 0.3;        ///< half of the trunk's part that is surely trunk
constexpr double kLeastColumns = 0.3;  ///< of the middle ones, to be believed
constexpr double kSmooth = 1.6;        ///< columns
/// A waistband shows above the first level; from the second on the shirt hangs over it. Hip joints
/// (1) are where legs begin, waistbands are at 0.55 to 0.85; shirts worn over end at 0.9 and below.
constexpr double kShowsTo = 0.86, kHangsFrom = 0.94;
constexpr double kForgetWaistS = 2.0;

/// One column: what it shows, from top to bottom.
struct Column {
    double waist = 0, hem = 0, seen = 0;
};

Column read_column(const PersonClasses& classes, const BodyFrame& body, double across) {
    const cv::Mat& upper = classes.of(Surface::kUpperClothes);
    const cv::Mat& lower = classes.of(Surface::kLowerClothes);
    const double per_torso = body.torso / body.unit;
    const double from = kFromLevel * per_torso;
    const auto count = static_cast<std::size_t>((kTo - kFromLevel) * per_torso / kStep);
    std::vector<double> up, low;
    for (std::size_t i = 0; i < count; ++i) {
        const double v = from + kStep * static_cast<double>(i);
        const cv::Point2d at =
            apply(classes.classes_from_shown, body.spine(v) + body.across * (across * body.unit));
        const int x = cvRound(at.x), y = cvRound(at.y);
        if (x < 0 || y < 0 || x >= upper.cols || y >= upper.rows) {
            up.push_back(0);
            low.push_back(0);
            continue;
        }
        up.push_back(upper.at<std::uint8_t>(y, x) / 255.0);
        low.push_back(lower.at<std::uint8_t>(y, x) / 255.0);
    }
    // Cost of the border before sample i: lower clothes above it, upper ones below.
    double cost = 0;
    for (const double u : up) {
        cost += u;
    }
    double least = cost;
    std::size_t first = 0, last = 0;  // of the borders that cost least: between them is skin, say
    for (std::size_t i = 0; i < count; ++i) {
        cost += low[i] - up[i];
        if (cost < least - 0.05) {
            least = cost;
            first = i + 1;
        }
        if (cost < least + 0.3) {
            last = i + 1;
        }
    }
    const auto band = static_cast<std::size_t>(kBand / kStep);
    double above = 0, below = 0;
    for (std::size_t k = 0; k < band; ++k) {
        above += first > k ? up[first - 1 - k] : 0;
        below += last + k < count ? low[last + k] : 0;
    }
    above /= static_cast<double>(band);
    below /= static_cast<double>(band);
    Column column;
    column.hem = from + kStep * static_cast<double>(first);
    column.waist = from + kStep * static_cast<double>(last);
    column.seen = smoothstep(kLeastUpper, 1, above) * smoothstep(kLeastLower, 1, below);
    return column;
}

/// The weighted median of columns; nothing where the weights are 0.
std::optional<double> middle_of(std::vector<std::pair<double, double>> weighted) {
    std::sort(weighted.begin(), weighted.end());
    double total = 0;
    for (const auto& [value, weight] : weighted) {
        total += weight;
    }
    double sum = 0;
    for (const auto& [value, weight] : weighted) {
        sum += weight;
        if (weight > 0 && sum >= total / 2) {
            return value;
        }
    }
    return std::nullopt;
}

std::optional<Waistline> read_waistline(const PersonClasses& classes, const BodyFrame& body) {
    std::array<Column, Waistline::kColumns> columns;
    std::vector<std::pair<double, double>> waists, hems;
    double seen = 0, all = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const double across = Waistline::position(i);
        columns[i] = read_column(classes, body, across);
        if (std::abs(across) <= kMiddle) {
            waists.emplace_back(columns[i].waist, columns[i].seen);
            hems.emplace_back(columns[i].hem, columns[i].seen);
            seen += columns[i].seen;
            ++all;
        }
    }
    if (seen < kLeastColumns * all) {
        return std::nullopt;
    }
    const double middle = *middle_of(waists);
    Waistline line;
    line.hem = *middle_of(hems);
    line.seen = std::min(seen / all, 1.0);
    const double level = middle * body.unit / body.torso;
    line.shows = 1 - smoothstep(kShowsTo, kHangsFrom, level);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        double sum = 0, weight = 0;
        for (std::size_t k = 0; k < columns.size(); ++k) {
            const double far = (static_cast<double>(k) - static_cast<double>(i)) / kSmooth;
            const double off = std::abs(columns[k].waist - middle) / kMostOff;
            const double share =
                std::exp(-0.5 * far * far) * (off < 1 ? columns[k].seen : 0.0) + 1e-4;
            sum += share * (off < 1 ? columns[k].waist : middle);
            weight += share;
        }
        line.waist[i] = sum / weight;
    }
    return line;
}

}  // namespace

void WaistlineFinder::begin_frame(double seconds, bool scene_start) {
    if (!started_ || scene_start || !(seconds >= now_s_) || !std::isfinite(seconds)) {
        people_.clear();
    }
    started_ = true;
    now_s_ = std::isfinite(seconds) ? seconds : 0.0;
    std::erase_if(people_,
                  [&](const auto& entry) { return now_s_ - entry.second.seen_s > kForgetWaistS; });
}

std::optional<Waistline> WaistlineFinder::find(const PersonClasses& classes, const Wearer& wearer) {
    if (!wearer.body) {
        return std::nullopt;
    }
    std::optional<Waistline> now = read_waistline(classes, *wearer.body);
    if (wearer.pose.person_id < 0) {
        return now;
    }
    Followed& known = people_[wearer.pose.person_id];
    if (now && known.line) {
        const double share = (1 - std::exp(-(now_s_ - known.seen_s) / kFollowS)) * now->seen;
        const auto follow = [share](double& value, double to) { value += share * (to - value); };
        for (std::size_t i = 0; i < now->waist.size(); ++i) {
            follow(known.line->waist[i], now->waist[i]);
        }
        follow(known.line->hem, now->hem);
        follow(known.line->seen, now->seen);
        follow(known.line->shows, now->shows);
    } else if (now) {
        known.line = now;
    }
    known.seen_s = now_s_;
    return known.line;
}

}  // namespace closet
