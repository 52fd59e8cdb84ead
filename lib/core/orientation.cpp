#include "core/orientation.h"

#include <cmath>
#include <cstring>
#include <numbers>

#include <fmt/format.h>
#include <opencv2/core.hpp>

namespace closet {

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

}  // namespace closet
