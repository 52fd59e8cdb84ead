#include "core/picture_geometry.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include <fmt/format.h>
#include <opencv2/core.hpp>
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

Orientation orientation_of(const std::uint8_t* display_matrix, std::size_t bytes) {
    std::array<std::int32_t, 9> matrix{};
    if (display_matrix == nullptr || bytes < sizeof matrix) {
        return {};
    }
    std::memcpy(matrix.data(), display_matrix, sizeof matrix);
    // A point (x, y) goes to (xx x + xy y, yx x + yy y).
    double xx = matrix[0], xy = matrix[3], yx = matrix[1], yy = matrix[4];
    const double width = std::hypot(xx, xy);
    const double height = std::hypot(yx, yy);
    const double area = xx * yy - xy * yx;
    if (!(width > 0) || !(height > 0) || area == 0) {
        return {};
    }
    Orientation orientation;
    orientation.mirrored = area < 0;
    if (orientation.mirrored) {
        xx = -xx;
        yx = -yx;
    }
    // Each axis at its own scale: some recorders write the shape of pixels here.
    const double angle = std::atan2(yx / height - xy / width, xx / width + yy / height);
    const auto quarters = static_cast<int>(std::lround(angle * 2 / std::numbers::pi));
    orientation.turn = (quarters % 4 + 4) % 4 * 90;
    return orientation;
}

Orientation orientation_of_exif(int tag) {
    // EXIF 2.3 tells on which sides the stored first row and first column are seen.
    constexpr std::array<Orientation, 9> kOfTag{{{},
                                                 {0, false},
                                                 {0, true},
                                                 {180, false},
                                                 {180, true},
                                                 {270, true},
                                                 {90, false},
                                                 {90, true},
                                                 {270, false}}};
    return tag >= 1 && tag <= 8 ? kOfTag[static_cast<std::size_t>(tag)] : Orientation{};
}

std::array<std::int32_t, 9> display_matrix_of(Orientation orientation, cv::Size stored) {
    constexpr std::int32_t kOne = 1 << 16, kLastOne = 1 << 30;
    const int cosine = orientation.turn == 0 ? 1 : orientation.turn == 180 ? -1 : 0;
    const int sine = orientation.turn == 90 ? 1 : orientation.turn == 270 ? -1 : 0;
    const int across = orientation.mirrored ? -1 : 1;
    const int xx = cosine * across, xy = -sine, yx = sine * across, yy = cosine;
    // The picture stays at the origin: what is mirrored is moved back.
    const auto back = [&](int of_width, int of_height) {
        return (of_width < 0 ? stored.width : 0) + (of_height < 0 ? stored.height : 0);
    };
    return {xx * kOne,           yx * kOne,           0,       xy * kOne, yy * kOne, 0,
            back(xx, xy) * kOne, back(yx, yy) * kOne, kLastOne};
}

std::string to_string(Orientation orientation) {
    if (orientation.turn == 0) {
        return orientation.mirrored ? "mirrored" : "";
    }
    return fmt::format("{}turned by {} degrees", orientation.mirrored ? "mirrored and " : "",
                       orientation.turn);
}

cv::Size turned(cv::Size stored, Orientation orientation) {
    return orientation.swaps_sides() ? cv::Size(stored.height, stored.width) : stored;
}

void turn_upright(const cv::Mat& stored, Orientation orientation, cv::Mat& target) {
    constexpr int kSwapColumns = 1, kSwapRows = 0;
    if (!orientation.mirrored) {
        switch (orientation.turn) {
            case 90:
                return cv::rotate(stored, target, cv::ROTATE_90_CLOCKWISE);
            case 180:
                return cv::rotate(stored, target, cv::ROTATE_180);
            case 270:
                return cv::rotate(stored, target, cv::ROTATE_90_COUNTERCLOCKWISE);
            default:
                return stored.copyTo(target);
        }
    }
    switch (orientation.turn) {
        case 90: {  // along the other diagonal
            cv::transpose(stored, target);
            return cv::flip(target, target, -1);
        }
        case 180:
            return cv::flip(stored, target, kSwapRows);
        case 270:
            return cv::transpose(stored, target);
        default:
            return cv::flip(stored, target, kSwapColumns);
    }
}

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
    // Edges lie half a pixel beside centers; rounding must not add a pixel.
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
