// PAN with a MobileNetV3 (segmentation_models_pytorch, K. Takahashi's
// Skin-Clothes-Hair-Segmentation-using-SMP): three independent probabilities a pixel.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "infer/parse/planes.h"
#include "infer/pose_models.h"
#include "infer/run/network_runner.h"
#include "models/network_cache.h"

namespace closet {
namespace {

constexpr std::array kPanLabels{Label::kSkin, Label::kClothes, Label::kHair};

class SkinClothesHair final : public PersonParser {
  public:
    SkinClothesHair(std::string name, std::unique_ptr<NetworkRunner> network, cv::Size input)
        : name_(std::move(name)), network_(std::move(network)), input_(input) {}

    std::string name() const override { return name_; }
    std::vector<PersonLabels> look(std::span<const ParseInput> inputs) override;

  private:
    std::string name_;
    std::unique_ptr<NetworkRunner> network_;
    cv::Size input_;
};

std::vector<PersonLabels> SkinClothesHair::look(std::span<const ParseInput> inputs) {
    std::vector<PersonLabels> labels(inputs.size());
    network_->run(
        inputs.size(),
        [&](std::size_t i, cv::Mat& picture) {
            show_region(*inputs[i].picture, inputs[i].region, picture);
        },
        [&](std::size_t i, Outputs outputs) {
            const cv::Rect& region = inputs[i].region;
            labels[i].labels_from_shown = labels_from_picture(region);
            const MapPlace place{.region = region, .input = input_};
            for (std::size_t c = 0; c < kPanLabels.size(); ++c) {
                labels[i].of(kPanLabels[c]) =
                    plane_of(channel_of(outputs[0], input_, kPanLabels.size(), c), place, region);
            }
        });
    return labels;
}

}  // namespace

/// For the list of parsers.
std::unique_ptr<PersonParser> make_skin_clothes_hair(std::string_view name_or_path,
                                                     const InferOptions& options,
                                                     WorkerPool& workers) {
    const NetworkOptions on_device = network_options(options);
    const std::filesystem::path file = model_file(name_or_path);
    const auto network = shared_network(network_key(file_source(file), on_device),
                                        [&] { return load_onnx(file, on_device); });
    const cv::Size input = network->input_size();
    const std::vector<std::int64_t> expected{1, input.height, input.width,
                                             static_cast<std::int64_t>(kPanLabels.size())};
    const auto& outputs = network->outputs();
    if (outputs.size() != 1 || outputs[0].shape != expected) {
        throw ModelError(fmt::format(
            "{} is no network for skin, clothes and hair: that gives one map of {}, this file {} "
            "output(s), the first of {}",
            file.string(), fmt::join(expected, "x"), outputs.size(),
            outputs.empty() ? std::string("-")
                            : fmt::format("{}", fmt::join(outputs[0].shape, "x"))));
    }
    // ImageNet's mean and deviation, of 0..255 (README.md of the network's repository).
    return std::make_unique<SkinClothesHair>(std::string(name_or_path),
                                             make_runner({.network = network,
                                                          .normalization = imagenet_normalization(),
                                                          .device = on_device.device,
                                                          .streams = options.streams},
                                                         workers),
                                             input);
}

}  // namespace closet
