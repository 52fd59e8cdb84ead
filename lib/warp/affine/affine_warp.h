#pragma once

#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "core/garment.h"
#include "warp/warps.h"

namespace closet {

/// Where a garment's shoulders go on a person, from the shoulders and a hint of "below" only.
/// Left and right labels are not used: detectors swap them (36 of 100 frames of the study's clip),
/// and a garment is never put on mirrored.
struct ShoulderFit {
    cv::Point2d middle;  ///< between the shoulders, shown pixels
    cv::Point2d across;  ///< unit vector, from the garment's picture-left shoulder to the other
    cv::Point2d down;    ///< unit vector, a quarter turn clockwise (on screen) from `across`
    double width = 0;    ///< between the shoulders, shown pixels
    double length = 0;   ///< the shoulder width that the garment's length follows, shown pixels
};

/// Nothing where a shoulder's score is below `min_score`, a coordinate is not finite, or both
/// shoulders coincide without a torso to tell the size.
std::optional<ShoulderFit> fit_shoulders(const Pose& pose, cv::Size picture, float min_score);

/// The reference system's warp: one flat sheet through three points, the shoulders and a point
/// below their middle. The garment is shrunk to 10 px steps of shoulder width and the last 5 steps
/// are kept; an affine map takes the kept picture to the exact points, so steps never show as
/// motion.
class AffineWarp final : public GarmentWarp {
  public:
    /// Garment shoulders to the distance of the shoulder joints, as in the reference system.
    static constexpr double kShoulderFactor = 1.25;
    static constexpr int kStepPx = 10;
    static constexpr std::size_t kCachedSteps = 5;

    /// Throws ConfigError for a garment without shoulder anchors. No option concerns it.
    AffineWarp(std::shared_ptr<const Garment> garment, const GarmentWarpOptions& options);

    std::optional<Patch> warp(const Wearer& wearer, cv::Size picture) override;

    /// Garment pixels (x, y, 1) to shown pixels for a fit.
    cv::Matx23d frame_from_garment(const ShoulderFit& fit) const;

  private:
    struct Resized {
        int step = 0;  ///< garment's shoulder width in steps of kStepPx; 0 for the full size
        cv::Mat bordered;
    };
    const cv::Mat& resized(int step);

    /// The reference system hangs its sheet from points that go to the shoulder joints. The anchors
    /// of a garment whose armpits are known are its seams: they lie above the joints and, on a
    /// fitted garment, nearer to each other. Moves them to where the joints are, so that the chest
    /// (armpit to armpit, garment pixels) gets a body's width.
    void hang_by_seams(cv::Point2d chest);

    std::shared_ptr<const Garment> garment_;
    cv::Point2d right_, left_;     ///< shoulder anchors, garment pixels; right_ is picture-left
    cv::Rect visible_;             ///< the part of the garment that is not transparent
    std::vector<cv::Mat> halves_;  ///< that part at full, half, quarter ... size
    std::list<Resized> cache_;     ///< most recently used first
    cv::Mat canvas_;               ///< pixels of the last patch; grows, never shrinks
};

}  // namespace closet
