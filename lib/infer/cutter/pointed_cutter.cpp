#include "infer/cutter/pointed_cutter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <opencv2/core.hpp>

#include "core/sha256.h"
#include "infer/cutter/kept_embedding.h"
#include "infer/cutter/resample.h"
#include "infer/pose_models.h"
#include "models/functional/mobile_sam.h"
#include "models/network_cache.h"

namespace closet {
namespace {

/// The longer side as long as the network's picture, rounded as its predictor does it.
cv::Size sam_size(cv::Size picture) {
    const double scale =
        static_cast<double>(MobileSamArchitecture::kSide) / std::max(picture.width, picture.height);
    return {std::max(1, static_cast<int>(picture.width * scale + 0.5)),
            std::max(1, static_cast<int>(picture.height * scale + 0.5))};
}

SamPrompt prompt_of(const Pointing& pointing) {
    const auto number = [](double x) { return static_cast<float>(x); };
    SamPrompt prompt;
    for (const cv::Point2d& point : pointing.inside) {
        prompt.points.push_back({number(point.x), number(point.y), true});
    }
    for (const cv::Point2d& point : pointing.outside) {
        prompt.points.push_back({number(point.x), number(point.y), false});
    }
    if (pointing.box) {
        const auto& box = *pointing.box;
        prompt.box = {number(box.x), number(box.y), number(box.x + box.width),
                      number(box.y + box.height)};
    }
    return prompt;
}

/// One of the four, 1 x 1 x 256 x 256.
at::Tensor best_mask(const SamMasks& masks, const SamPrompt& prompt) {
    const bool is_clear = prompt.box || prompt.points.size() > 1;
    const std::int64_t best =
        is_clear ? 0 : 1 + masks.scores[0].slice(0, 1).argmax().item<std::int64_t>();
    return masks.logits.narrow(1, best, 1);
}

/// Changes with the picture and the network.
std::string name_of_sight(const cv::Mat& resized, const std::string& source) {
    Sha256 sum;
    const std::array<std::int32_t, 2> size{resized.cols, resized.rows};
    sum.add(source.data(), source.size() + 1);
    sum.add(size.data(), sizeof size);
    sum.add(resized.data, resized.total() * resized.elemSize());
    return sum.hex();
}

}  // namespace

PointedCutter::PointedCutter(std::shared_ptr<const MobileSamNetwork> network, std::string name,
                             std::string source)
    : network_(std::move(network)), name_(std::move(name)), source_(std::move(source)) {}

void PointedCutter::see(const cv::Mat& resized) {
    std::string name = name_of_sight(resized, source_);
    if (name == seen_) {
        return;
    }
    const auto numbers = static_cast<std::size_t>(
        network_->architecture.width * MobileSamArchitecture::kGrid * MobileSamArchitecture::kGrid);
    if (auto kept = find_kept_embedding(name, numbers)) {
        embedding_ = *std::move(kept);
    } else {
        const at::Tensor bytes =
            at::from_blob(resized.data, {1, resized.rows, resized.cols, 3}, at::kByte)
                .permute({0, 3, 1, 2});
        const at::Tensor made = mobile_sam_embedding(*network_, mobile_sam_input(bytes));
        embedding_.assign(made.data_ptr<float>(), made.data_ptr<float>() + made.numel());
        ++encoded_;
        keep_embedding(name, embedding_);
    }
    seen_ = std::move(name);
}

cv::Mat PointedCutter::logits(const cv::Mat& rgb, const Pointing& pointing) {
    const c10::InferenceMode inference;
    const cv::Mat resized = resample(rgb, sam_size(rgb.size()), ResampleFilter::kBilinear);
    const SamPrompt prompt =
        prompt_of(pointing.scaled(static_cast<double>(resized.cols) / rgb.cols,
                                  static_cast<double>(resized.rows) / rgb.rows));
    const SamPromptEmbedding embedded = embed_prompt(*network_, prompt);
    see(resized);
    const at::Tensor embedding =
        at::from_blob(embedding_.data(),
                      {1, network_->architecture.width, MobileSamArchitecture::kGrid,
                       MobileSamArchitecture::kGrid},
                      at::kFloat);
    const at::Tensor mask = mobile_sam_logits_at_picture(
                                best_mask(mobile_sam_masks(*network_, embedding, embedded), prompt),
                                {resized.rows, resized.cols}, {rgb.rows, rgb.cols})
                                .contiguous();
    return cv::Mat(rgb.rows, rgb.cols, CV_32FC1, mask.data_ptr<float>()).clone();
}

cv::Mat PointedCutter::alpha(const cv::Mat& rgb, const Pointing& pointing) {
    const cv::Mat values = logits(rgb, pointing);
    cv::Mat alpha(rgb.size(), CV_8UC1);
    std::transform(values.begin<float>(), values.end<float>(), alpha.begin<uchar>(),
                   [](float logit) {
                       // 0 lies at 127.5, so that 128 is inside.
                       return static_cast<uchar>(255 / (1 + std::exp(-logit)) + 0.5F);
                   });
    return alpha;
}

/// For make_pointed_cutter.
std::unique_ptr<PointedCutter> load_pointed_cutter(std::string_view name_or_path) {
    const std::filesystem::path path = model_file(name_or_path);
    return std::make_unique<PointedCutter>(
        shared_loaded<MobileSamNetwork>(path, "",
                                        [&] { return load_mobile_sam(*read_checkpoint(path)); }),
        std::string(name_or_path), file_source(path));
}

}  // namespace closet
