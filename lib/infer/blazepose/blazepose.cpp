#include "infer/blazepose/blazepose.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <numbers>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "infer/blazepose/detection.h"
#include "infer/blazepose/landmarks.h"
#include "infer/pose_models.h"
#include "infer/run/runners.h"
#include "models/network.h"
#include "models/network_cache.h"

namespace closet {
namespace {

constexpr float kLeastScore = 0.5F;    // min_score_thresh of the detector's graph
constexpr float kLeastOverlap = 0.3F;  // its min_suppression_threshold

/// From the longer side of a person's box to that of the region. Measured with RTMDet-nano's boxes
/// of 50 people in 13 pictures: the regions into which the landmark network settles have a median
/// of 1.48 (1.2 to 1.5 where the whole person is seen, 1.8 to 2 where the picture cuts the legs
/// off). From 1.5 the first estimate recognizes 45 of them, from 1.25 42 and from 1.0 36.
constexpr double kBoxToSide = 1.5;

/// Positions in the files' lists of outputs.
const std::vector<std::size_t> kDetectorOutputs{0, 1};
constexpr std::size_t kLandmarksOutput = 0, kPresenceOutput = 1, kMaskOutput = 2,
                      kHeatMapOutput = 3;

PoseEstimate interpret(Outputs outputs, const Region& region, bool masks) {
    Landmarks landmarks = decode_landmarks(outputs[0]);
    refine_landmarks(landmarks, outputs[2]);
    landmarks = to_view(landmarks, region);
    PoseEstimate estimate;
    estimate.presence = outputs[1].front();
    estimate.region = region_of_landmarks(landmarks);
    estimate.keypoints.reserve(keypoint_count(Skeleton::kBlazePose33));
    for (std::size_t i = 0; i < keypoint_count(Skeleton::kBlazePose33); ++i) {
        const Landmark& landmark = landmarks[i];
        estimate.keypoints.push_back(
            {static_cast<float>(landmark.x), static_cast<float>(landmark.y),
             static_cast<float>(landmark.z),
             static_cast<float>(std::min(landmark.visibility, landmark.presence))});
    }
    estimate.mask_left_out = masks && outputs[3].empty();
    if (masks && !estimate.mask_left_out) {
        estimate.mask = person_probability(outputs[3], kLandmarkCropSize);
        estimate.mask_from_view = crop_from_view(region, kLandmarkCropSize);
    }
    return estimate;
}

}  // namespace

BlazePose::BlazePose(std::unique_ptr<NetworkRunner> detector,
                     std::unique_ptr<NetworkRunner> landmarks, bool masks,
                     std::function<std::unique_ptr<PersonDetector>()> bodies)
    : detector_(std::move(detector)),
      landmarks_(std::move(landmarks)),
      masks_(masks),
      make_bodies_(std::move(bodies)) {}

Region BlazePose::region_of_box(const Box& box, cv::Size) const {
    return {.center = {box.x + box.width / 2.0, box.y + box.height / 2.0},
            .side = kBoxToSide * std::max(box.width, box.height),
            .rotation = 0};
}

std::vector<std::vector<Region>> BlazePose::find(std::span<const cv::Mat> pictures) {
    std::vector<std::vector<Region>> regions(pictures.size());
    detector_->run(
        pictures.size(),
        [&](std::size_t i, cv::Mat& input) {
            crop_region(pictures[i], letterbox(pictures[i].size()), Border::kBlack, input);
        },
        [&](std::size_t i, Outputs outputs) {
            for (const Detection& person : merge_overlapping(
                     decode_detections(outputs[0], outputs[1], kLeastScore), kLeastOverlap)) {
                const Region region = region_of_detection(person, pictures[i].size());
                if (is_usable(region, pictures[i].size())) {
                    regions[i].push_back(region);
                }
            }
        });
    return regions;
}

std::vector<std::vector<Region>> BlazePose::find_bodies(std::span<const cv::Mat> pictures) {
    if (!make_bodies_ || pictures.empty()) {
        return PoseModel::find_bodies(pictures);
    }
    if (bodies_ == nullptr) {
        bodies_ = make_bodies_();
    }
    return regions_of_people(*bodies_, *this, pictures);
}

std::vector<PoseEstimate> BlazePose::estimate(std::span<const PoseInput> inputs) {
    std::vector<PoseEstimate> estimates(inputs.size());
    const WantsLastOutput wants_last = [&](std::size_t i, Outputs others) {
        return wants_mask(inputs[i], interpret(others, inputs[i].region, false).region);
    };
    std::vector<Crop> crops;
    for (const PoseInput& input : inputs) {
        crops.push_back(
            {.picture = input.picture,
             .picture_from_input = inverse(crop_from_view(input.region, kLandmarkCropSize)),
             .replicates = true});
    }
    landmarks_->run(
        inputs.size(),
        [&](std::size_t i, cv::Mat& input) {
            crop_region(*inputs[i].picture, inputs[i].region, Border::kReplicate, input);
        },
        [&](std::size_t i, Outputs outputs) {
            estimates[i] = interpret(outputs, inputs[i].region, masks_);
        },
        masks_ ? wants_last : WantsLastOutput(), crops);
    return estimates;
}

/// For the list of models. `entry.files`: detector, landmarks.
std::unique_ptr<PoseModel> make_blazepose(const InferOptions& options, const PoseModelEntry& entry,
                                          WorkerPool& workers) {
    const auto runner = [all = pose_network_options(options), streams = options.streams, &workers](
                            const std::filesystem::path& file, std::vector<std::size_t> outputs,
                            float scale, float offset) {
        NetworkOptions network = all;
        network.outputs = std::move(outputs);
        return make_runner({.network = shared_network(network_key(file_source(file), network),
                                                      [&] { return load_tflite(file, network); }),
                            .normalization = uniform_normalization(scale, offset),
                            .device = network.device,
                            .streams = streams},
                           workers);
    };
    std::vector<std::size_t> outputs{kLandmarksOutput, kPresenceOutput, kHeatMapOutput};
    if (options.masks) {
        outputs.push_back(kMaskOutput);
    }
    // The detector's input runs from -1 to 1, that of the landmark network from 0 to 1. Where
    // another detector finds the people, this one is not even loaded; a file that is missing is
    // told now.
    auto detector = std::make_unique<LazyRunner>([runner, file = model_file(entry.files.at(0))] {
        return runner(file, kDetectorOutputs, 2.0F / 255.0F, -1.0F);
    });
    std::function<std::unique_ptr<PersonDetector>()> bodies;
    if (const auto name = body_detector_here()) {
        bodies = [name = *name, options, &workers] {
            return make_person_detector(name, options, workers);
        };
    }
    return std::make_unique<BlazePose>(
        std::move(detector),
        runner(model_file(entry.files.at(1)), std::move(outputs), 1.0F / 255.0F, 0.0F),
        options.masks, std::move(bodies));
}

void crop_region(const cv::Mat& rgb, const Region& region, Border border, cv::Mat& crop) {
    // ImageToTensorConverterOpenCV of MediaPipe, in its order of the corners and its precisions.
    const auto side = static_cast<float>(region.side);
    const cv::RotatedRect rectangle(cv::Point2f(region.center), {side, side},
                                    static_cast<float>(region.rotation * 180.0 / std::numbers::pi));
    std::array<cv::Point2f, 4> from;
    rectangle.points(from.data());
    const auto size = static_cast<float>(crop.cols);
    const std::array<cv::Point2f, 4> to{cv::Point2f(0, size), {0, 0}, {size, 0}, {size, size}};
    cv::warpPerspective(rgb, crop, cv::getPerspectiveTransform(from.data(), to.data()), crop.size(),
                        cv::INTER_LINEAR,
                        border == Border::kBlack ? cv::BORDER_CONSTANT : cv::BORDER_REPLICATE);
}

}  // namespace closet
