#include "warp/classes/own_clothes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "core/picture_geometry.h"

namespace closet {
namespace {

// Lengths in shoulder widths, levels in torso lengths.
constexpr double kStep = 0.02;                  ///< along the spine
constexpr double kFromLevel = 0.3, kTo = 1.35;  ///< where the waist is sought
constexpr double kBand = 0.16;                  ///< looked at above and below it
/// In samples: a hem farther down must be so much clearer; waists that are alike are the lowest.
constexpr double kBetter = 0.05, kAlike = 0.3;
constexpr double kLeastUpper = 0.35, kLeastLower = 0.35;  ///< shares of the band, to be believed
/// Of a column from the middle ones: shirts hang out at the sides where they are half tucked in.
constexpr double kMostUp = 0.16, kMostDown = 0.45;
/// Of bare belly between both, in most of the middle ones: then no shirt hangs over the waist, and
/// so far down it goes at most.
constexpr double kBelly = 0.12, kMostDownBare = 0.08;
constexpr int kArmThere = 127;         ///< of 255: it is no belly
constexpr double kMiddle = 0.3;        ///< half of the trunk's part that is surely trunk
constexpr double kLeastColumns = 0.3;  ///< of the middle ones, to be believed
constexpr double kSmooth = 1.6;        ///< columns
/// A waistband shows above the first level; from the second on the shirt hangs over it. Hip joints
/// (1) are where legs begin, waistbands are at 0.55 to 0.85; shirts worn over end at 0.9 and below.
constexpr double kShowsTo = 0.86, kHangsFrom = 0.94;
/// Along the arm: where sleeves' ends are sought, and samples looked at on either side.
constexpr double kSleeveFrom = 0.1, kSleeveTo = 2.15, kSleeveStep = 0.03;
constexpr double kSleeveToElbow = 1.3;  ///< where the wrist is not seen
constexpr std::size_t kSleeveBand = 5;
constexpr double kBendS = 0.12;    ///< time constant of a torso's length, which trembles
constexpr double kLegFrom = 0.15;  ///< likewise along the leg, and to its end

/// How much of a class is at a place (shown pixels), 0..1; 0 beyond the classes.
double share_at(const PersonClasses& classes, Surface surface, cv::Point2d shown) {
    const cv::Mat& plane = classes.of(surface);
    const cv::Point2d at = apply(classes.classes_from_shown, shown);
    const int x = cvRound(at.x), y = cvRound(at.y);
    const bool inside = x >= 0 && y >= 0 && x < plane.cols && y < plane.rows;
    return inside ? plane.at<std::uint8_t>(y, x) / 255.0 : 0.0;
}

/// What is seen along a line: cloth, and what begins where it ends.
struct Line {
    std::vector<double> cloth, other;  ///< 0..1, of one size
};

/// The sample before which cloth ends and other things begin. Between both ends is what is neither.
struct Border {
    std::size_t first = 0, last = 0;
};

/// The border that leaves the least of others above and of cloth below: `first` is one that is
/// better than those above it by more than `better`, `last` the lowest one that costs `alike` more
/// at most.
Border find_border(const Line& line, double better, double alike) {
    double cost = 0;
    for (const double c : line.cloth) {
        cost += c;
    }
    double least = cost;
    Border border;
    for (std::size_t i = 0; i < line.cloth.size(); ++i) {
        cost += line.other[i] - line.cloth[i];
        if (cost < least - better) {
            least = cost;
            border.first = i + 1;
        }
        if (cost < least + alike) {
            border.last = i + 1;
        }
    }
    return border;
}

/// Means of so many samples of cloth above a sample, and of others from it on; what is beyond the
/// line counts as 0.
double cloth_above(const Line& line, std::size_t sample, std::size_t count) {
    double sum = 0;
    for (std::size_t k = 0; k < count; ++k) {
        sum += sample > k ? line.cloth[sample - 1 - k] : 0.0;
    }
    return sum / static_cast<double>(count);
}
double other_below(const Line& line, std::size_t sample, std::size_t count) {
    double sum = 0;
    for (std::size_t k = 0; k < count; ++k) {
        sum += sample + k < line.other.size() ? line.other[sample + k] : 0.0;
    }
    return sum / static_cast<double>(count);
}

/// One column: what it shows, from top to bottom.
struct Column {
    double waist = 0, hem = 0, seen = 0;
    bool belly = false;  ///< bare between both
};

/// Skin that is not an arm's.
bool is_belly(const PersonClasses& classes, cv::Point2d shown) {
    if (classes.labels == nullptr || share_at(classes, Surface::kSkin, shown) < 0.5) {
        return false;
    }
    const cv::Point2d at = apply(inverse(classes.labels->shown_from_view), shown);
    const auto is_arm = [&](Label label) {
        const cv::Mat& plane = classes.labels->of(label);
        const cv::Point pixel(cvRound(at.x), cvRound(at.y));
        return !cv::Rect({0, 0}, plane.size()).contains(pixel) ||
               plane.at<std::uint8_t>(pixel) > kArmThere;
    };
    return !is_arm(Label::kHand) && !is_arm(Label::kLowerArm);
}

Column read_column(const PersonClasses& classes, const BodyFrame& body, double across) {
    const double per_torso = body.torso / body.unit;
    const double from = kFromLevel * per_torso;
    const auto count = static_cast<std::size_t>((kTo - kFromLevel) * per_torso / kStep);
    Line line;
    for (std::size_t i = 0; i < count; ++i) {
        const cv::Point2d at =
            body.spine(from + kStep * static_cast<double>(i)) + body.across * (across * body.unit);
        line.cloth.push_back(share_at(classes, Surface::kUpperClothes, at));
        line.other.push_back(share_at(classes, Surface::kLowerClothes, at));
    }
    const Border border = find_border(line, kBetter, kAlike);
    const auto band = static_cast<std::size_t>(kBand / kStep);
    Column column;
    column.hem = from + kStep * static_cast<double>(border.first);
    column.waist = from + kStep * static_cast<double>(border.last);
    column.seen = smoothstep(kLeastUpper, 1, cloth_above(line, border.first, band)) *
                  smoothstep(kLeastLower, 1, other_below(line, border.last, band));
    column.belly = column.waist - column.hem > kBelly &&
                   is_belly(classes, body.spine((column.hem + column.waist) / 2) +
                                         body.across * (across * body.unit));
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

/// Where cloth over a limb ends: the place along it, 0 at its root, 1 at its joint, 2 at its end,
/// that leaves the least of skin above it and of cloth below; and how clearly.
struct Limb {
    cv::Point2d root, joint, end;  ///< shown pixels
    double from = 0, to = 2;       ///< where it is sought
};
std::pair<double, double> read_end(const PersonClasses& classes, const Limb& limb,
                                   std::span<const Surface> cloths) {
    Line line;
    for (double t = limb.from; t < limb.to; t += kSleeveStep) {
        const cv::Point2d at = t < 1 ? limb.root + (limb.joint - limb.root) * t
                                     : limb.joint + (limb.end - limb.joint) * (t - 1);
        double cloth = 0;
        for (const Surface surface : cloths) {
            cloth += share_at(classes, surface, at);
        }
        line.cloth.push_back(cloth);
        line.other.push_back(share_at(classes, Surface::kSkin, at));
    }
    const std::size_t end = find_border(line, 0, 0).first;
    return {limb.from + kSleeveStep * static_cast<double>(end),
            smoothstep(kLeastUpper, 0.9, cloth_above(line, end, kSleeveBand)) *
                smoothstep(kLeastUpper, 0.9, other_below(line, end, kSleeveBand))};
}

std::pair<double, double> read_sleeve(const PersonClasses& classes, const Wearer& wearer,
                                      Side side) {
    const bool left = side == Side::kLeft;
    const Keypoint& elbow = wearer.pose.at(left ? Joint::kLeftElbow : Joint::kRightElbow);
    const Keypoint& wrist = wearer.pose.at(left ? Joint::kLeftWrist : Joint::kRightWrist);
    if (!is_reliable(elbow, wearer.min_score)) {
        return {};
    }
    const cv::Point2d shoulder = wearer.body->shoulder[static_cast<std::size_t>(side)];
    const bool knows_wrist = is_reliable(wrist, wearer.min_score);
    const cv::Point2d straight_on = place_of(elbow) * 2 - shoulder;
    const std::array cloth{Surface::kUpperClothes};
    return read_end(classes,
                    {shoulder, place_of(elbow), knows_wrist ? place_of(wrist) : straight_on,
                     kSleeveFrom, knows_wrist ? kSleeveTo : kSleeveToElbow},
                    cloth);
}

/// Trousers, skirts and dresses alike: nothing where they reach the feet.
std::pair<double, double> read_leg(const PersonClasses& classes, const Wearer& wearer, Side side) {
    const bool left = side == Side::kLeft;
    const Keypoint& knee = wearer.pose.at(left ? Joint::kLeftKnee : Joint::kRightKnee);
    const Keypoint& ankle = wearer.pose.at(left ? Joint::kLeftAnkle : Joint::kRightAnkle);
    if (!is_reliable(knee, wearer.min_score) || !is_reliable(ankle, wearer.min_score)) {
        return {};
    }
    const std::array cloth{Surface::kUpperClothes, Surface::kLowerClothes};
    return read_end(classes,
                    {wearer.body->hip[static_cast<std::size_t>(side)], place_of(knee),
                     place_of(ankle), kLegFrom, 2},
                    cloth);
}

/// Without limbs; `seen` is 0 where no lower clothes are seen under upper ones.
OwnClothes read_waist(const PersonClasses& classes, const BodyFrame& body) {
    std::array<Column, OwnClothes::kColumns> columns;
    std::vector<std::pair<double, double>> waists, hems;
    double seen = 0, all = 0, belly = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const double across = OwnClothes::position(i);
        columns[i] = read_column(classes, body, across);
        if (std::abs(across) <= kMiddle) {
            waists.emplace_back(columns[i].waist, columns[i].seen);
            hems.emplace_back(columns[i].hem, columns[i].seen);
            seen += columns[i].seen;
            belly += columns[i].belly ? columns[i].seen : 0.0;
            ++all;
        }
    }
    if (seen < kLeastColumns * all) {
        return {};
    }
    const double middle = *middle_of(waists);
    OwnClothes line;
    line.hem = *middle_of(hems);
    line.seen = std::min(seen / all, 1.0);
    const double most_down = belly > seen / 2 ? kMostDownBare : kMostDown;
    const double level = middle * body.unit / body.torso;
    line.shows = 1 - smoothstep(kShowsTo, kHangsFrom, level);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        double sum = 0, weight = 0;
        for (std::size_t k = 0; k < columns.size(); ++k) {
            const double far = (static_cast<double>(k) - static_cast<double>(i)) / kSmooth;
            const double down = columns[k].waist - middle;
            const double off = down > 0 ? down / most_down : -down / kMostUp;
            const double share =
                std::exp(-0.5 * far * far) * (off < 1 ? columns[k].seen : 0.0) + 1e-4;
            sum += share * (off < 1 ? columns[k].waist : middle);
            weight += share;
        }
        line.waist[i] = sum / weight;
    }
    return line;
}

/// With levels of another unit.
OwnClothes scaled(OwnClothes own, double factor) {
    for (double& level : own.waist) {
        level *= factor;
    }
    own.hem *= factor;
    return own;
}

}  // namespace

std::optional<OwnClothes> OwnClothesFinder::find(const PersonClasses& classes,
                                                 const Wearer& wearer) {
    if (!wearer.body) {
        return std::nullopt;
    }
    const double torsos = wearer.body->torso / wearer.body->unit;
    OwnClothes now = scaled(read_waist(classes, *wearer.body), 1 / torsos);
    for (const Side side : kSides) {
        const auto s = static_cast<std::size_t>(side);
        std::tie(now.sleeve_end[s], now.sleeve_seen[s]) = read_sleeve(classes, wearer, side);
        std::tie(now.leg_end[s], now.leg_seen[s]) = read_leg(classes, wearer, side);
    }
    const auto [memory, is_new, passed_s] = people_.of(wearer.pose);
    OwnClothes& known = memory.own;
    if (is_new) {
        memory = {now, torsos};
        return scaled(known, torsos);
    }
    const double passed = 1 - std::exp(-passed_s / kFollowS);
    memory.torsos += (1 - std::exp(-passed_s / kBendS)) * (torsos - memory.torsos);
    const auto follow = [](double& value, double to, double share) {
        value += share * (to - value);
    };
    const auto follow_end = [&](double& end, double& end_seen, double to, double seen) {
        follow(end, to, end_seen > 0 ? passed * seen : 1.0);
        follow(end_seen, seen, passed);
    };
    for (std::size_t side = 0; side < 2; ++side) {
        follow_end(known.sleeve_end[side], known.sleeve_seen[side], now.sleeve_end[side],
                   now.sleeve_seen[side]);
        follow_end(known.leg_end[side], known.leg_seen[side], now.leg_end[side],
                   now.leg_seen[side]);
    }
    // A waist that is hidden for a while is remembered.
    const double share = passed * now.seen;
    const double of_levels = known.seen > 0 ? share : 1.0;
    for (std::size_t i = 0; i < now.waist.size(); ++i) {
        follow(known.waist[i], now.waist[i], of_levels);
    }
    follow(known.hem, now.hem, of_levels);
    follow(known.seen, now.seen, share);
    follow(known.shows, now.shows, share);
    return scaled(known, memory.torsos);
}

}  // namespace closet
