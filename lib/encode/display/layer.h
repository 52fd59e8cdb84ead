#pragma once

#include <opencv2/core/mat.hpp>

namespace closet {

/// Something that is drawn once and blended over many pictures.
struct Layer {
    cv::Point at;    ///< of its top left pixel in the picture
    cv::Mat pixels;  ///< CV_8UC4: B, G and R times alpha, and alpha
    bool empty() const { return pixels.empty(); }
    cv::Rect box() const { return {at, pixels.size()}; }
};

struct Color {
    unsigned char blue = 0, green = 0, red = 0;
    double opacity = 1.0;  ///< 0..1
};

/// An empty layer.
Layer make_layer(cv::Rect box);

/// Paints `color` where `coverage` (CV_8UC1, 0..255) says so; its top left pixel lies at `at` of
/// the layer. What lies outside is cut off.
void paint(Layer& layer, const cv::Mat& coverage, cv::Point at, Color color);

/// Smooth-edged shapes inside the layer, in its own pixels.
void paint_rounded_box(Layer& layer, cv::Rect box, int radius, Color color);
void paint_disc(Layer& layer, cv::Point2d center, double radius, Color color);

/// Blends the layer over a CV_8UC3 picture; what lies outside of it is cut off.
void blend(const Layer& layer, cv::Mat& picture);

}  // namespace closet
