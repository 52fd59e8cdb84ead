#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "infer/openpose/group_people.h"
#include "infer/pose_model.h"
#include "infer/run/network_runner.h"

namespace closet {

/// What OpenPose's network sees of a picture: half of the 368 pixels that it was trained on, in
/// height, and padded to multiples of 8.
struct OpenPoseView {
    cv::Size seen;   ///< pixels that show the picture
    cv::Size input;  ///< with the padding to the right and below
};
OpenPoseView openpose_view(cv::Size picture);

/// Writes what the network sees of a picture (CV_8UC3 R G B) into `input`: B G R, bicubic, padded
/// with 128, which becomes 0.
void show_openpose(const cv::Mat& rgb, cv::Mat& input);

/// OpenPose: everybody in a picture in one pass, whole, without a detector. `estimate` looks at the
/// whole picture too and gives the person who lies best in the region asked for; a picture that was
/// just looked at is not looked at again.
class OpenPose : public PoseModel {
  public:
    /// Makes the runner for inputs of a size: outputs directions and heat.
    using MakeRunner = std::function<std::unique_ptr<NetworkRunner>(cv::Size input)>;

    explicit OpenPose(MakeRunner make_runner) : make_runner_(std::move(make_runner)) {}

    Skeleton skeleton() const override { return Skeleton::kCoco17; }
    float least_presence() const override;
    Region region_of_box(const Box& box, cv::Size picture) const override;
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override;
    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override;

  private:
    /// The people in a picture.
    struct Seen {
        std::uint64_t picture = 0;  ///< a hash of its pixels
        std::vector<PoseEstimate> people;
    };
    /// Indices of `seen_`, one a picture.
    std::vector<std::size_t> look(std::span<const cv::Mat* const> pictures);
    void look_at(std::span<const cv::Mat* const> pictures, std::span<Seen> results);

    MakeRunner make_runner_;
    cv::Size input_;  ///< of `runner_`: pictures of a clip are of one size, so one is kept
    std::unique_ptr<NetworkRunner> runner_;
    std::vector<Seen> seen_;  ///< of the last call
};

}  // namespace closet
