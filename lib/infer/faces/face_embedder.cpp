#include "infer/faces/face_embedder.h"

#include <cmath>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "infer/pose_models.h"
#include "infer/run/network_runner.h"
#include "models/checkpoint/checkpoint.h"
#include "models/network_cache.h"
#include "models/networks/families.h"
#include "models/networks/inception_resnet_v1/inception_resnet_v1.h"

namespace closet {
namespace {

/// Similarities from which on two faces are one person's.
/// MobileFaceNet: above the most alike faces of different people, measured, see
/// results/networks.md, "faces". InceptionResnetV1: a distance of 1,
/// what its makers' documentation calls the same face; the published weights could not be had to
/// measure it.
constexpr float kMobileFaceNetThreshold = 0.52F;
constexpr float kInceptionThreshold = 0.5F;

constexpr int kAlignedSide = 112;
constexpr std::int64_t kLeastNumbers = 16, kMostNumbers = 4096;  ///< of an embedding

std::shared_ptr<const Network> load_inception(const std::filesystem::path& file,
                                              const NetworkOptions& options, bool allow_partial) {
    const auto checkpoint = read_checkpoint(file);
    const StateDict state(checkpoint->tensors());
    const std::string name = file.string();
    std::optional<InceptionResnetV1Architecture> architecture;
    try {
        architecture = recognize_inception_resnet_v1(state);
    } catch (const ModelError& error) {
        throw ModelError(fmt::format("{} cannot be used: {}", name, error.what()));
    }
    if (!architecture) {
        throw ModelError(fmt::format(
            "{} {} is no network that tells faces apart: it must be an InceptionResnetV1 or a "
            ".tflite file for faces of {} x {} pixels (closet models inspect tells what it is)",
            flags::kFaceModel, name, kAlignedSide, kAlignedSide));
    }
    return make_network(load_network(describe(*architecture), state, name, allow_partial).graph,
                        options);
}

std::shared_ptr<const Network> load_aligned(const std::filesystem::path& file,
                                            const NetworkOptions& options) {
    auto network = load_tflite(file, options);
    if (network->input_size() != cv::Size(kAlignedSide, kAlignedSide) ||
        network->outputs().size() != 1) {
        throw ModelError(fmt::format(
            "{} {} takes pictures of {} x {} and gives {} results: it must take faces of {} x {} "
            "and give one",
            flags::kFaceModel, file.string(), network->input_size().width,
            network->input_size().height, network->outputs().size(), kAlignedSide, kAlignedSide));
    }
    return network;
}

/// Divided by its length; zeros where that is none.
Embedding normalized_embedding(std::span<const float> numbers) {
    double squares = 0;
    for (const float number : numbers) {
        squares += double{number} * number;
    }
    Embedding result(numbers.begin(), numbers.end());
    const double length = std::sqrt(squares);
    constexpr double kLeastLength = 1e-12;  // as the reference's normalize
    const bool usable = std::isfinite(length) && length > kLeastLength;
    for (float& number : result) {
        number = usable ? static_cast<float>(number / length) : 0.0F;
    }
    return result;
}

}  // namespace

FaceEmbedder::FaceEmbedder(const InferOptions& options, WorkerPool& workers) {
    const std::filesystem::path file = model_file(options.face_model);
    const NetworkOptions network_settings = network_options(options);
    aligned_ = file.extension() == ".tflite";
    name_ = aligned_ ? "mobilefacenet" : "inception-resnet-v1";
    threshold_ = aligned_ ? kMobileFaceNetThreshold : kInceptionThreshold;
    auto network = shared_network(
        network_key(file_source(file) + (options.allow_partial ? " partial" : ""),
                    network_settings),
        [&] {
            return aligned_ ? load_aligned(file, network_settings)
                            : load_inception(file, network_settings, options.allow_partial);
        });
    std::int64_t numbers = 1;
    for (const std::int64_t extent : network->outputs().at(0).shape) {
        numbers *= extent;
    }
    if (numbers < kLeastNumbers || numbers > kMostNumbers) {
        throw ModelError(fmt::format("{} {} makes {} numbers of a face, where {} to {} are usable",
                                     flags::kFaceModel, file.string(), numbers, kLeastNumbers,
                                     kMostNumbers));
    }
    // Both: (v - 127.5) / 128.
    runner_ = make_runner({.network = std::move(network),
                           .normalization = uniform_normalization(1.0F / 128, -127.5F / 128),
                           .device = network_settings.device,
                           .streams = options.streams},
                          workers);
}

FaceEmbedder::~FaceEmbedder() = default;

std::vector<Embedding> FaceEmbedder::embed(std::span<const FaceInPicture> faces) const {
    std::vector<Embedding> embeddings(faces.size());
    std::vector<char> shown(faces.size(), 1);  // not bool: written by several threads
    if (faces.empty()) {
        return embeddings;
    }
    runner_->run(
        faces.size(),
        [&](std::size_t i, cv::Mat& input) {
            if (aligned_) {
                align_face(*faces[i].picture, faces[i].face, input);
            } else {
                shown[i] = crop_face(*faces[i].picture, faces[i].face, input) ? 1 : 0;
            }
        },
        [&](std::size_t i, Outputs outputs) {
            embeddings[i] = normalized_embedding(outputs[0]);
            if (shown[i] == 0) {
                embeddings[i].assign(embeddings[i].size(), 0.0F);
            }
        });
    return embeddings;
}

}  // namespace closet
