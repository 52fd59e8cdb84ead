#include "infer/faces/face_restorer.h"

#include <filesystem>
#include <memory>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "core/error.h"
#include "core/log.h"
#include "infer/pose_models.h"
#include "infer/run/network_runner.h"
#include "models/aten/torch_types.h"
#include "models/checkpoint/checkpoint.h"
#include "models/functional/gfpgan.h"
#include "models/network_cache.h"

namespace closet {
namespace {

constexpr float kWhite = 255.0F;

class GfpganRestorer final : public FaceRestorer {
  public:
    GfpganRestorer(std::shared_ptr<const Gfpgan> network, unsigned threads)
        : network_(std::move(network)), threads_(static_cast<int>(threads)) {}

    int side() const override { return static_cast<int>(network_->architecture().side()); }

    cv::Mat restore(const cv::Mat& aligned) const override {
        const c10::InferenceMode no_gradients;
        at::set_num_threads(threads_);  // of the calling thread
        cv::Mat result;
        try {
            result = run(aligned);
        } catch (const c10::Error& error) {
            throw ModelError("the network that restores faces failed: " + sentence_of(error));
        }
        at::set_num_threads(1);
        return result;
    }

  private:
    cv::Mat run(const cv::Mat& aligned) const {
        const cv::Mat dense = aligned.isContinuous() ? aligned : aligned.clone();
        const at::Tensor bytes =
            at::from_blob(dense.data, {1, dense.rows, dense.cols, 3}, at::kByte);
        // Reference: img2tensor and normalize(mean 0.5, deviation 0.5), tensor2img of -1..1.
        const at::Tensor input =
            bytes.permute({0, 3, 1, 2}).to(at::kFloat).contiguous().div_(kWhite / 2).sub_(1);
        const at::Tensor output = network_->forward(input).to(at::kCPU);
        if (!at::isfinite(output).all().item<bool>()) {
            return {};
        }
        const at::Tensor face = output.clamp(-1, 1).add_(1).mul_(kWhite / 2).round_();
        cv::Mat rgb(dense.size(), CV_8UC3);
        at::from_blob(rgb.data, {1, dense.rows, dense.cols, 3}, at::kByte)
            .copy_(face.permute({0, 2, 3, 1}));
        return rgb;
    }

    std::shared_ptr<const Gfpgan> network_;
    int threads_;
};

}  // namespace

/// For make_face_restorer.
std::unique_ptr<const FaceRestorer> load_face_restorer(std::string_view name_or_path,
                                                       const InferOptions& options,
                                                       unsigned threads) {
    const std::filesystem::path file = model_file(name_or_path);
    const Device device = network_options(options).device;
    auto network =
        shared_loaded<Gfpgan>(file, device.str() + (options.allow_partial ? " partial" : ""), [&] {
            return load_gfpgan(*read_checkpoint(file), {.allow_partial = options.allow_partial},
                               torch_device(device));
        });
    log::info(
        "{}: parts of GFPGAN's code are under NVIDIA's and Creative Commons' non-commercial terms, "
        "and its weights have no licence of their own",
        file.filename().string());
    return std::make_unique<GfpganRestorer>(std::move(network), threads);
}

}  // namespace closet
