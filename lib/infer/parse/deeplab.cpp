// DeepLabV3+ (VainF's DeepLabV3Plus-Pytorch) for Pascal VOC's classes, one of which is a person.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "infer/parse/planes.h"
#include "infer/pose_models.h"
#include "infer/run/network_runner.h"
#include "models/checkpoint/checkpoint.h"
#include "models/network_cache.h"
#include "models/networks/deeplabv3plus/deeplabv3plus.h"

namespace closet {
namespace {

/// People are taller than wide; each side is one above a multiple of the network's stride of 16, at
/// which it was trained (513).
const cv::Size kDeepLabInput(257, 513);

/// exp(logit of a person) over the sum of all classes', at each pixel of the map.
cv::Mat person_probability(std::span<const float> logits, cv::Size map, std::size_t classes) {
    if (logits.size() != static_cast<std::size_t>(map.area()) * classes) {
        throw ModelError(fmt::format("DeepLabV3+ gives {} values instead of {} x {} x {}",
                                     logits.size(), map.height, map.width, classes));
    }
    cv::Mat person(map, CV_32FC1);
    for (std::size_t i = 0; i < person.total(); ++i) {
        const auto pixel = logits.subspan(i * classes, classes);
        const float highest = *std::max_element(pixel.begin(), pixel.end());
        float sum = 0;
        for (const float logit : pixel) {
            sum += std::exp(logit - highest);
        }
        person.ptr<float>()[i] = std::exp(pixel[DeepLabArchitecture::kPerson] - highest) / sum;
    }
    return person;
}

class DeepLabSilhouettes final : public PersonParser {
  public:
    DeepLabSilhouettes(std::string name, std::unique_ptr<NetworkRunner> network, cv::Size map)
        : name_(std::move(name)), network_(std::move(network)), map_(map) {}

    std::string name() const override { return name_; }
    std::vector<PersonLabels> look(std::span<const ParseInput> inputs) override;

  private:
    std::string name_;
    std::unique_ptr<NetworkRunner> network_;
    cv::Size map_;
};

std::vector<PersonLabels> DeepLabSilhouettes::look(std::span<const ParseInput> inputs) {
    std::vector<PersonLabels> labels(inputs.size());
    network_->run(
        inputs.size(),
        [&](std::size_t i, cv::Mat& picture) {
            show_region(*inputs[i].picture, inputs[i].region, picture);
        },
        [&](std::size_t i, Outputs outputs) {
            const std::size_t classes = outputs[0].size() / static_cast<std::size_t>(map_.area());
            cv::Mat person = person_probability(outputs[0], map_, classes);
            // The network's own last step, which spreads the map over its input.
            cv::resize(person, person, kDeepLabInput, 0, 0, cv::INTER_LINEAR);
            const cv::Rect& region = inputs[i].region;
            labels[i].labels_from_shown = labels_from_picture(region);
            labels[i].of(Label::kPerson) =
                plane_of(person, {.region = region, .input = kDeepLabInput}, region);
        });
    return labels;
}

}  // namespace

/// For the list of silhouettes.
std::unique_ptr<PersonParser> make_deeplab(std::string_view name_or_path,
                                           const InferOptions& options, WorkerPool& workers) {
    const NetworkOptions on_device = network_options(options);
    const std::filesystem::path file =
        file_by_hand(name_or_path,
                     name_or_path.ends_with("resnet101")
                         ? "best_deeplabv3plus_resnet101_voc_os16.pth (VainF/DeepLabV3Plus-Pytorch)"
                         : "best_deeplabv3plus_mobilenet_voc_os16.pth "
                           "(VainF/DeepLabV3Plus-Pytorch)");
    const std::string source = file_source(file) + (options.allow_partial ? " partial" : "");
    const auto network = shared_network(network_key(source, on_device), [&] {
        DeepLab loaded =
            load_deeplab(*read_checkpoint(file),
                         {.allow_partial = options.allow_partial,
                          .input = std::pair{kDeepLabInput.width, kDeepLabInput.height}});
        if (loaded.architecture.classes <=
            static_cast<std::int64_t>(DeepLabArchitecture::kPerson)) {
            throw ModelError(fmt::format(
                "{} knows {} classes, and only networks for those of Pascal VOC, of which a person "
                "is one, can be used",
                file.string(), loaded.architecture.classes));
        }
        warn_of_start_values(loaded.keys, file.string(), to_string(loaded.architecture));
        return make_network(std::move(loaded.graph), on_device);
    });
    const auto& shape = network->outputs().at(0).shape;
    // ImageNet's mean and deviation, of 0..255 (the repository's predict.py).
    return std::make_unique<DeepLabSilhouettes>(
        std::string(name_or_path),
        make_runner({.network = network,
                     .normalization = imagenet_normalization(),
                     .device = on_device.device,
                     .streams = options.streams},
                    workers),
        cv::Size(static_cast<int>(shape.at(2)), static_cast<int>(shape.at(1))));
}

}  // namespace closet
