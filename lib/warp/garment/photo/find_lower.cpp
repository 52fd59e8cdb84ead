#include "warp/garment/photo/find_lower.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/photo/morphology.h"

namespace closet {
namespace {

// Measures of trousers laid flat, in widths of their hips (some 0.50 m of size M).
constexpr double kRise = 0.62;       ///< waistband to crotch, 0.31 m in front
constexpr double kMostRise = 0.74;   ///< a gap that begins below is where the legs stop touching
constexpr double kHipJoint = 0.72;   ///< of the rise, from above
constexpr double kKnee = 0.62;       ///< crotch to knee, 0.31 m,
constexpr double kKneeLeast = 0.38;  ///< but of a whole leg between these shares
constexpr double kKneeMost = 0.50;
constexpr double kWholeLeg = 1.35;    ///< crotch to hem of trousers that reach the ankles
constexpr double kAboveHem = 0.06;    ///< a leg that ends that close below the knee has no knee
constexpr double kHipOfSkirt = 0.44;  ///< waistband to hip joints
constexpr double kHipOfShort = 0.6;   ///< of the height, of very short skirts

// In parts of the box's height H, or diagonal D.
constexpr double kWaistBand = 0.12;      ///< H: the waistband's corners are above
constexpr double kWaistOutwards = 0.6;   ///< how being farther out counts against being higher
constexpr double kHemCorners = 0.3;      ///< H: a wide skirt's corners lie above its middle
constexpr double kCornerOutwards = 0.7;  ///< how being farther out counts against being lower
constexpr double kFringe = 0.018;        ///< D: fringes of legs are thinner,
constexpr double kTieOfSkirt = 0.008;    ///< D: and ties of skirts, whose flared corners are sharp
constexpr double kLegFrom = 0.35;        ///< share of the leg: its direction is taken from there
constexpr double kLegTo = 0.85;
constexpr double kLegEnd = 0.6;        ///< and its corners lie below that
constexpr double kConfidenceLoss = 6;  ///< per mean asymmetry in box widths
constexpr double kClosedLegs = 0.75;   ///< of the confidence where no ground shows between them

/// One side of the body in a picture: -1 on the left of the picture.
constexpr std::array<std::pair<int, const char*>, 2> kSides{{{-1, "right_"}, {1, "left_"}}};

class LowerBody {
  public:
    /// `thread`: what is thinner is looked past, in parts of the diagonal.
    LowerBody(const GarmentOutline& outline, const GarmentShape& shape, double thread)
        : outline_(outline),
          shape_(shape),
          mask_(open_mask(outline.mask, static_cast<float>(thread * outline.diagonal()))),
          spans_(row_spans(mask_)) {
        if (cv::countNonZero(mask_) == 0) {
            mask_ = outline.mask;
            spans_ = row_spans(mask_);
        }
        box_ = cv::boundingRect(mask_);
    }

    const cv::Rect& box() const { return box_; }
    double bottom() const { return box_.y + box_.height - 1; }

    RowSpan gap_at(double y) const { return shape_.gap ? shape_.gap->rows[index(y)] : RowSpan{}; }

    /// x between the legs.
    double middle(double y) const {
        const RowSpan gap = gap_at(y);
        return gap.width() > 0 ? (gap.first + gap.last) / 2.0 : outline_.axis;
    }

    /// x between the legs, straight on from their middles: fringes of a hem are gaps, too.
    double between_legs(double crotch, double y) const {
        const double upper = crotch + kLegFrom * (bottom() - crotch);
        const double lower = crotch + kLegTo * (bottom() - crotch);
        const double t = (y - upper) / std::max(lower - upper, 1.0);
        return middle(upper) + t * (middle(lower) - middle(upper));
    }

    /// The outer edge of the part around the middle: what sleeves there are beside it is not of it.
    cv::Point2d outer(double y, int side) const {
        const auto* row = mask_.ptr<std::uint8_t>(static_cast<int>(index(y)));
        const RowSpan gap = gap_at(y);
        int x =
            gap.width() > 0 ? (side < 0 ? gap.first - 1 : gap.last + 1) : cvRound(outline_.axis);
        // What looks like a gap may have a thread in it.
        const RowSpan& span = spans_[index(y)];
        while (x > span.first && x < span.last && row[x] == 0) {
            x += side;
        }
        while (x + side >= 0 && x + side < mask_.cols && row[x + side] != 0) {
            x += side;
        }
        return {static_cast<double>(x), y};
    }

    /// The inner edge of a leg; where legs touch, half a pixel from their middle.
    cv::Point2d inner(double y, int side) const {
        const RowSpan gap = gap_at(y);
        if (gap.width() <= 0) {
            return {outline_.axis + 0.5 * side, y};
        }
        return {side < 0 ? gap.first - 1.0 : gap.last + 1.0, y};
    }

    cv::Point2d waist_corner(int side) const {
        return farthest(
            box_.y, box_.y + kWaistBand * box_.height,
            [&](cv::Point2d p) { return kWaistOutwards * side * p.x - p.y; },
            [](cv::Point2d) { return true; });
    }

    cv::Point2d hem_corner(int side) const {
        return farthest(
            bottom() - kHemCorners * box_.height, bottom(),
            [&](cv::Point2d p) { return kCornerOutwards * side * p.x + p.y; },
            [](cv::Point2d) { return true; });
    }

    /// The outer (`inwards` -1) or inner corner (1) of a leg's end, the leg being straight below
    /// its middle.
    cv::Point2d leg_corner(double crotch, int side, int inwards) const {
        const double inseam = bottom() - crotch;
        const auto center = [&](double share) {
            const double y = crotch + share * inseam;
            return (outer(y, side) + inner(y, side)) / 2;
        };
        cv::Point2d down = center(kLegTo) - center(kLegFrom);
        down /= std::max(cv::norm(down), 1e-6);
        const cv::Point2d across(-side * inwards * down.y, side * inwards * down.x);
        return farthest(
            crotch + kLegEnd * inseam, bottom(),
            [&](cv::Point2d p) { return p.dot(down) + kCornerOutwards * p.dot(across); },
            [&](cv::Point2d p) { return side * (p.x - between_legs(crotch, p.y)) > 0; });
    }

    cv::Point2f in_picture(cv::Point2d point) const { return outline_.to_picture(point); }

  private:
    std::size_t index(double y) const {
        return static_cast<std::size_t>(std::clamp(cvRound(y), 0, mask_.rows - 1));
    }

    /// The pixel of some rows inside with the most of `value`, among those that `counts`.
    template <class Value, class Counts>
    cv::Point2d farthest(double from, double to, const Value& value, const Counts& counts) const {
        cv::Point2d best(outline_.axis, to);
        double most = -INFINITY;
        for (int y = std::max(0, cvRound(from)); y <= std::min(mask_.rows - 1, cvRound(to)); ++y) {
            const auto* row = mask_.ptr<std::uint8_t>(y);
            for (int x = 0; x < mask_.cols; ++x) {
                const cv::Point2d point(x, y);
                if (row[x] != 0 && counts(point) && value(point) > most) {
                    most = value(point);
                    best = point;
                }
            }
        }
        return best;
    }

    const GarmentOutline& outline_;
    const GarmentShape& shape_;
    cv::Mat mask_;
    std::vector<RowSpan> spans_;
    cv::Rect box_;
};

/// Collects what is found, of both sides at a time.
class LowerNamer {
  public:
    LowerNamer(const LowerBody& body, double axis, double width)
        : body_(body), axis_(axis), width_(width) {}

    template <class Find>
    void add(const char* name, const Find& find) {
        std::array<cv::Point2d, 2> points;
        for (std::size_t i = 0; i < 2; ++i) {
            points[i] = find(kSides[i].first);
            part_.anchors[std::string(kSides[i].second) + name] = body_.in_picture(points[i]);
        }
        differ_ += std::abs((axis_ - points[0].x) - (points[1].x - axis_)) / width_ +
                   std::abs(points[0].y - points[1].y) / width_;
        ++count_;
    }
    void add_crotch(cv::Point2d point) { part_.anchors["crotch"] = body_.in_picture(point); }

    LowerPart done(double sure) {
        part_.confidence = static_cast<float>(
            sure * std::clamp(1 - kConfidenceLoss * differ_ / std::max(count_, 1), 0.0, 1.0));
        return std::move(part_);
    }

  private:
    const LowerBody& body_;
    double axis_;
    double width_;
    double differ_ = 0;
    int count_ = 0;
    LowerPart part_;
};

double waist_of(const LowerBody& body) {
    return (body.waist_corner(-1).y + body.waist_corner(1).y) / 2;
}

}  // namespace

LowerPart find_trousers(const GarmentOutline& outline, const GarmentShape& shape,
                        const std::optional<GivenWaist>& given) {
    const LowerBody body(outline, shape, kFringe);
    LowerNamer name(body, outline.axis, shape.width);
    const double waist = given ? given->y : waist_of(body);
    const double hips = given ? given->hip_width : shape.hip_width;
    double crotch = shape.gap ? shape.gap->apex : INFINITY;
    bool sure = true;
    if (crotch - waist > kMostRise * hips) {
        crotch = waist + kRise * hips;
        sure = false;
    }
    // Something is left for the legs, whatever the silhouette.
    crotch = std::clamp(crotch, waist + 2, std::max(waist + 2, body.bottom() - 4));
    const double hip = waist + kHipJoint * (crotch - waist);
    name.add("waist",
             [&](int side) { return given ? body.outer(waist, side) : body.waist_corner(side); });
    name.add("hip", [&](int side) { return body.outer(hip, side); });
    name.add_crotch({body.middle(crotch), crotch});
    const double inseam = body.bottom() - crotch;
    double knee = kKnee * hips;
    if (inseam > kWholeLeg * hips) {
        knee = std::clamp(knee, kKneeLeast * inseam, kKneeMost * inseam);
    }
    if (inseam > knee + kAboveHem * hips) {
        name.add("knee_outer", [&](int side) { return body.outer(crotch + knee, side); });
        name.add("knee_inner", [&](int side) { return body.inner(crotch + knee, side); });
    }
    name.add("leg_outer", [&](int side) { return body.leg_corner(crotch, side, -1); });
    name.add("leg_inner", [&](int side) { return body.leg_corner(crotch, side, 1); });
    LowerPart part = name.done(sure ? 1 : kClosedLegs);
    part.inseam = inseam / std::max(hips, 1.0);
    return part;
}

LowerPart find_skirt(const GarmentOutline& outline, const GarmentShape& shape,
                     const std::optional<GivenWaist>& given) {
    const LowerBody body(outline, shape, kTieOfSkirt);
    LowerNamer name(body, outline.axis, shape.width);
    const double waist = given ? given->y : waist_of(body);
    double down = 0;
    name.add("waist",
             [&](int side) { return given ? body.outer(waist, side) : body.waist_corner(side); });
    if (given) {
        down = kHipOfSkirt * given->hip_width;
    } else {
        // A skirt may widen from the waist on: that is what its wearer's hips are told by.
        const double top = body.waist_corner(1).x - body.waist_corner(-1).x;
        down = kHipOfSkirt * 1.25 * top;
    }
    const double hip = waist + std::min(down, kHipOfShort * (body.bottom() - waist));
    name.add("hip", [&](int side) { return body.outer(hip, side); });
    name.add("hem", [&](int side) { return body.hem_corner(side); });
    return name.done(1);
}

}  // namespace closet
