#include "infer/clip/clip_embedder.h"

#include <array>
#include <cstdint>
#include <system_error>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/log.h"
#include "infer/clip/clip_tokenizer.h"
#include "infer/pose_models.h"
#include "infer/run/network_runner.h"
#include "models/aten/torch_types.h"
#include "models/functional/clip.h"
#include "models/network_cache.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

constexpr const char* kVocabularyFile = "bpe_simple_vocab_16e6.txt.gz";
constexpr const char* kVocabularyName = "clip-vocabulary";

/// Of values of 0..1: openai/CLIP, clip/clip.py.
constexpr std::array<double, 3> kClipMean{0.48145466, 0.4578275, 0.40821073};
constexpr std::array<double, 3> kClipDeviation{0.26862954, 0.26130258, 0.27577711};

/// N x 3 x side x side.
at::Tensor clip_input(std::span<const cv::Mat> pictures, int side) {
    at::Tensor input = at::empty({static_cast<std::int64_t>(pictures.size()), 3, side, side});
    float* to = input.data_ptr<float>();
    for (const cv::Mat& picture : pictures) {
        const cv::Mat seen = clip_crop(picture, side);
        for (int c = 0; c < 3; ++c) {
            const auto mean = static_cast<float>(kClipMean[static_cast<std::size_t>(c)]);
            const auto deviation = static_cast<float>(kClipDeviation[static_cast<std::size_t>(c)]);
            for (int y = 0; y < side; ++y) {
                for (int x = 0; x < side; ++x) {
                    const auto value = static_cast<float>(seen.at<cv::Vec3b>(y, x)[c]);
                    *to++ = (value / 255.0F - mean) / deviation;
                }
            }
        }
    }
    return input;
}

std::vector<Embedding> unit_rows(const at::Tensor& features) {
    const at::Tensor unit = features / features.norm(2, {1}, /*keepdim=*/true);
    const at::Tensor rows = at::nan_to_num(unit, 0.0, 0.0, 0.0).cpu().contiguous();
    const std::int64_t numbers = rows.size(1);
    std::vector<Embedding> embeddings;
    for (std::int64_t i = 0; i < rows.size(0); ++i) {
        const float* const row = rows.const_data_ptr<float>() + i * numbers;
        embeddings.emplace_back(row, row + numbers);
    }
    return embeddings;
}

/// What LibTorch throws becomes one sentence.
template <class Compute>
std::vector<Embedding> computed(const std::string& source, Compute compute) {
    try {
        const c10::InferenceMode no_gradients;
        return unit_rows(compute());
    } catch (const c10::Error& error) {
        throw ModelError(fmt::format("the CLIP {} failed: {}", source, sentence_of(error)));
    }
}

/// Name, size and time of change: a copy elsewhere is the same file.
std::string source_of(const std::filesystem::path& file) {
    return fmt::format("{} {} {}", file.filename().string(), std::filesystem::file_size(file),
                       std::filesystem::last_write_time(file).time_since_epoch().count());
}

std::filesystem::path vocabulary_of(const std::filesystem::path& model) {
    const std::filesystem::path beside = model.parent_path() / kVocabularyFile;
    std::error_code absent;
    return std::filesystem::is_regular_file(beside, absent) ? beside : find_model(kVocabularyName);
}

}  // namespace

ClipEmbedder::ClipEmbedder(std::string_view name_or_path, const InferOptions& options)
    : file_(model_file(name_or_path)), source_(source_of(file_)) {
    const NetworkOptions settings = network_options(options);
    network_ = shared_loaded<ClipNetwork>(file_, network_key("", settings), [&] {
        return load_clip(*read_checkpoint(file_), false, torch_device(settings.device),
                         torch_type(settings.precision));
    });
}

ClipEmbedder::~ClipEmbedder() = default;

std::vector<Embedding> ClipEmbedder::embed(std::span<const cv::Mat> pictures) const {
    if (pictures.empty()) {
        return {};
    }
    return computed(source_, [&] {
        return clip_image_features(*network_,
                                   clip_input(pictures, side()).to(network_->weights.device()));
    });
}

Embedding ClipEmbedder::embed(std::string_view text) const {
    const ClipArchitecture& architecture = network_->architecture;
    const ClipTokenizer tokenizer(vocabulary_of(file_), architecture.vocabulary);
    const auto context = static_cast<std::size_t>(architecture.context);
    if (tokenizer.tokens(text).size() + 2 > context) {
        log::warning("the text is longer than the network reads, so its end does not count: {}",
                     text);
    }
    return computed(source_,
                    [&] {
                        const at::Tensor tokens =
                            at::tensor(tokenizer.row(text, context), at::kLong).unsqueeze(0);
                        return clip_text_features(*network_, tokens.to(network_->weights.device()));
                    })
        .front();
}

int ClipEmbedder::side() const {
    return static_cast<int>(network_->architecture.side());
}

std::size_t ClipEmbedder::numbers() const {
    return static_cast<std::size_t>(network_->architecture.numbers);
}

/// For make_clip_embedder.
std::unique_ptr<const ClipEmbedder> load_clip_embedder(std::string_view name_or_path,
                                                       const InferOptions& options) {
    return std::make_unique<ClipEmbedder>(name_or_path, options);
}

}  // namespace closet
