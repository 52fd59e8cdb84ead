#include "warp/classes/own_clothes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "core/picture_geometry.h"

namespace closet {
namespace {

// Lengths in shoulder widths, levels in torso lengths.
constexpr double kStep = 0.02;                            ///< along the spine
constexpr double kFromLevel = 0.3, kTo = 1.35;            ///< where the waist is sought
constexpr double kBand = 0.16;                            ///< looked at above and below it
constexpr double kLeastUpper = 0.35, kLeastLower = 0.35;  ///< shares of the band, to be believed
/// Of a column from the middle ones: shirts hang out at the sides where they are half tucked in.
constexpr double kMostUp = 0.16, kMostDown = 0.45;
constexpr double kMiddle = 0.3;        ///< half of the trunk's part that is surely trunk
constexpr double kLeastColumns = 0.3;  ///< of the middle ones, to be believed
constexpr double kSmooth = 1.6;        ///< columns
/// A waistband shows above the first level; from the second on the shirt hangs over it. Hip joints
/// (1) are where legs begin, waistbands are at 0.55 to 0.85; shirts worn over end at 0.9 and below.
constexpr double kShowsTo = 0.86, kHangsFrom = 0.94;
constexpr double kForgetWaistS = 2.0;
/// Along the arm: where sleeves' ends are sought, and samples looked at on either side.
constexpr double kSleeveFrom = 0.1, kSleeveTo = 2.15, kSleeveStep = 0.03;
constexpr double kSleeveToElbow = 1.3;  ///< where the wrist is not seen
constexpr std::size_t kSleeveBand = 5;

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

/// Where a sleeve ends: the place along the arm that leaves the least of skin above it and of cloth
/// below; and how clearly.
std::pair<double, double> read_sleeve(const PersonClasses& classes, const Wearer& wearer,
                                      Side side) {
    const bool left = side == Side::kLeft;
    const Pose& pose = wearer.pose;
    const Keypoint& elbow = pose.at(left ? Joint::kLeftElbow : Joint::kRightElbow);
    const Keypoint& wrist = pose.at(left ? Joint::kLeftWrist : Joint::kRightWrist);
    if (!is_reliable(elbow, wearer.min_score)) {
        return {};
    }
    const cv::Point2d shoulder = wearer.body->shoulder[static_cast<std::size_t>(side)];
    const cv::Mat& upper = classes.of(Surface::kUpperClothes);
    const cv::Mat& skin = classes.of(Surface::kSkin);
    std::vector<double> cloth, bare;
    const bool knows_wrist = is_reliable(wrist, wearer.min_score);
    const cv::Point2d upper_arm = place_of(elbow) - shoulder;
    const cv::Point2d forearm = knows_wrist ? place_of(wrist) - place_of(elbow) : upper_arm;
    const double last = knows_wrist ? kSleeveTo : kSleeveToElbow;
    for (double t = kSleeveFrom; t < last; t += kSleeveStep) {
        const cv::Point2d at =
            t < 1 ? shoulder + upper_arm * t : place_of(elbow) + forearm * (t - 1);
        const cv::Point2d p = apply(classes.classes_from_shown, at);
        const int x = cvRound(p.x), y = cvRound(p.y);
        const bool inside = x >= 0 && y >= 0 && x < upper.cols && y < upper.rows;
        cloth.push_back(inside ? upper.at<std::uint8_t>(y, x) / 255.0 : 0.0);
        bare.push_back(inside ? skin.at<std::uint8_t>(y, x) / 255.0 : 0.0);
    }
    double cost = 0;
    for (const double c : cloth) {
        cost += c;
    }
    double least = cost;
    std::size_t end = 0;
    for (std::size_t i = 0; i < cloth.size(); ++i) {
        cost += bare[i] - cloth[i];
        if (cost < least) {
            least = cost;
            end = i + 1;
        }
    }
    double above = 0, below = 0;
    for (std::size_t k = 0; k < kSleeveBand; ++k) {
        above += end > k ? cloth[end - 1 - k] : 0.0;
        below += end + k < bare.size() ? bare[end + k] : 0.0;
    }
    return {kSleeveFrom + kSleeveStep * static_cast<double>(end),
            smoothstep(kLeastUpper, 0.9, above / kSleeveBand) *
                smoothstep(kLeastUpper, 0.9, below / kSleeveBand)};
}

std::optional<OwnClothes> read_own_clothes(const PersonClasses& classes, const BodyFrame& body) {
    std::array<Column, OwnClothes::kColumns> columns;
    std::vector<std::pair<double, double>> waists, hems;
    double seen = 0, all = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const double across = OwnClothes::position(i);
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
    OwnClothes line;
    line.hem = *middle_of(hems);
    line.seen = std::min(seen / all, 1.0);
    const double level = middle * body.unit / body.torso;
    line.shows = 1 - smoothstep(kShowsTo, kHangsFrom, level);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        double sum = 0, weight = 0;
        for (std::size_t k = 0; k < columns.size(); ++k) {
            const double far = (static_cast<double>(k) - static_cast<double>(i)) / kSmooth;
            const double down = columns[k].waist - middle;
            const double off = down > 0 ? down / kMostDown : -down / kMostUp;
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

void OwnClothesFinder::begin_frame(double seconds, bool scene_start) {
    if (!started_ || scene_start || !(seconds >= now_s_) || !std::isfinite(seconds)) {
        people_.clear();
    }
    started_ = true;
    now_s_ = std::isfinite(seconds) ? seconds : 0.0;
    std::erase_if(people_,
                  [&](const auto& entry) { return now_s_ - entry.second.seen_s > kForgetWaistS; });
}

std::optional<OwnClothes> OwnClothesFinder::find(const PersonClasses& classes,
                                                 const Wearer& wearer) {
    if (!wearer.body) {
        return std::nullopt;
    }
    std::optional<OwnClothes> now = read_own_clothes(classes, *wearer.body);
    if (now) {
        for (const Side side : kSides) {
            const auto s = static_cast<std::size_t>(side);
            std::tie(now->sleeve_end[s], now->sleeve_seen[s]) = read_sleeve(classes, wearer, side);
        }
    }
    if (wearer.pose.person_id < 0) {
        return now;
    }
    const auto [entry, is_new] = people_.try_emplace(wearer.pose.person_id);
    Followed& known = entry->second;
    if (now && known.line) {
        const double share = (1 - std::exp(-(now_s_ - known.seen_s) / kFollowS)) * now->seen;
        const auto follow = [&share](double& value, double to) { value += share * (to - value); };
        for (std::size_t side = 0; side < 2; ++side) {
            const double seen = now->sleeve_seen[side];
            const double before = known.line->sleeve_seen[side];
            known.line->sleeve_end[side] += (before > 0 ? share * seen : 1.0) *
                                            (now->sleeve_end[side] - known.line->sleeve_end[side]);
            follow(known.line->sleeve_seen[side], seen);
        }
        for (std::size_t i = 0; i < now->waist.size(); ++i) {
            follow(known.line->waist[i], now->waist[i]);
        }
        follow(known.line->hem, now->hem);
        follow(known.line->seen, now->seen);
        follow(known.line->shows, now->shows);
    } else if (now) {
        known.line = now;
        if (!is_new) {  // no jump: it comes in as it would be followed
            known.line->seen = 0;
            known.line->shows = 0;
            known.line->sleeve_seen = {};
        }
    }
    known.seen_s = now_s_;
    return known.line;
}

}  // namespace closet
