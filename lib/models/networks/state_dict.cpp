#include "models/networks/state_dict.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>

namespace closet {
namespace {

bool is_left_aside(std::string_view key) {
    constexpr std::array<std::string_view, 6> kSides{"ema_state_dict.", "best_state_dict.",
                                                     "optimizer.",      "optimizer_state.",
                                                     "teacher.",        "data_preprocessor."};
    return key.ends_with(".num_batches_tracked") ||
           std::any_of(kSides.begin(), kSides.end(),
                       [&](std::string_view side) { return key.starts_with(side); });
}

// What stands before one of the names that every network of a family has.
std::optional<std::string_view> prefix_of(std::string_view key) {
    constexpr std::array<std::string_view, 20> kAnchors{
        "backbone.stem.0.conv.weight",
        "head.cls_x.weight",
        "bbox_head.rtm_cls.0.weight",
        "stage1.rebnconvin.conv_s1.weight",
        "xception_features.conv1.weight",
        "lin0.model.1.weight",
        "backbone.transition1.0.0.weight",
        "transition1.0.0.weight",
        "Mconv7_stage6_L2.weight",
        "classifier.classifier.3.weight",
        "extractionA.model.0.weight",
        "model.model.1.model.3.model.3.model.3.model.3.model.1.weight",
        "conv9.6.weight",
        "head_0.norm_0.conv_shared.0.weight",
        "stylegan_decoder.constant_input.weight",
        "token_embedding.weight",
        "mask_decoder.iou_token.weight",
        "conv2d_1a.conv.weight",
        "prelu1.weight",
        "features.0.weight"};
    for (const std::string_view anchor : kAnchors) {
        if (!key.ends_with(anchor)) {
            continue;
        }
        const std::string_view prefix = key.substr(0, key.size() - anchor.size());
        if (prefix.empty() || prefix.back() == '.') {
            return prefix;
        }
    }
    return std::nullopt;
}

// The shortest one: of two sets of weights the outer one is the network's.
std::string find_prefix(std::span<const TensorEntry> tensors) {
    std::optional<std::string_view> best;
    for (const TensorEntry& tensor : tensors) {
        const auto prefix = is_left_aside(tensor.key) ? std::nullopt : prefix_of(tensor.key);
        if (prefix && (!best || prefix->size() < best->size())) {
            best = prefix;
        }
    }
    return std::string(best.value_or(""));
}

}  // namespace

StateDict::StateDict(std::span<const TensorEntry> tensors) : prefix_(find_prefix(tensors)) {
    for (const TensorEntry& tensor : tensors) {
        const std::string_view key = tensor.key;
        const bool inside = key.starts_with(prefix_);
        if (is_left_aside(key) || (inside && is_left_aside(key.substr(prefix_.size())))) {
            ++left_aside_;
        } else if (inside) {
            tensors_.emplace(key.substr(prefix_.size()), &tensor);
        } else {
            strangers_.emplace_back(key);
        }
    }
}

const TensorEntry* StateDict::find(std::string_view key) const {
    const auto found = tensors_.find(key);
    return found == tensors_.end() ? nullptr : found->second;
}

std::vector<float> Parameters::take(const std::string& key, const Shape& shape, float start) {
    const Request& request = requests_.emplace_back(key, shape, state_.find(key));
    if (surveys()) {
        return {};
    }
    if (request.fits()) {
        return to_floats(*request.found);
    }
    const auto count =
        std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    return std::vector<float>(static_cast<std::size_t>(count), start);
}

}  // namespace closet
