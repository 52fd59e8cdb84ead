#include "warp/mesh/texture.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <opencv2/imgproc.hpp>

namespace closet::mesh {
namespace {

/// Smaller halves are of no use: a garment of 8 pixels is a dot.
constexpr int kSmallestLevel = 8;

std::uint8_t divided(unsigned product) {
    return static_cast<std::uint8_t>((product + 127) / 255);
}

cv::Mat premultiplied(const cv::Mat& rgba, const cv::Mat& weight) {
    cv::Mat result(rgba.size(), CV_8UC4);
    for (int y = 0; y < rgba.rows; ++y) {
        const auto* from = rgba.ptr<cv::Vec4b>(y);
        const auto* share = weight.ptr<std::uint8_t>(y);
        auto* to = result.ptr<cv::Vec4b>(y);
        for (int x = 0; x < rgba.cols; ++x) {
            const unsigned alpha = divided(unsigned{from[x][3]} * share[x]);
            to[x] = {divided(from[x][0] * alpha), divided(from[x][1] * alpha),
                     divided(from[x][2] * alpha), static_cast<std::uint8_t>(alpha)};
        }
    }
    return result;
}

/// Half the size, odd sizes rounded up: pixel i is the mean of pixels 2i and 2i + 1 (transparent
/// beyond the picture).
cv::Mat halved(const cv::Mat& image) {
    cv::Mat even;
    cv::copyMakeBorder(image, even, 0, image.rows % 2, 0, image.cols % 2, cv::BORDER_CONSTANT);
    cv::Mat half;
    cv::resize(even, half, {even.cols / 2, even.rows / 2}, 0, 0, cv::INTER_AREA);
    return half;
}

}  // namespace

std::size_t Texture::level_for(double scale) const {
    const double halvings = scale > 0 ? std::floor(-std::log2(scale)) : 0.0;
    return static_cast<std::size_t>(
        std::clamp(halvings, 0.0, std::max(static_cast<double>(level.size()) - 1.0, 0.0)));
}

Texture make_texture(const cv::Mat& rgba, const cv::Mat& weight, const cv::Rect& where) {
    Texture texture;
    texture.where = where;
    cv::Mat image(where.size(), CV_8UC4, cv::Scalar::all(0));
    const cv::Rect inside = where & cv::Rect({0, 0}, rgba.size());
    if (!inside.empty()) {
        premultiplied(rgba(inside), weight(inside)).copyTo(image(inside - where.tl()));
    }
    while (true) {
        cv::Mat bordered;
        cv::copyMakeBorder(image, bordered, Texture::kBorder, Texture::kBorder, Texture::kBorder,
                           Texture::kBorder, cv::BORDER_CONSTANT);
        texture.level.push_back(bordered);
        if (std::min(image.rows, image.cols) < 2 * kSmallestLevel) {
            return texture;
        }
        image = halved(image);
    }
}

}  // namespace closet::mesh
