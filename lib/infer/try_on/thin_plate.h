#pragma once

#include <span>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// A thin plate that is bent by moving 5 x 5 points: the spline of Bookstein 1989, as geometric
/// matching has it (cp-vton's networks.py, TpsGridGen), in float64.
///
/// Points lie at -reach .. reach on both axes; point 5 i + j is at (axis[i], axis[j]), so that x is
/// the slow index. With U(r) = r^2 ln(r^2), K = U(|Pi - Pj|), P = [1 Px Py]:
/// [W; A] = [[K P], [P^T 0]]^-1 [Q; 0], and a pixel at g looks at A [1 g] + sum_i W_i U(|g - P_i|).
class ThinPlate {
  public:
    static constexpr int kAcross = 5, kPoints = kAcross * kAcross;

    /// `reach`: 1 in CP-VTON, 0.9 in VITON-HD, where pixels reach no farther either.
    explicit ThinPlate(double reach);

    /// Where in the garment's picture each pixel of a picture of `size` looks, CV_32FC2, x and y of
    /// -1 .. 1 from edge to edge. `offsets`: by how much the points look aside, those across, then
    /// those down (2 * kPoints).
    cv::Mat grid(std::span<const float> offsets, cv::Size size) const;

    /// (kPoints + 3) x (kPoints + 3), CV_64FC1: the inverted matrix above.
    const cv::Mat& inverted() const { return inverted_; }

  private:
    double axis(int i) const { return reach_ * (2.0 * i / (kAcross - 1) - 1.0); }

    double reach_;
    cv::Mat inverted_;
};

}  // namespace closet
