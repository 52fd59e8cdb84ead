#pragma once

#include <numbers>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// The surroundings of a neck at one size: 200 px between the neck points, so that cost and blur do
/// not depend on the photo. They lie upright, the middle of the neck points in the middle.
struct NeckPatch {
    static constexpr double kWidth = 200;  ///< pixels between the neck points
    static constexpr int kSide = 480;

    cv::Mat lab;            ///< CV_32FC3, kSide x kSide, slightly smoothed
    cv::Mat opaque;         ///< CV_8UC1, 255 where there is garment
    cv::Matx23d to_source;  ///< from pixels of the patch to pixels of the picture
};

/// Cuts the patch out of a picture (CV_8UC4, R G B A); `left` and `right` are its neck points on
/// either side of the image, at least a pixel apart.
NeckPatch neck_patch(const cv::Mat& rgba, cv::Point2d left, cv::Point2d right);

/// Rays from the image-left side over straight down to the right, and steps along each.
/// Distances are shares of the neck's width.
struct NeckFan {
    static constexpr int kRays = 96;
    static constexpr int kSteps = 128;
    static constexpr double kNearest = 0.05;
    static constexpr double kFarthest = 1.05;
    /// The first and last rays point down a little: level ones leave the garment where the neck
    /// points lie on its upper edge.
    static constexpr double kTilt = std::numbers::pi * 5 / 180;

    cv::Point2d middle;  ///< in pixels of the patch
    double width = 0;    ///< the neck's width, in pixels of the patch

    static double angle(double ray);
    static double distance(double step) {
        return kNearest + (kFarthest - kNearest) * step / (kSteps - 1);
    }
    static double steps(double length) { return length / (kFarthest - kNearest) * (kSteps - 1); }
    cv::Point2d at(double ray, double step) const;
};

/// What changes along the rays of a fan.
struct NeckEdges {
    cv::Mat change;    ///< kRays x kSteps, CV_32FC3: Lab of what lies farther minus nearer
    cv::Mat contrast;  ///< its length, CV_32F: 0 beside a stronger one, -1 where it is not garment
};

NeckEdges find_edges(const NeckPatch& patch, const NeckFan& fan);

}  // namespace closet
