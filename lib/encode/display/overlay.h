#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>

#include "encode/display/layer.h"
#include "encode/display/window.h"

namespace closet {

/// Measures of everything written over a picture; they follow its shorter side, so that text is as
/// readable on a portrait clip as on a landscape one.
struct OverlayMetrics {
    explicit OverlayMetrics(cv::Size picture);

    cv::Size picture;
    int em = 0;       ///< size of text
    int margin = 0;   ///< between the picture's edge and a panel
    int padding = 0;  ///< between a panel's edge and its text
    int radius = 0;   ///< of a panel's corners
};

/// The single parts, each empty where there is nothing to show or no room for it.
Layer statistics_layer(const std::vector<std::string>& lines, const OverlayMetrics& metrics);
Layer message_layer(const std::string& message, const OverlayMetrics& metrics);
Layer recording_layer(const OverlayMetrics& metrics);
Layer help_layer(const OverlayMetrics& metrics);

/// Draws WindowText over pictures. Text is drawn anew only when it or the picture's size changed;
/// otherwise a picture costs no more than blending the panels.
class Overlay {
  public:
    void draw(cv::Mat& picture, const WindowText& text);

  private:
    cv::Size size_;
    WindowText text_;
    std::vector<Layer> layers_;
};

}  // namespace closet
