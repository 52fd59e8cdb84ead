#pragma once

#include <memory>

#include <opencv2/core/types.hpp>

#include "infer/network_runner.h"
#include "infer/person_detector.h"
#include "infer/pose_model.h"
#include "infer/pose_models.h"

namespace closet {

/// MMPose's RTMPose, a top-down network for 17 keypoints of a person whose box is known. Crop and
/// decoding are MMPose's; the flip test of its published scores, a second pass over the mirrored
/// crop, is not run.
///
/// A sighting's keypoints have scores of 0..1 (a network's own may exceed 1). One that the decoder
/// rejects has a score of 0 and lies in the middle of the region, where the reference would put it
/// beyond the crop's corner and so stretch the person's box. Presence is the mean of the scores.
class RtmPose : public PoseModel {
  public:
    /// `network`: outputs simcc_x and simcc_y for crops of `input` size. `detector` finds people.
    RtmPose(std::unique_ptr<NetworkRunner> network, cv::Size input,
            std::unique_ptr<PersonDetector> detector);

    Skeleton skeleton() const override { return Skeleton::kCoco17; }
    float least_presence() const override;
    Region region_of_box(const Box& box, cv::Size picture) const override;
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override;
    std::vector<Sighting> read(std::span<const Look> looks) override;

  private:
    std::unique_ptr<NetworkRunner> network_;
    cv::Size input_;
    std::unique_ptr<PersonDetector> detector_;
};

/// For the list of models. `entry.files`: first the checkpoint. Where the options name no detector,
/// the first of person_detectors() serves.
std::unique_ptr<PoseModel> make_rtmpose(const InferOptions& options, const PoseModelEntry& entry,
                                        WorkerPool& workers);

/// What RTMPose expects of R G B pictures (PoseDataPreprocessor of its configs).
Normalisation rtmpose_normalisation();

/// What a look's outputs say. `simcc_x`, `simcc_y`: logits of the 17 keypoints of COCO, and after
/// them those of any others, which are not read; `input`: size of the crop. Throws ModelError for
/// fewer of them.
Sighting interpret_simcc(std::span<const float> simcc_x, std::span<const float> simcc_y,
                         const Region& region, cv::Size input);

}  // namespace closet
