#pragma once

#include <optional>

#include <opencv2/core/types.hpp>

#include "core/pose.h"

namespace closet {

/// Follows straight lines through a person's mask, with positions in shown pixels. What lies
/// outside the mask or the picture is neither person nor ground: it is unknown.
class MaskRays {
  public:
    /// A ray: the points from + r * step; step is the shown pixels of one unit of r.
    struct Ray {
        cv::Point2d from, step;

        /// The point at r, shown pixels.
        cv::Point2d at(double r) const { return from + step * r; }
    };

    /// Nothing where the mask is empty, of another type than CV_8UC1, larger than kLargestSide or
    /// laid over the frame by numbers that are not finite. `frame`: the picture's size, empty where
    /// unknown; the end of a mask at the picture's border is no silhouette. The mask's pixels are
    /// shared and must outlive this.
    static std::optional<MaskRays> over(const PersonMask& mask, cv::Size frame);

    /// Whether the person is there; nothing where unknown.
    std::optional<bool> is_person(cv::Point2d at) const;

    /// The first r in begin..end where the probability, along the ray, falls below one half
    /// (`exit`) or reaches it (`entry`), between samples one mask pixel apart. Nothing where there
    /// is none before the ray's end or the edge of what is known, or where the ray does not begin
    /// on the other side.
    std::optional<double> exit(const Ray& ray, double begin, double end) const {
        return crossing(ray, begin, end, false);
    }
    std::optional<double> entry(const Ray& ray, double begin, double end) const {
        return crossing(ray, begin, end, true);
    }

    /// Mask pixels that `step` shown pixels cover.
    double mask_length(cv::Point2d step) const;

    static constexpr int kLargestSide = 4096;

  private:
    MaskRays(const PersonMask& mask, cv::Size frame);

    cv::Point2d to_mask(cv::Point2d at) const;
    bool is_known(cv::Point2d in_frame, cv::Point2d in_mask) const;
    bool clip(const Ray& ray, double& begin, double& end) const;
    double probability(cv::Point2d in_mask) const;
    std::optional<double> crossing(const Ray& ray, double begin, double end, bool into) const;

    const cv::Mat* pixels_;
    cv::Matx23d mask_from_shown_;
    cv::Point2d frame_low_, frame_high_;  ///< known part of the frame
    cv::Point2d mask_high_;               ///< last pixel's center
};

}  // namespace closet
