#pragma once

#include <functional>
#include <memory>

#include <opencv2/core/mat.hpp>

#include "infer/pose_model.h"
#include "infer/region.h"
#include "infer/run/network_runner.h"

namespace closet {

/// MediaPipe's BlazePose: a detector for one prominent person and a landmark network with 33 points
/// (lite, full or heavy). Same results as its C++ graph on the CPU, see tests/infer.
class BlazePose : public PoseModel {
  public:
    /// `detector` gives boxes and scores; `landmarks` gives landmarks, presence, heat map and, when
    /// `masks` is set, the segmentation. `bodies` makes what finds people without a head when that
    /// is first asked for; it may be empty.
    BlazePose(std::unique_ptr<NetworkRunner> detector, std::unique_ptr<NetworkRunner> landmarks,
              bool masks, std::function<std::unique_ptr<PersonDetector>()> bodies = nullptr);

    Skeleton skeleton() const override { return Skeleton::kBlazePose33; }
    float least_presence() const override { return 0.5F; }  // MediaPipe's default
    Region region_of_box(const Box& box, cv::Size picture) const override;
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override;
    std::vector<std::vector<Region>> find_bodies(std::span<const cv::Mat> pictures) override;
    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override;

  private:
    std::unique_ptr<NetworkRunner> detector_;
    std::unique_ptr<NetworkRunner> landmarks_;
    bool masks_;
    std::function<std::unique_ptr<PersonDetector>()> make_bodies_;
    std::unique_ptr<PersonDetector> bodies_;  ///< null before it is asked for
};

/// What a crop shows outside of the picture.
enum class Border {
    kBlack,      ///< the detector's rule
    kReplicate,  ///< the landmark network's rule
};

/// Writes the region of an RGB picture, turned upright, into `crop` (CV_8UC3, square, allocated by
/// the caller). Bilinear with OpenCV's fixed-point positions (1/32 pixel), which is what MediaPipe
/// runs: with exact positions its landmarks come out up to 27 px elsewhere on badly seen points.
void crop_region(const cv::Mat& rgb, const Region& region, Border border, cv::Mat& crop);

}  // namespace closet
