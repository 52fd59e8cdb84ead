#include "warp/mesh/lower_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/median.h"
#include "warp/mesh/curve.h"

namespace closet::mesh {
namespace {

// Where anchors are, in parts of the visible height, if neither file nor outline tells.
constexpr double kCrotchOfTrousers = 0.33, kCrotchOfShorts = 0.6;
constexpr double kHipOfRise = 0.65;     ///< hip joints, from the waist to the crotch
constexpr double kHipOfWaist = 0.6;     ///< those of a skirt below the waist, in waist widths
constexpr double kWaistOfDress = 0.4;   ///< of a dress
constexpr double kCrotchOfDress = 0.5;  ///< of a jumpsuit
constexpr double kFullHem = 0.6;        ///< of a leg's usual width: less is a fringe
/// A hem's corner (mesh study, section 2): looked for below the first share of the height.
constexpr double kAboveHem = 0.86, kOutOverDown = 0.7;
constexpr double kEndInwards = 0.01;   ///< of the height: where corners of hem and waist are read
constexpr double kLeastApartPx = 2.0;  ///< between two anchors that must not cross
constexpr double kSmoothEdgesRows = 0.8;
/// The band in which torso and lower part are mixed, of the way from waist to hips.
constexpr double kJoinFrom = -0.3, kJoinTo = 0.7;
/// The band below the line from hip to crotch in which pelvis and leg are mixed, in its length.
constexpr double kLegBand = 0.9;

struct Run {
    double left = 0, right = 0;
};

/// The visible columns of a row from the first to the last, between two bounds.
std::optional<Run> run_of(const cv::Mat& visible, double y, double from, double to) {
    const auto* row = visible.ptr<std::uint8_t>(std::clamp(cvRound(y), 0, visible.rows - 1));
    int left = std::max(cvCeil(from), 0);
    int right = std::min(cvFloor(to), visible.cols - 1);
    while (left <= right && row[left] == 0) {
        ++left;
    }
    while (right >= left && row[right] == 0) {
        --right;
    }
    return left <= right ? std::optional(Run{static_cast<double>(left), static_cast<double>(right)})
                         : std::nullopt;
}

class LowerFinder {
  public:
    LowerFinder(const Garment& garment, const cv::Mat& visible, double scale)
        : garment_(garment), visible_(visible), scale_(scale), box_(cv::boundingRect(visible)) {}

    LowerAnchors find() const {
        LowerAnchors anchors;
        anchors.legs = has_legs(garment_.kind);
        const bool dress = covers_torso(garment_.kind);
        anchors.waist = pair("waist", dress ? kWaistOfDress : kEndInwards);
        anchors.axis = (anchors.waist[0].x + anchors.waist[1].x) / 2;
        const double waist_y = (anchors.waist[0].y + anchors.waist[1].y) / 2;
        const double waist = anchors.waist[1].x - anchors.waist[0].x;
        if (anchors.legs) {
            anchors.crotch = given("crotch").value_or(find_crotch(anchors.axis, waist_y));
            anchors.hip = pair("hip", share_of(mix(waist_y, anchors.crotch.y, kHipOfRise)));
            for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
                anchors.end[static_cast<std::size_t>(side)] = leg_end(side, anchors.crotch);
            }
        } else {
            anchors.hip = pair("hip", share_of(waist_y + kHipOfWaist * waist));
            for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
                anchors.end[static_cast<std::size_t>(side)] =
                    given(side, "hem").value_or(hem_corner(side));
            }
            anchors.crotch = {anchors.axis, (anchors.end[0].y + anchors.end[1].y) / 2};
        }
        check(anchors);
        return anchors;
    }

  private:
    double share_of(double y) const { return (y - box_.y) / std::max(box_.height - 1, 1); }

    std::optional<cv::Point2d> given(const std::string& name) const {
        const auto found = garment_.anchors.find(name);
        if (found == garment_.anchors.end() || !std::isfinite(found->second.x) ||
            !std::isfinite(found->second.y)) {
            return std::nullopt;
        }
        return cv::Point2d((found->second.x + 0.5) * scale_ - 0.5,
                           (found->second.y + 0.5) * scale_ - 0.5);
    }

    /// A side of the picture is the other side of the wearer.
    std::optional<cv::Point2d> given(PictureSide side, std::string_view what) const {
        return given(fmt::format("{}_{}", side == PictureSide::kLeft ? "right" : "left", what));
    }

    /// Both as given, or the ends of the row at a share of the height.
    std::array<cv::Point2d, 2> pair(std::string_view what, double share) const {
        const double y = box_.y + std::clamp(share, 0.0, 1.0) * (box_.height - 1);
        const auto run = run_of(visible_, y, 0, visible_.cols - 1);
        const Run ends = run.value_or(
            Run{static_cast<double>(box_.x), static_cast<double>(box_.x + box_.width - 1)});
        return {given(PictureSide::kLeft, what).value_or(cv::Point2d(ends.left, y)),
                given(PictureSide::kRight, what).value_or(cv::Point2d(ends.right, y))};
    }

    /// Where the column of the axis, from the waist down, first leaves the garment for good.
    cv::Point2d find_crotch(double axis, double waist_y) const {
        const int column = std::clamp(cvRound(axis), 0, visible_.cols - 1);
        const int lowest = box_.y + box_.height - 1;
        int y = lowest;
        while (y > waist_y && visible_.at<std::uint8_t>(y, column) == 0) {
            --y;
        }
        const double usual = garment_.kind == GarmentKind::kShorts     ? kCrotchOfShorts
                             : garment_.kind == GarmentKind::kJumpsuit ? kCrotchOfDress
                                                                       : kCrotchOfTrousers;
        const bool shows = y < lowest && y > waist_y + kLeastApartPx;
        return {axis, shows ? y : mix(box_.y, lowest, usual)};
    }

    cv::Point2d leg_end(PictureSide side, cv::Point2d crotch) const {
        const auto outer = given(side, "leg_outer");
        const auto inner = given(side, "leg_inner");
        const bool left = side == PictureSide::kLeft;
        if (outer && inner && (left ? outer->x < inner->x : inner->x < outer->x)) {
            return (*outer + *inner) / 2;
        }
        std::vector<int> filled;  // visible pixels of each row from the crotch down: no fringes
        for (int y = std::max(cvCeil(crotch.y), 0); y < box_.y + box_.height; ++y) {
            const int column = std::clamp(cvRound(crotch.x), 1, visible_.cols - 1);
            filled.push_back(cv::countNonZero(
                visible_.row(y).colRange(left ? 0 : column, left ? column : visible_.cols)));
        }
        if (filled.empty()) {
            return {crotch.x + (left ? -1 : 1), crotch.y};
        }
        const int least = static_cast<int>(kFullHem * upper_median(filled));
        std::size_t last = filled.size() - 1;
        while (last > 0 && filled[last] < std::max(least, 1)) {
            --last;
        }
        const double y = crotch.y + static_cast<double>(last) - kEndInwards * box_.height;
        const auto run =
            run_of(visible_, y, left ? 0 : crotch.x, left ? crotch.x : visible_.cols - 1);
        return {run ? (run->left + run->right) / 2 : crotch.x + (left ? -1 : 1), y};
    }

    /// Of the outline's ends in the lowest rows the one that is farthest down and out: hems are
    /// round.
    cv::Point2d hem_corner(PictureSide side) const {
        const double outwards = side == PictureSide::kLeft ? -kOutOverDown : kOutOverDown;
        cv::Point2d best(box_.x + box_.width / 2.0, box_.y + box_.height - 1.0);
        double farthest = -1e9;
        for (int y = box_.y + cvFloor(kAboveHem * box_.height); y < box_.y + box_.height; ++y) {
            if (const auto run = run_of(visible_, y, 0, visible_.cols - 1)) {
                const double x = side == PictureSide::kLeft ? run->left : run->right;
                if (const double far = outwards * x + y; far > farthest) {
                    farthest = far;
                    best = {x, static_cast<double>(y)};
                }
            }
        }
        return best;
    }

    void check(const LowerAnchors& anchors) const {
        const auto ordered = [this](double low, double high, std::string_view a,
                                    std::string_view b) {
            if (!(low + kLeastApartPx <= high)) {
                throw ConfigError(
                    fmt::format("the anchors {1} and {2} of the garment '{0}' cross or coincide: "
                                "correct them in {0}.json or have 'closet garment prepare' find "
                                "them",
                                garment_.name, a, b));
            }
        };
        ordered(anchors.waist[0].x, anchors.waist[1].x, "right_waist", "left_waist");
        ordered(anchors.hip[0].x, anchors.hip[1].x, "right_hip", "left_hip");
        ordered(anchors.end[0].x, anchors.end[1].x, anchors.legs ? "right_leg_outer" : "right_hem",
                anchors.legs ? "left_leg_outer" : "left_hem");
        const auto y = [](const std::array<cv::Point2d, 2>& p) { return (p[0].y + p[1].y) / 2; };
        ordered(y(anchors.waist), y(anchors.hip), "left_waist", "left_hip");
        if (anchors.legs) {
            ordered(y(anchors.waist), anchors.crotch.y, "left_waist", "crotch");
            ordered(anchors.crotch.y, y(anchors.end), "crotch", "left_leg_inner");
            ordered(anchors.hip[0].x, anchors.crotch.x, "right_hip", "crotch");
            ordered(anchors.crotch.x, anchors.hip[1].x, "crotch", "left_hip");
        } else {
            ordered(y(anchors.hip), y(anchors.end), "left_hip", "left_hem");
        }
    }

    const Garment& garment_;
    const cv::Mat& visible_;
    double scale_;
    cv::Rect box_;
};

}  // namespace

double LowerAnchors::parting(double y) const {
    const cv::Point2d between = (end[0] + end[1]) / 2;
    return mix(crotch.x, between.x,
               std::clamp((y - crotch.y) / std::max(between.y - crotch.y, 1.0), 0.0, 1.0));
}

double LowerAnchors::onto_leg(cv::Point2d p, PictureSide leg) const {
    const cv::Point2d along = hip[static_cast<std::size_t>(leg)] - crotch;
    const cv::Point2d normal = quarter_turn(along.x < 0 ? -along : along);  // downwards
    return (p - crotch).dot(normal) / std::max(along.dot(along), 1.0);
}

LowerAnchors find_lower_anchors(const Garment& garment, const cv::Mat& visible, double scale) {
    return LowerFinder(garment, visible, scale).find();
}

LowerChart::LowerChart(const LowerAnchors& found, const cv::Mat& visible,
                       const std::vector<double>& rows_y, bool torso_too)
    : anchors(found), with_torso(torso_too) {
    waist_y = (anchors.waist[0].y + anchors.waist[1].y) / 2;
    hip_y = (anchors.hip[0].y + anchors.hip[1].y) / 2;
    end_y = (anchors.end[0].y + anchors.end[1].y) / 2;
    waist_width = anchors.waist[1].x - anchors.waist[0].x;
    hip_width = anchors.hip[1].x - anchors.hip[0].x;
    // Rows above the waist and below the hem go on as the last ones that can be trusted.
    const double lowest = std::min(anchors.end[0].y, anchors.end[1].y);
    const double highest = std::max(anchors.waist[0].y, anchors.waist[1].y);  // it may lie aslant
    std::vector<double> left, right, inner_left, inner_right;
    for (const double y : rows_y) {
        const double inside = std::clamp(y, highest + 1, std::max(lowest - 1, highest + 1));
        const auto all = run_of(visible, inside, 0, visible.cols - 1);
        const double parting = anchors.parting(inside);
        const auto known = [&](const std::optional<double>& edge, const std::vector<double>& edges,
                               double otherwise) {
            return edge ? *edge : edges.empty() ? otherwise : edges.back();
        };
        left.push_back(
            known(all ? std::optional(all->left) : std::nullopt, left, anchors.waist[0].x));
        right.push_back(
            known(all ? std::optional(all->right) : std::nullopt, right, anchors.waist[1].x));
        const bool parted = anchors.legs && inside > anchors.crotch.y;
        const auto one = parted ? run_of(visible, inside, 0, parting) : std::nullopt;
        const auto two = parted ? run_of(visible, inside, parting, visible.cols - 1) : std::nullopt;
        inner_left.push_back(one ? one->right : parting);
        inner_right.push_back(two ? two->left : parting);
    }
    for (auto* edge : {&left, &right, &inner_left, &inner_right}) {
        smooth(*edge, kSmoothEdgesRows);
    }
    for (std::size_t i = 0; i < rows_y.size(); ++i) {
        rows.push_back({rows_y[i], left[i], right[i], {inner_left[i], inner_right[i]}});
    }
}

LowerPoint LowerChart::at(cv::Point2d p, PictureSide side) const {
    LowerPoint point;
    point.row = row_of(p.y);
    const auto [i, part] = between(point.row, rows.size());
    const Row& a = rows[i];
    const Row& b = rows[i + 1];
    const double left = mix(a.left, b.left, part);
    const double right = mix(a.right, b.right, part);
    const double off = p.x - anchors.axis;
    point.across = off < 0 ? off / std::max(anchors.axis - left, 1.0)
                           : off / std::max(right - anchors.axis, 1.0);
    if (anchors.legs) {
        point.leg = side;
        const bool is_left = side == PictureSide::kLeft;
        const auto leg = static_cast<std::size_t>(side);
        const double inner = mix(a.inner[leg], b.inner[leg], part);
        const double low = is_left ? left : inner;
        const double high = is_left ? inner : right;
        point.on_leg = 2 * (p.x - low) / std::max(high - low, 1.0) - 1;
        point.leg_share = smoothstep(0, kLegBand, anchors.onto_leg(p, side));
    }
    if (with_torso) {
        point.share = smoothstep(mix(waist_y, hip_y, kJoinFrom), mix(waist_y, hip_y, kJoinTo), p.y);
    }
    return point;
}

}  // namespace closet::mesh
