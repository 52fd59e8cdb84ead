#pragma once

#include <cstddef>
#include <span>

#include <opencv2/core/mat.hpp>

#include "infer/parse/parser.h"

namespace closet {

/// What a network saw, and where the pixels of its output lie on that.
struct MapPlace {
    cv::Rect region;    ///< of the picture
    cv::Size input;     ///< of the network, pixels: the region, resized
    double stride = 1;  ///< input pixels from one pixel of the output to the next
    double first = 0;   ///< input pixel (column and row) on which the output's first one lies
};

/// Writes what a network sees of a region: resized without keeping its proportions, averaged where
/// that makes it smaller, else bilinear (as parsing.md's prototype). `target`: CV_8UC3 of the
/// network's size.
void show_region(const cv::Mat& picture, const cv::Rect& region, cv::Mat& target);

/// Channel `channel` of a network's output for one picture: `values` are rows x columns x channels,
/// as the result a CV_32FC1 of its own. Throws ModelError where there are not so many values.
cv::Mat channel_of(std::span<const float> values, cv::Size map, std::size_t channels,
                   std::size_t channel);

/// The plane that `region` gets of a network's output: CV_8UC1, kLabelPoints squared. `map`:
/// CV_32FC1, 0..1; what is no number becomes 0. Where the region reaches beyond the map, its edge
/// goes on.
cv::Mat plane_of(const cv::Mat& map, const MapPlace& place, const cv::Rect& region);

}  // namespace closet
