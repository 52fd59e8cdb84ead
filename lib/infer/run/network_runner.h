#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>

#include "core/error.h"
#include "infer/infer_options.h"
#include "models/network.h"
#include "pipeline/worker_pool.h"

namespace closet {

/// A device had no memory left for a call. Whoever made the call may try again with fewer pictures.
class OutOfDeviceMemory : public ModelError {
  public:
    using ModelError::ModelError;
};

/// Writes input picture `index` of a call into `picture`: CV_8UC3 at the network's input size,
/// channels in the network's order, in memory that the runner owns.
using FillInput = std::function<void(std::size_t index, cv::Mat& picture)>;

/// What a FillInput writes, told instead of done: pixel (x, y) of the input shows the picture at
/// `picture_from_input` * (x, y, 1), by linear interpolation; whole numbers are pixel centers.
struct Crop {
    const cv::Mat* picture = nullptr;  ///< CV_8UC3
    cv::Matx23d picture_from_input;
    bool replicates = false;  ///< beyond the picture its edge goes on; else there is black
    bool mirrored = false;    ///< left and right of the input are swapped after that
};

/// What the network says about one picture: the values of each output, in the order of
/// RunnerSetup's network, axes as in the file. Valid during the call only.
using Outputs = std::span<const std::span<const float>>;
using TakeOutputs = std::function<void(std::size_t index, Outputs outputs)>;

/// Whether the network's last output is wanted for a picture; `others` are the outputs before it.
using WantsLastOutput = std::function<bool(std::size_t index, Outputs others)>;

/// Runs a network over any number of pictures, as fast as the device allows.
///
/// Pictures are made and results read through callbacks, so that both happen where the runner wants
/// them: in pinned memory, and on worker threads while the device computes.
class NetworkRunner {
  public:
    virtual ~NetworkRunner() = default;

    /// Calls fill(i) for i in 0..count-1, runs the network on all of them and calls take(i). Both
    /// callbacks run on any thread and several at a time, for different indices. When this throws,
    /// some pictures may have been taken already; filling and taking them again must be harmless.
    ///
    /// Where computing the last output costs something of its own, `wants_last` is asked first, and
    /// `take` gets that output empty if it is not wanted. Not every device asks.
    ///
    /// `crops`: what `fill` writes for each index, where it can be told; empty: it cannot. Devices
    /// that get fewer bytes that way (fewer_as_pictures) are sent the pictures and crop them, which
    /// gives nearly the same pixels; `fill` is not called then.
    virtual void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
                     const WantsLastOutput& wants_last = {}, std::span<const Crop> crops = {}) = 0;
};

/// Whether the pictures that crops are of, all of one size, have fewer bytes than the crops have as
/// inputs of `input` pixels: several people in a picture, or each of them mirrored too.
bool fewer_as_pictures(std::span<const Crop> crops, cv::Size input);

/// How a picture's bytes become a network's numbers: byte * scale + offset, for each channel in the
/// order in which the picture holds them.
struct Normalization {
    std::array<float, 3> scale{1.0F, 1.0F, 1.0F};
    std::array<float, 3> offset{};
};

/// The same for all channels.
Normalization uniform_normalization(float scale, float offset);

/// (byte - mean) / deviation.
Normalization standard_normalization(const std::array<double, 3>& mean,
                                     const std::array<double, 3>& deviation);

/// The same with ImageNet's, of R G B pictures: what networks expect whose backbones were trained
/// there (PoseDataPreprocessor of MMPose's configs, segmentation_models_pytorch, DeepLabV3+).
Normalization imagenet_normalization();

/// Writes the numbers of `pixels` (CV_8UC3, continuous) to `numbers`, as many as there are bytes.
void normalize(const cv::Mat& pixels, const Normalization& normalization, std::span<float> numbers);

/// A network and how its pictures become numbers.
struct RunnerSetup {
    std::shared_ptr<const Network> network;
    Normalization normalization;  ///< of the channels as `FillInput` writes them
    Device device{};              ///< where `network` lies
    int streams = 2;              ///< CUDA streams in flight
};

/// The device and type that `--device` and `--precision` ask for; all outputs. For int8, which is
/// for networks whose ranges are measured, it is float32. Throws as choose_device and
/// choose_precision do.
NetworkOptions network_options(const InferOptions& options);

/// The same for pose networks and detectors, which run in int8 where it is asked for, and are
/// watched where InferOptions has a watcher.
NetworkOptions pose_network_options(const InferOptions& options);

/// The runner for the setup's device. `workers` must outlive it.
std::unique_ptr<NetworkRunner> make_runner(const RunnerSetup& setup, WorkerPool& workers);

}  // namespace closet
