#pragma once

#include <algorithm>
#include <optional>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/picture_geometry.h"
#include "warp/classes/person_classes.h"
#include "warp/paint/patch.h"
#include "warp/wearer.h"

namespace closet::removal {

/// A dressed person on the grid of the classes. All lengths and places are in its pixels unless
/// they are said to be in shoulder widths.
struct GridView {
    const PersonClasses* classes = nullptr;
    cv::Mat matte;                     ///< CV_8UC1: the garment's alpha, means over each pixel
    cv::Mat kinds;                     ///< CV_8UC1: the likeliest Surface
    double unit = 0;                   ///< a shoulder width
    double torso = 0;                  ///< from the shoulders' to the hips' middle
    cv::Point2d middle, down, across;  ///< as in BodyFrame
    float min_score = 0;
    const Wearer* wearer = nullptr;

    cv::Size size() const { return matte.size(); }
    const cv::Mat& colors() const { return *classes->colors; }
    std::uint8_t of(Surface surface, int x, int y) const {
        return classes->of(surface).at<std::uint8_t>(y, x);
    }
    bool is(Surface surface, int x, int y) const {
        return kinds.at<std::uint8_t>(y, x) == static_cast<std::uint8_t>(surface);
    }
    bool contains(int x, int y) const {
        return x >= 0 && y >= 0 && x < matte.cols && y < matte.rows;
    }
    /// The parser's, 0..255.
    int label(Label which, int x, int y) const {
        const cv::Mat& plane = classes->labels->of(which);
        return plane.at<std::uint8_t>(std::min(y / 2, plane.rows - 1),
                                      std::min(x / 2, plane.cols - 1));
    }
    /// 0 at the shoulders, 1 at the hips.
    double along(cv::Point2d p) const { return (p - middle).dot(down) / torso; }
    /// Shoulder widths to the wearer's left of the spine.
    double aside(cv::Point2d p) const { return (p - middle).dot(across) / unit; }
    /// So many pixels, at least one.
    int px(double widths) const;
    cv::Point2d place(cv::Point2d shown) const { return apply(classes->classes_from_shown, shown); }
    /// Nothing where the joint is not reliable.
    std::optional<cv::Point2d> joint(Joint joint) const;
};

/// Looks at a person whose body is known; buffers of `view` are kept.
void look_at(const Patch& garment, const Wearer& wearer, const PersonClasses& classes,
             GridView& view);

/// Both, well enough to say where legs are.
inline bool sees_knees(const GridView& view) {
    return view.joint(Joint::kLeftKnee) && view.joint(Joint::kRightKnee);
}

/// Where the texture of a pixel is taken from: pixels of the grid to the right and down, 0, 0 where
/// it has none; and the most levels of it, kTexture of what is really there.
using Sources = cv::Mat_<cv::Vec3s>;
inline constexpr short kTexture = 30;

/// A patch's alpha on the grid of the classes, means over each pixel.
void read_alpha(const cv::Mat& alpha, cv::Rect where, const PersonClasses& classes, cv::Mat& grid);

/// Makes a mask of nothing, in its own memory where it has the size.
inline void clear(cv::Mat& mask, cv::Size size) {
    mask.create(size, CV_8UC1);
    mask.setTo(0);
}

/// `by` pixels all around.
void grow(cv::Mat& mask, int by);
void shrink(cv::Mat& mask, int by);

/// A number for a pixel that looks like noise, -1 .. 1, the same each time.
inline float grain_at(int x, int y) {
    std::uint32_t n =
        static_cast<std::uint32_t>(x) * 0x9E3779B1U ^ static_cast<std::uint32_t>(y) * 0x85EBCA77U;
    n = (n ^ (n >> 15)) * 0x2C1B3C6DU;
    n ^= n >> 13;
    return static_cast<float>(n & 0xFFFFU) / 32768.0F - 1.0F;
}

}  // namespace closet::removal
