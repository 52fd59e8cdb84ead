#pragma once

#include <array>
#include <optional>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

#include "warp/paint/patch.h"

namespace closet {

/// Eyes, nose, corners of the mouth; the left ones as seen in the picture first (Face::points).
using FacePoints = std::array<cv::Point2f, 5>;

/// Note [Aligned faces]
/// Networks that restore faces see them upright in a square, with the five points where FFHQ's
/// pictures have them: eyes a quarter of the side apart, hair and chin within. A face is taken
/// there by a similarity (turn, scale, shift), and what the network makes of it goes back the same
/// way, under a mask that is soft towards the edges of the square. All of it as facexlib does it
/// (facexlib/utils/face_restoration_helper.py, bf52125, without its parsing network), but that a
/// face which is much larger or smaller than the square is shrunk by means of areas.
struct AlignedFace {
    /// Of the square that `kPoints` are given in, pixels.
    static constexpr double kSide = 512;
    /// The five points there (face_template of facexlib).
    static const FacePoints kPoints;

    cv::Matx23d square_from_picture;  ///< (x, y, 1) of the picture -> pixel of the square

    /// Picture pixels that lie on one side of the square.
    double side_px() const;

    template <class Archive>
    void serialize(Archive& archive) {
        archive(square_from_picture);
    }
};

/// The similarity that takes five points of a picture nearest to AlignedFace::kPoints, points that
/// do not fit the others left aside: OpenCV's estimateAffinePartial2D(LMEDS), with its 13 trials
/// and its random numbers, but a closed form at the end. `fits`: which points counted. Nothing
/// where points are not finite or lie on each other.
std::optional<AlignedFace> align(const FacePoints& points, std::array<bool, 5>* fits = nullptr);

/// The face in a picture (CV_8UC3 R G B) as a square of `side` x `side`; gray beyond the picture.
cv::Mat cut_face(const cv::Mat& picture, const AlignedFace& face, int side);

/// A restored square (CV_8UC3 R G B) as a patch for a picture of `size`: its alpha is full in the
/// middle and falls to 0 before the edges of the square, but not at those of the picture. Nothing
/// where no part lies in the picture.
std::optional<Patch> paste_face(const cv::Mat& restored, const AlignedFace& face, cv::Size size);

}  // namespace closet
