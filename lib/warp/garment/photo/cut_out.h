#pragma once

#include <string>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// A product photo is looked at with at most this many pixels on its long side: outlines are as
/// good as at full size, and every length in the cut-out is a number of pixels at this size.
inline constexpr int kCutOutAnalysisSide = 1024;
/// What is cut out has at most this many pixels on its long side, as garments have.
inline constexpr int kCutOutSide = 2048;

/// How a photo is cut out.
struct CutOutOptions {
    /// Which pixels of the photo are garment (CV_8UC1, more than 127 means garment), of the photo's
    /// size; empty: found from the photo's plain ground. Its edge is taken as it is, softened over
    /// a pixel or so, and the photo's ground may then be anything.
    cv::Mat mask;
};

/// A garment without its ground.
struct CutOut {
    cv::Mat rgba;          ///< CV_8UC4, R G B A, straight alpha; transparent pixels beside visible
                           ///< ones hold the garment's color, never the ground's
    double scale = 1;      ///< pixels of `rgba` per pixel of the photo, at most 1
    cv::Rect garment;      ///< what is visible, in pixels of `rgba`
    float faint_edge = 0;  ///< 0..1: how much of the outline runs where the garment hardly differs
                           ///< from the ground (white on near-white); above 0.5 is worth a look
    float ground = 0;      ///< how uneven the ground is, as a distance in CIE Lab; 0: one color
    bool near_white = false;  ///< the garment is about as bright as its ground
};

/// Cuts a garment out of a product photo (CV_8UC3, R G B, upright) with a plain ground, white on
/// near-white too. `name` is what error texts call the photo. The ground is a plane fitted to the
/// border, told from the garment by as little as one gray level; the outline is snapped to the
/// strongest edge by a watershed; alpha is a projection, and the edge's colors come from inside.
///
/// Throws ConfigError in one sentence with the remedy for a photo without a plain ground, with
/// nothing on it, with several garments, with a garment that runs out of the picture on several
/// sides, or with a person in it; also for a mask of another size or without anything in it.
CutOut cut_out(const cv::Mat& rgb, const std::string& name, const CutOutOptions& options = {});

}  // namespace closet
