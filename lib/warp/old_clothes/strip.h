#pragma once

#include <array>
#include <cstddef>
#include <functional>

#include <opencv2/core/types.hpp>

namespace closet::old_clothes {

/// The coordinates of a part of the body: u across and v along it, in shoulder widths.
struct StripFrame {
    cv::Point2d origin;         ///< shown pixels
    cv::Point2d across, along;  ///< unit vectors, perpendicular
    double unit = 1;            ///< shown pixels in a shoulder width, > 0

    /// The shown pixel at (u, v).
    cv::Point2d at(double u, double v) const { return origin + (across * u + along * v) * unit; }
    /// (u, v) of a shown pixel.
    cv::Point2d of(cv::Point2d p) const {
        return {(p - origin).dot(across) / unit, (p - origin).dot(along) / unit};
    }
};

/// Where a strip is examined and how far, in shoulder widths.
struct StripRange {
    double half_width = 0;               ///< columns from -half_width to half_width
    double first_row = 0, last_row = 0;  ///< of the sides
    double start = 0;                    ///< columns begin at this v, within the garment
    double longest = 0, widest = 0;      ///< a longer reach is not followed
    double gap = 0;                      ///< other colors within the old clothes: folds, seams
};

/// Where a garment ends and how far beyond it old clothes are seen, sampled at equal steps along
/// its edge.
struct Profile {
    static constexpr std::size_t kSize = 48;
    std::array<double, kSize> edge{};   ///< where the garment ends: v of columns, |u| of rows
    std::array<double, kSize> reach{};  ///< how far old clothes go on from there, >= 0
    double too_long = 0;  ///< share 0..1 of the edge whose reach is too long to follow
    bool known = false;   ///< false: the garment was not met; the rest means nothing

    template <class Archive>
    void serialize(Archive& archive) {
        archive(edge, reach, too_long, known);
    }
};

/// Tell what is at a point, in shown pixels.
struct PointTests {
    std::function<bool(cv::Point2d)> is_garment;
    std::function<bool(cv::Point2d)> is_old;    ///< the wearer's own clothes
    std::function<bool(cv::Point2d)> is_other;  ///< an edge here belongs to another part: an arm
};

/// Measures the end, by u: walks along columns. A reach too long counts as the longest.
Profile measure_end(const StripFrame& strip, const StripRange& range, const PointTests& tests);

/// Measures a side, by v: walks along rows to positive (`sign` = 1) or negative (-1) u. A reach too
/// long counts as 0.
Profile measure_side(const StripFrame& strip, const StripRange& range, const PointTests& tests,
                     double sign);

}  // namespace closet::old_clothes
