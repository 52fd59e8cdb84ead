#include "warp/mesh/outline_anchors.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/median.h"
#include "warp/mesh/curve.h"

namespace closet::mesh {
namespace {

/// The visible part of a picture (CV_8UC1, 255 = garment, at least one pixel of it), asked for by
/// rows and columns. Positions beyond the picture mean its border.
class Outline {
  public:
    explicit Outline(const cv::Mat& visible);

    const cv::Rect& box() const { return box_; }

    /// The row at a share of the visible height.
    double row(double share) const { return box_.y + share * (box_.height - 1); }

    /// The first visible row of a column.
    std::optional<double> top(double x) const;

    /// The end of the visible run of a row that holds column `from`, towards a side; `from` itself
    /// where that is not visible.
    double end_of_run(double y, double from, PictureSide side) const;

    /// The median of the rows' centers: where a garment without anchors is symmetric.
    double axis() const;

  private:
    cv::Mat visible_;
    cv::Rect box_;
};

Outline::Outline(const cv::Mat& visible) : visible_(visible), box_(cv::boundingRect(visible)) {}

std::optional<double> Outline::top(double x) const {
    const int column = std::clamp(cvRound(x), 0, visible_.cols - 1);
    for (int y = box_.y; y < box_.y + box_.height; ++y) {
        if (visible_.at<std::uint8_t>(y, column) != 0) {
            return y;
        }
    }
    return std::nullopt;
}

double Outline::end_of_run(double y, double from, PictureSide side) const {
    const int step = side == PictureSide::kLeft ? -1 : 1;
    const auto* row = visible_.ptr<std::uint8_t>(std::clamp(cvRound(y), 0, visible_.rows - 1));
    int x = std::clamp(cvRound(from), 0, visible_.cols - 1);
    while (x + step >= 0 && x + step < visible_.cols && row[x + step] != 0) {
        x += step;
    }
    return x;
}

double Outline::axis() const {
    constexpr double kFirst = 0.05, kLast = 0.7, kStep = 0.02;  // collars and hems may be slanted
    std::vector<double> centers;
    for (double share = kFirst; share <= kLast; share += kStep) {
        const auto* row = visible_.ptr<std::uint8_t>(cvRound(this->row(share)));
        const auto* end = row + visible_.cols;
        const auto* first = std::find_if(row, end, [](std::uint8_t v) { return v != 0; });
        if (first != end) {
            const auto* last = end - 1;
            while (*last == 0) {
                --last;
            }
            centers.push_back(static_cast<double>((first - row) + (last - row)) / 2);
        }
    }
    return centers.empty() ? box_.x + box_.width / 2.0 : upper_median(std::move(centers));
}

// Where anchors are looked for, in parts of the visible height or width (found on the 31 pictures
// of the mesh study).
constexpr double kTipInwards = 0.05;     ///< from the armpit to the axis
constexpr double kArmpitRowFrom = 0.12;  ///< of the height: the first row that may hold an armpit
constexpr double kArmpitRowTo = 0.66;    ///< and the last
constexpr double kArmpitStep = 0.02;     ///< of the height: over it the outline jumps inwards
constexpr double kArmpitJump = 0.06;     ///< of the width: by so much
constexpr double kArmholeDepth = 0.33;   ///< of the height: armhole of a garment without sleeves
/// In distances of the armpits: what has no armhole of that depth has no straps; how deep it would
/// be then, and how far the neck would lie above the shoulders' tips.
constexpr double kLeastArmhole = 0.15, kUnseenArmhole = 0.5, kUnseenSlope = 0.1;
constexpr double kHemAbove = 0.03;        ///< of the height: hem corners above the lowest row
constexpr double kCuffBand = 0.93;        ///< of the sleeve's length: what lies beyond is the cuff
constexpr double kLeastDistancePx = 2.0;  ///< between two anchors that must not cross

class Finder {
  public:
    Finder(const Garment& garment, const cv::Mat& visible, double scale)
        : garment_(garment), visible_(visible), scale_(scale), outline_(visible) {}

    OutlineAnchors find() {
        OutlineAnchors anchors;
        anchors.axis = find_axis();
        axis_ = anchors.axis;
        const auto armpits = find_armpits();
        anchors.sleeves = garment_.sleeves != Sleeves::kNone && armpits.has_value();
        anchors.long_sleeves = anchors.sleeves && garment_.sleeves == Sleeves::kLong;
        if (!armpits && garment_.sleeves == Sleeves::kLong) {
            throw ConfigError(fmt::format(
                "the long-sleeved garment '{0}' has no anchors left_armpit and right_armpit, and "
                "its outline does not show them: add them to {0}.json or have 'closet garment "
                "prepare' find them",
                garment_.name));
        }
        for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
            SideAnchors& points = anchors.side[static_cast<std::size_t>(side)];
            points.hem = given(side, "hem").value_or(default_hem(side));
            if (anchors.sleeves) {
                points.armpit = (*armpits)[static_cast<std::size_t>(side)];
                points.tip = tip_above(side, points.armpit);
            } else {
                points.tip = given(side, "shoulder").value_or(default_tip(side));
                points.armpit = given(side, "armpit").value_or(default_armpit(side, points.tip));
            }
            points.neck = given(side, "neck").value_or(default_neck(points.tip));
        }
        check(anchors);
        raise_shoulders(anchors);
        if (anchors.sleeves) {
            for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
                set_cuffs(side, anchors.side[static_cast<std::size_t>(side)]);
            }
        }
        return anchors;
    }

  private:
    /// A side of the picture is the other side of the wearer.
    static std::string name_of(PictureSide side, std::string_view what) {
        return fmt::format("{}_{}", side == PictureSide::kLeft ? "right" : "left", what);
    }

    std::optional<cv::Point2d> given(PictureSide side, std::string_view what) const {
        const auto found = garment_.anchors.find(name_of(side, what));
        if (found == garment_.anchors.end()) {
            return std::nullopt;
        }
        const cv::Point2d point = found->second;
        if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
            return std::nullopt;
        }
        // Both pictures' pixels have their centers at integers.
        return cv::Point2d((point.x + 0.5) * scale_ - 0.5, (point.y + 0.5) * scale_ - 0.5);
    }

    double find_axis() const {
        double sum = 0;
        int count = 0;
        for (const std::string_view what : {"neck", "armpit", "hem"}) {
            const auto left = given(PictureSide::kLeft, what);
            const auto right = given(PictureSide::kRight, what);
            if (left && right) {
                sum += (left->x + right->x) / 2;
                ++count;
            }
        }
        return count > 0 ? sum / count : outline_.axis();
    }

    /// Both armpits: as given, one mirrored from the other, or where the outline jumps inwards.
    std::optional<std::array<cv::Point2d, 2>> find_armpits() const {
        auto left = given(PictureSide::kLeft, "armpit");
        auto right = given(PictureSide::kRight, "armpit");
        if (garment_.sleeves != Sleeves::kNone && !left && !right) {
            left = jump(PictureSide::kLeft);
            right = jump(PictureSide::kRight);
        }
        if (!left && !right) {
            return std::nullopt;
        }
        const auto mirrored = [this](cv::Point2d p) { return cv::Point2d(2 * axis_ - p.x, p.y); };
        return std::array{left ? *left : mirrored(*right), right ? *right : mirrored(*left)};
    }

    std::optional<cv::Point2d> jump(PictureSide side) const {
        const cv::Rect& box = outline_.box();
        const double step = std::max(kArmpitStep * box.height, 1.0);
        double best = kArmpitJump * box.width;
        std::optional<cv::Point2d> found;
        for (double y = outline_.row(kArmpitRowFrom); y < outline_.row(kArmpitRowTo); y += 1.0) {
            const double below = outline_.end_of_run(y + step, axis_, side);
            const double by = std::abs(outline_.end_of_run(y, axis_, side) - below);
            if (by > best) {
                best = by;
                found = cv::Point2d(below, y + step);
            }
        }
        return found;
    }

    cv::Point2d default_hem(PictureSide side) const {
        const double y = outline_.row(1.0 - kHemAbove);
        return {outline_.end_of_run(y, axis_, side), y};
    }

    cv::Point2d default_tip(PictureSide side) const {
        const double y = outline_.row(0.1);
        return {outline_.end_of_run(y, axis_, side), y};
    }

    cv::Point2d default_armpit(PictureSide side, cv::Point2d tip) const {
        const double y = tip.y + kArmholeDepth * outline_.box().height;
        return {outline_.end_of_run(y, axis_, side), y};
    }

    cv::Point2d tip_above(PictureSide side, cv::Point2d armpit) const {
        const double x = mix(armpit.x, axis_, kTipInwards);
        if (const auto y = outline_.top(x); y && *y < armpit.y) {
            return {x, *y};
        }
        return given(side, "shoulder").value_or(default_tip(side));
    }

    /// Between axis and tip, the point of the outline highest above the straight line.
    cv::Point2d default_neck(cv::Point2d tip) const {
        const cv::Point2d middle(axis_, outline_.top(axis_).value_or(tip.y));
        cv::Point2d best = mix(middle, tip, 0.5);
        double highest = -1e9;
        for (int i = 1; i < 40; ++i) {
            const cv::Point2d chord = mix(middle, tip, i / 40.0);
            const auto y = outline_.top(chord.x);
            if (y && chord.y - *y > highest) {
                highest = chord.y - *y;
                best = {chord.x, *y};
            }
        }
        return best;
    }

    /// What has no straps begins under the arms: the shoulders that it does not reach lie above it.
    static void raise_shoulders(OutlineAnchors& anchors) {
        auto& [left, right] = anchors.side;
        const double chest = right.armpit.x - left.armpit.x;
        const double armhole = (left.armpit.y + right.armpit.y - left.tip.y - right.tip.y) / 2;
        if (anchors.sleeves || armhole > kLeastArmhole * chest) {
            return;
        }
        for (SideAnchors* points : {&left, &right}) {
            points->tip = {mix(points->armpit.x, anchors.axis, kTipInwards),
                           points->armpit.y - kUnseenArmhole * chest};
            points->neck = {mix(points->tip.x, anchors.axis, 0.5),
                            points->tip.y - kUnseenSlope * chest};
        }
    }

    /// Cuffs as given, or the corners of the sleeve's far end.
    void set_cuffs(PictureSide side, SideAnchors& points) const {
        const auto outer = given(side, "cuff_outer");
        const auto inner = given(side, "cuff_inner");
        if (outer && inner) {
            points.cuff_outer = *outer;
            points.cuff_inner = *inner;
            return;
        }
        const cv::Point2d start = mix(points.tip, points.armpit, 0.5);
        const cv::Point2d outwards(side == PictureSide::kLeft ? -1.0 : 1.0, 0.0);
        std::vector<cv::Point2d> sleeve;
        cv::Point2d sum;
        for (int y = 0; y < visible_.rows; ++y) {
            const auto* row = visible_.ptr<std::uint8_t>(y);
            for (int x = 0; x < visible_.cols; ++x) {
                const cv::Point2d p(x, y);
                if (row[x] != 0 && (p - points.armpit).dot(outwards) > 0) {
                    sleeve.push_back(p);
                    sum += p - start;
                }
            }
        }
        const cv::Point2d along = unit_of(sum, outwards);
        double reach = 0;
        for (const cv::Point2d p : sleeve) {
            reach = std::max(reach, (p - start).dot(along));
        }
        points.cuff_outer = points.cuff_inner = start + along * std::max(reach, 1.0);
        // The outer edge is the one on the side of the tip.
        const cv::Point2d normal = quarter_turn(along);
        const double sign = (points.tip - points.armpit).dot(normal) < 0 ? -1.0 : 1.0;
        double high = -1e9;
        double low = 1e9;
        for (const cv::Point2d p : sleeve) {
            if ((p - start).dot(along) > kCuffBand * reach) {
                const double r = (p - start).dot(normal) * sign;
                if (r > high) {
                    high = r;
                    points.cuff_outer = p;
                }
                if (r < low) {
                    low = r;
                    points.cuff_inner = p;
                }
            }
        }
    }

    void check(const OutlineAnchors& anchors) const {
        const SideAnchors& left = anchors.side[0];
        const SideAnchors& right = anchors.side[1];
        const auto ordered = [this](double low, double high, std::string_view a,
                                    std::string_view b) {
            if (!(low + kLeastDistancePx <= high)) {
                throw ConfigError(
                    fmt::format("the anchors {1} and {2} of the garment '{0}' cross or coincide: "
                                "correct them in {0}.json or have 'closet garment prepare' find "
                                "them",
                                garment_.name, a, b));
            }
        };
        ordered(left.neck.x, right.neck.x, "right_neck", "left_neck");
        ordered(left.armpit.x, right.armpit.x, "right_armpit", "left_armpit");
        ordered(left.hem.x, right.hem.x, "right_hem", "left_hem");
        ordered(left.tip.x, right.tip.x, "right_shoulder", "left_shoulder");
        for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
            const SideAnchors& points = anchors.side[static_cast<std::size_t>(side)];
            ordered(points.tip.y, points.armpit.y, name_of(side, "shoulder"),
                    name_of(side, "armpit"));
            ordered(points.armpit.y, points.hem.y, name_of(side, "armpit"), name_of(side, "hem"));
        }
    }

    const Garment& garment_;
    cv::Mat visible_;
    double scale_;
    Outline outline_;
    double axis_ = 0;
};

}  // namespace

OutlineAnchors find_outline_anchors(const Garment& garment, const cv::Mat& visible, double scale) {
    return Finder(garment, visible, scale).find();
}

}  // namespace closet::mesh
