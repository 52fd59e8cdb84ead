#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <opencv2/core/mat.hpp>

namespace closet {

/// What is to be done to a stored picture so that it is seen as it was meant: its columns are
/// swapped where it is `mirrored`, then it is turned. Each of the eight ways in which a picture can
/// lie in its rectangle has one such value.
struct Orientation {
    int turn = 0;           ///< degrees clockwise: 0, 90, 180 or 270
    bool mirrored = false;  ///< left and right are swapped, before the turn

    /// The stored picture is shown as it is.
    bool is_upright() const { return turn == 0 && !mirrored; }
    /// Stored rows are seen as columns.
    bool swaps_sides() const { return turn % 180 != 0; }

    /// What undoes it: from what is shown to what is stored.
    Orientation inverse() const { return {mirrored ? turn : (360 - turn) % 360, mirrored}; }

    bool operator==(const Orientation&) const = default;
};

/// What a display matrix (nine 32-bit numbers, as libav has them) asks for. Angles between go to
/// the nearest quarter turn; no or a singular matrix asks for nothing.
Orientation orientation_of(const std::uint8_t* display_matrix, std::size_t bytes);

/// What EXIF's tag "Orientation" asks for: 1..8, others ask for nothing.
Orientation orientation_of_exif(int tag);

/// The display matrix of pictures of `stored` pixels that are to be shown so.
std::array<std::int32_t, 9> display_matrix_of(Orientation orientation, cv::Size stored);

/// "mirrored", "turned by 90 degrees", "mirrored and turned by 90 degrees"; empty where upright.
std::string to_string(Orientation orientation);

/// The size of a stored picture once it is shown.
cv::Size turned(cv::Size stored, Orientation orientation);

/// Shows a stored picture: `target` is created or reused and may not be `stored`. Each element is
/// moved as it is, whatever it holds.
void turn_upright(const cv::Mat& stored, Orientation orientation, cv::Mat& target);

}  // namespace closet
