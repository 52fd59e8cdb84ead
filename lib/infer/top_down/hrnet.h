#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <opencv2/core/types.hpp>

#include "infer/pose_model.h"
#include "infer/run/network_runner.h"
#include "infer/top_down/body_crop.h"

namespace closet {

/// How a heat map's peak becomes a point. Both move it a quarter of a cell towards the higher
/// neighbor along each axis; they differ beside the border.
enum class HeatmapRule {
    kOriginal,  ///< where the peak is off the border along both axes (HRNet's repository,
                ///< lib/core/inference.py)
    kMmpose     ///< along each axis by itself (MMPose's refine_keypoints)
};

/// Reads keypoints off heat maps, rows x columns x points: the first highest cell and its value.
/// Coordinates are cells. A point whose values are not all finite, or not one above 0, is rejected
/// and lies at (0, 0) by the original's rule and at (-1, -1) by MMPose's.
std::vector<CropPoint> decode_heatmaps(std::span<const float> maps, cv::Size cells,
                                       std::size_t points, HeatmapRule rule);

/// The mean of heat maps and of those of the mirror image, turned back: sides exchanged, and one
/// column to the right, since the network's cells do not lie symmetrically (SHIFT_HEATMAP).
std::vector<float> mean_with_mirrored(std::span<const float> maps, std::span<const float> mirrored,
                                      cv::Size cells, std::size_t points);

/// HRNet, a top-down network for the 17 keypoints of a person whose box is known.
class HrnetPose : public TopDownPose {
  public:
    /// As TopDownPose. `network`: output heatmap.
    HrnetPose(std::unique_ptr<NetworkRunner> network, cv::Size input, HeatmapRule rule,
              std::unique_ptr<PersonDetector> detector, bool flip_test)
        : TopDownPose(std::move(network), input, std::move(detector), flip_test), rule_(rule) {}

    float least_presence() const override;

  protected:
    PoseEstimate interpret(Outputs upright, Outputs mirrored, const Region& region) const override;

  private:
    HeatmapRule rule_;
};

}  // namespace closet
