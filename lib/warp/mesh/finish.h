#pragma once

#include <optional>
#include <span>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/body_frame.h"
#include "warp/mesh/chart.h"
#include "warp/wearer.h"

namespace closet::mesh {

/// Clears what lies below a waistline moved down by `drop` shoulder widths, with an edge one pixel
/// soft. `canvas` is CV_8UC4, premultiplied; `offset` is its corner on the picture.
void cut_below(cv::Mat& canvas, cv::Point offset, const BodyFrame& body, const OwnClothes& waist,
               double drop);
/// The same with what lies above.
void cut_above(cv::Mat& canvas, cv::Point offset, const BodyFrame& body, const OwnClothes& waist,
               double drop);

/// The contact shadow of a sleeve on what is painted already, as if the sleeve lay on it.
struct Shade {
    static constexpr int kShrink = 4;          ///< canvas pixels to a pixel of `dark`
    static constexpr int kStrengthOf256 = 56;  ///< .22: the mesh study (section 4)

    cv::Point corner;  ///< of `dark` on the canvas, pixels, not negative
    cv::Mat dark;      ///< CV_8UC1, 255 = darkest; may reach beyond the canvas
};

/// That of a layer around its outline, on a canvas of this size; nothing where there is none.
/// `points` are the layer's vertices in shown pixels, `offset` is the canvas's corner. Close to the
/// `shoulder` (frame pixels), where the sleeve is sewn on, there is none. `unit` is the shoulder
/// width in pixels.
std::optional<Shade> shade_beside(cv::Size canvas, const Layer& layer,
                                  std::span<const cv::Point2d> points, cv::Point offset,
                                  cv::Point2d shoulder, double unit);

/// Darkens `canvas` (CV_8UC4, premultiplied).
void darken(cv::Mat& canvas, const Shade& shade);

/// Closes slits of trousers beside the `crotch` (pixels of the canvas): where somebody sits with
/// the legs apart, cloth hangs between the thighs and touches them. What lies open and is enclosed
/// by cloth there, up to kWidestSlit, gets the colors around it. `unit` is the shoulder width.
void close_slits(cv::Mat& canvas, cv::Point2d crotch, double unit);

}  // namespace closet::mesh
