#include "infer/parse/silhouette.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "infer/parse/label_people.h"
#include "infer/pose_models.h"

namespace closet {

// Each defined in its network's file.
MakeParser make_bodypix, make_deeplab;

namespace {

constexpr std::array kSilhouettes{
    ParserEntry{"bodypix", "a few milliseconds; smooth outlines", make_bodypix},
    ParserEntry{"deeplabv3plus", "finer outlines; slow", make_deeplab},
    ParserEntry{"deeplabv3plus-resnet101", "the finest; very slow", make_deeplab},
};

class SilhouetteModel final : public PoseModel {
  public:
    SilhouetteModel(std::unique_ptr<PoseModel> model, std::unique_ptr<PersonParser> network)
        : model_(std::move(model)), network_(std::move(network)) {}

    Skeleton skeleton() const override { return model_->skeleton(); }
    float least_presence() const override { return model_->least_presence(); }
    bool takes_flip_test() const override { return model_->takes_flip_test(); }
    Region region_of_box(const Box& box, cv::Size picture) const override {
        return model_->region_of_box(box, picture);
    }
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override {
        return model_->find(pictures);
    }
    std::vector<std::vector<Region>> find_bodies(std::span<const cv::Mat> pictures) override {
        return model_->find_bodies(pictures);
    }
    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override;

  private:
    std::unique_ptr<PoseModel> model_;
    std::unique_ptr<PersonParser> network_;
};

std::vector<PoseEstimate> SilhouetteModel::estimate(std::span<const PoseInput> inputs) {
    std::vector<PoseEstimate> estimates = model_->estimate(inputs);
    std::vector<ParseInput> looks;
    std::vector<PoseEstimate*> people;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        PoseEstimate& estimate = estimates[i];
        if (estimate.presence < model_->least_presence()) {
            continue;
        }
        if (!wants_mask(inputs[i], estimate.region)) {
            estimate.mask_left_out = true;
            continue;
        }
        if (const auto region =
                region_of_keypoints(estimate.keypoints, inputs[i].picture->size())) {
            looks.push_back({inputs[i].picture, *region});
            people.push_back(&estimate);
        }
    }
    if (looks.empty()) {
        return estimates;
    }
    std::vector<PersonLabels> labels = network_->look(looks);
    for (std::size_t i = 0; i < people.size(); ++i) {
        people[i]->mask = std::move(labels[i].of(Label::kPerson));
        people[i]->mask_from_view = labels[i].labels_from_shown;
    }
    return estimates;
}

std::unique_ptr<PersonParser> make_silhouette(std::string_view name, const InferOptions& options,
                                              WorkerPool& workers) {
    const auto known = std::find_if(kSilhouettes.begin(), kSilhouettes.end(),
                                    [&](const ParserEntry& entry) { return entry.name == name; });
    if (known != kSilhouettes.end()) {
        return known->make(name, options, workers);
    }
    const std::string file = model_file(name).string();
    return file.ends_with(".onnx") ? make_bodypix(name, options, workers)
                                   : make_deeplab(name, options, workers);
}

}  // namespace

std::span<const ParserEntry> silhouettes() {
    return kSilhouettes;
}

void check_silhouette(std::string_view name) {
    const bool is_known = std::any_of(kSilhouettes.begin(), kSilhouettes.end(),
                                      [&](const ParserEntry& entry) { return entry.name == name; });
    if (is_known || name == parser_names::kAuto || name == parser_names::kNone ||
        (!name.empty() && names_file(name)) || names_own_model(name)) {
        return;
    }
    std::vector<std::string_view> names{parser_names::kAuto, parser_names::kNone};
    for (const ParserEntry& entry : kSilhouettes) {
        names.push_back(entry.name);
    }
    throw ConfigError(fmt::format(
        "{} {} is unknown; there are {}, what you imported with closet models import, or the path "
        "of a file",
        flags::kSilhouette, name.empty() ? "''" : name, fmt::join(names, ", ")));
}

std::unique_ptr<PoseModel> with_silhouettes(std::unique_ptr<PoseModel> model,
                                            const InferOptions& options, WorkerPool& workers) {
    if (!options.masks || options.silhouette == parser_names::kNone ||
        options.silhouette == parser_names::kAuto) {
        return model;
    }
    return with_silhouettes(std::move(model),
                            make_silhouette(options.silhouette, options, workers));
}

std::unique_ptr<PoseModel> with_silhouettes(std::unique_ptr<PoseModel> model,
                                            std::unique_ptr<PersonParser> network) {
    return std::make_unique<SilhouetteModel>(std::move(model), std::move(network));
}

}  // namespace closet
