#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet::test {

// Garments as masks (CV_8UC1), drawn from measures in centimeters as they lie flat; "half" ones are
// of one side. Lengths are down from the top edge.

/// Where things are in a drawn garment's picture: centimeters to pixels.
struct Drawn {
    cv::Mat mask;
    double scale = 1;  ///< pixels per cm
    cv::Point2d at(double x, double y) const {
        return {mask.cols / 2.0 + x * scale, 40 + y * scale};
    }
};

using HalfOutline = std::vector<cv::Point2d>;

/// A half outline on the right of the axis and its mirror image, at most `height` px high and wide.
inline Drawn draw(const HalfOutline& half, double height = 900) {
    double bottom = 0;
    double side = 0;
    for (const auto& p : half) {
        bottom = std::max(bottom, p.y);
        side = std::max(side, p.x);
    }
    Drawn drawn;
    drawn.scale = std::min(height / bottom, height / (2 * side));
    const cv::Size size(cvRound(2 * side * drawn.scale) + 81, cvRound(bottom * drawn.scale) + 81);
    drawn.mask = cv::Mat(size, CV_8U, cv::Scalar(0));
    constexpr int kBits = 4;
    std::vector<cv::Point> points;
    const auto add = [&](double x, double y) {
        const cv::Point2d p = drawn.at(x, y) * (1 << kBits);
        points.emplace_back(cvRound(p.x), cvRound(p.y));
    };
    for (const auto& p : half) {
        add(p.x, p.y);
    }
    for (auto p = half.rbegin(); p != half.rend(); ++p) {
        add(-p->x, p->y);
    }
    cv::fillPoly(drawn.mask, std::vector<std::vector<cv::Point>>{points}, 255, cv::LINE_AA, kBits);
    cv::GaussianBlur(drawn.mask, drawn.mask, {}, 1);
    return drawn;
}

struct Trousers {
    double waist = 19;  ///< half
    double hip = 25;    ///< half
    double rise = 29;
    double inseam = 78;
    double knee = 11;   ///< half of a leg
    double hem = 10;    ///< half of a leg
    double spread = 2;  ///< how far out the legs' ends lie
};

inline Drawn draw(const Trousers& t) {
    const double knee = t.hip / 2 + t.spread / 2;
    const double end = t.hip / 2 + t.spread;
    const double knee_y = t.rise + 0.42 * t.inseam;
    const double hem_y = t.rise + t.inseam;
    return draw(HalfOutline{{0, 0},
                            {t.waist, 0},
                            {t.hip, 0.75 * t.rise},
                            {knee + t.knee, knee_y},
                            {end + t.hem, hem_y},
                            {end - t.hem, hem_y + 1},
                            {std::max(knee - t.knee, 0.5), knee_y},
                            {0, t.rise}});
}

struct Skirt {
    double waist = 18;  ///< half
    double hip = 24;    ///< half
    double hem = 26;    ///< half
    double length = 60;
    double sag = 2;  ///< how much lower its middle hangs than its corners
    double dip = 0;  ///< how much lower the waistband is in the middle
};

inline Drawn draw(const Skirt& s) {
    return draw(HalfOutline{{0, s.dip},
                            {s.waist, 0},
                            {s.hip, std::min(20.0, s.length / 2)},
                            {s.hem, s.length - s.sag},
                            {s.hem / 2, s.length - 0.3 * s.sag},
                            {0, s.length}});
}

/// A torso, and what hangs from it: to `length`, or with legs of `inseam` from `crotch` on.
struct Upper {
    double shoulder = 18;  ///< half
    double neck = 9;       ///< half
    double neck_depth = 10;
    double chest = 23;   ///< half
    double strap = 0;    ///< width; 0: shoulders
    double sleeve = 0;   ///< length
    double waist = 19;   ///< half
    double hip = 26;     ///< half
    double hem = 32;     ///< half, of a leg where there are some
    double length = 95;  ///< to the hem
    double inseam = 0;   ///< of this the legs
};

inline Drawn draw(const Upper& u) {
    HalfOutline half{{0, u.neck_depth}};
    if (u.strap > 0) {
        half.insert(half.end(), {{u.shoulder - u.strap - 2, u.neck_depth - 2},
                                 {u.shoulder - u.strap, 0},
                                 {u.shoulder, 0}});
    } else {
        half.insert(half.end(),
                    {{0.6 * u.neck, 0.75 * u.neck_depth}, {u.neck, 0}, {u.shoulder, 4}});
    }
    if (u.sleeve == 0) {
        half.insert(half.end(), {{u.shoulder - 1, 14}, {u.chest, 22}});
    } else if (u.sleeve < 35) {
        half.insert(half.end(), {{u.shoulder + 0.8 * u.sleeve, 4 + 0.75 * u.sleeve},
                                 {u.shoulder + 0.8 * u.sleeve - 7, 14 + 0.75 * u.sleeve},
                                 {u.chest, 23}});
    } else {
        half.insert(half.end(), {{u.shoulder + 0.55 * u.sleeve, 4 + 0.85 * u.sleeve},
                                 {u.shoulder + 0.55 * u.sleeve - 9, 6 + 0.85 * u.sleeve},
                                 {u.chest, 24}});
    }
    half.push_back({u.waist, 40});
    if (u.length > 62) {
        half.push_back({u.hip, 60});
    }
    if (u.inseam == 0) {
        half.insert(half.end(),
                    {{u.hem, u.length - 2}, {u.hem / 2, u.length - 0.6}, {0, u.length}});
        return draw(half);
    }
    const double end = u.hip / 2 + 3;
    half.insert(half.end(),
                {{end + u.hem, u.length}, {end - u.hem, u.length + 1}, {0, u.length - u.inseam}});
    return draw(half);
}

}  // namespace closet::test
