#include "core/picture_geometry.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core/fast_math.hpp>

namespace closet {
namespace {

constexpr double kOddestAspect = 4.0;

/// Wider pixels make the picture wider, never lower, and higher ones higher.
cv::Size with_square_pixels(cv::Size stored, double aspect) {
    if (aspect > 1.0) {
        stored.width = static_cast<int>(std::lround(stored.width * aspect));
    } else if (aspect < 1.0) {
        stored.height = static_cast<int>(std::lround(stored.height / aspect));
    }
    return stored;
}

/// From the picture of `size` to what is seen of it.
cv::Matx23d upright_from(cv::Size size, Orientation orientation) {
    const double right = size.width - 1;
    const double bottom = size.height - 1;
    const cv::Matx23d turn = orientation.turn == 90    ? cv::Matx23d(0, -1, bottom, 1, 0, 0)
                             : orientation.turn == 180 ? cv::Matx23d(-1, 0, right, 0, -1, bottom)
                             : orientation.turn == 270 ? cv::Matx23d(0, 1, 0, -1, 0, right)
                                                       : cv::Matx23d(1, 0, 0, 0, 1, 0);
    return orientation.mirrored ? compose(turn, {-1, 0, right, 0, 1, 0}) : turn;
}

}  // namespace

double pixel_aspect(AVRational sample_aspect_ratio) {
    if (sample_aspect_ratio.num <= 0 || sample_aspect_ratio.den <= 0) {
        return 1.0;
    }
    const double aspect = av_q2d(sample_aspect_ratio);
    return aspect <= kOddestAspect && aspect >= 1.0 / kOddestAspect ? aspect : 1.0;
}

PictureGeometry::PictureGeometry(cv::Size stored_size, AVRational pixel_aspect,
                                 Orientation how_it_lies)
    : orientation(how_it_lies),
      stored(stored_size),
      square(with_square_pixels(stored_size, closet::pixel_aspect(pixel_aspect))),
      shown(turned(square, orientation)) {
    // Edges stay in place, hence the half pixels.
    const double wider = static_cast<double>(square.width) / stored.width;
    const double higher = static_cast<double>(square.height) / stored.height;
    shown_from_stored = compose(upright_from(square, orientation),
                                {wider, 0, wider / 2 - 0.5, 0, higher, higher / 2 - 0.5});
    stored_from_shown = inverse(shown_from_stored);
}

cv::Rect PictureGeometry::stored_around(cv::Rect shown_pixels) const {
    // Edges lie half a pixel beside centres; rounding must not add a pixel.
    constexpr double kHalf = 0.5, kRounding = 1e-6;
    const cv::Point2d half(kHalf, kHalf);
    const cv::Point2d a = apply(stored_from_shown, cv::Point2d(shown_pixels.tl()) - half) + half;
    const cv::Point2d b = apply(stored_from_shown, cv::Point2d(shown_pixels.br()) - half) + half;
    const auto low = [](double p, double q) { return cvFloor(std::min(p, q) + kRounding); };
    const auto high = [](double p, double q) { return cvCeil(std::max(p, q) - kRounding); };
    return {cv::Point(low(a.x, b.x), low(a.y, b.y)), cv::Point(high(a.x, b.x), high(a.y, b.y))};
}

PictureGeometry geometry_of(const AVFrame& image, Orientation orientation) {
    return {{image.width, image.height}, image.sample_aspect_ratio, orientation};
}

cv::Matx23d compose(const cv::Matx23d& outer, const cv::Matx23d& inner) {
    const cv::Matx22d linear = outer.get_minor<2, 2>(0, 0);
    const cv::Matx23d moved = linear * inner;
    return moved + cv::Matx23d(0, 0, outer(0, 2), 0, 0, outer(1, 2));
}

cv::Matx23d inverse(const cv::Matx23d& affine) {
    const cv::Matx22d linear = affine.get_minor<2, 2>(0, 0).inv();
    const cv::Vec2d shift = linear * cv::Vec2d(affine(0, 2), affine(1, 2));
    return {linear(0, 0), linear(0, 1), -shift[0], linear(1, 0), linear(1, 1), -shift[1]};
}

cv::Point2d apply(const cv::Matx23d& affine, cv::Point2d point) {
    const cv::Vec2d moved = affine * cv::Vec3d(point.x, point.y, 1.0);
    return {moved[0], moved[1]};
}

}  // namespace closet
