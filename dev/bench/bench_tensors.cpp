// Compares garments painted by tensor operations on the CPU with those of the kernels, on real
// pictures: bench_tensors MEDIA [CLIP...]. MEDIA holds people/ and garments/, of which the tops and
// the dress are worn; each CLIP, of up to 120 frames, wears MEDIA's jacket. Prints how far frames
// and mattes are apart, how many operators of LibTorch compute or copy for a garment, and the
// processor time of both, a frame by the one and then by the other.

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/record_function.h>
#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "dev/bench/processor_time.h"
#include "figures/frames_apart.h"
#include "figures/posed_media.h"
#include "warp/garment/garment_file.h"
#include "warp/warp.h"

namespace closet::dev {
namespace {

namespace fs = std::filesystem;

std::atomic<std::int64_t> operators = 0;

/// Operators that only look at tensors otherwise, make room or ask others, by name.
constexpr std::array<std::string_view, 28> kWithoutWork{"alias",      "as_strided",
                                                        "clone",      "contiguous",
                                                        "detach",     "empty",
                                                        "empty_like", "empty_strided",
                                                        "expand",     "full",
                                                        "lift_fresh", "matmul",
                                                        "narrow",     "permute",
                                                        "reshape",    "_reshape_alias",
                                                        "resize_",    "resolve_conj",
                                                        "select",     "slice",
                                                        "squeeze",    "t",
                                                        "to",         "_to_copy",
                                                        "transpose",  "unfold",
                                                        "unsqueeze",  "view"};

/// Counts operators that compute or copy: on a GPU about as many launches.
std::unique_ptr<at::ObserverContext> count(const at::RecordFunction& call) {
    const std::string_view name = call.name();
    const std::string_view own = name.starts_with("aten::") ? name.substr(6) : name;
    operators += std::find(kWithoutWork.begin(), kWithoutWork.end(), own) == kWithoutWork.end();
    return nullptr;
}

struct Sums {
    figures::FramesApart luma, chroma, matte;
    double kernels_ms = 0, tensors_ms = 0;
    std::int64_t frames = 0, garments = 0, as_tensors = 0, operators = 0;

    void tell(const std::string& name) const {
        const auto apart = [](const figures::FramesApart& one) {
            return fmt::format("{} | {:.4f} % | {:.1f}", one.most, 100 * one.share(), one.psnr());
        };
        fmt::print("| {} | {} | {} of {} | {} | {} | {} | {} | {:.1f} | {:.1f} |\n", name, frames,
                   as_tensors, garments, apart(luma), apart(chroma), apart(matte),
                   operators / std::max<std::int64_t>(as_tensors, 1),
                   kernels_ms / static_cast<double>(frames),
                   tensors_ms / static_cast<double>(frames));
    }
};

/// Both ways of one garment on one input.
class Comparison {
  public:
    explicit Comparison(const std::shared_ptr<const Garment>& garment)
        : kernels_(garment, {}), tensors_(garment, on_tensors()) {}

    void take(const PosedFrame& posed, Sums& sums) {
        cv::Mat matte(posed.frame.height(), posed.frame.width(), CV_8UC1, cv::Scalar(0));
        cv::Mat matte_of_tensors = matte.clone();
        const double begin = processor_ms();
        const Frame by_kernels = kernels_.dress({share_picture(posed.frame), posed.poses}, &matte);
        const double between = processor_ms();
        const std::int64_t before = operators, garments = tensors_.garments_painted(),
                           as_tensors = tensors_.garments_as_tensors();
        const Frame by_tensors =
            tensors_.dress({share_picture(posed.frame), posed.poses}, &matte_of_tensors);
        sums.tensors_ms += processor_ms() - between;
        sums.kernels_ms += between - begin;
        sums.operators += operators - before;
        sums.garments += tensors_.garments_painted() - garments;
        sums.as_tensors += tensors_.garments_as_tensors() - as_tensors;
        ++sums.frames;
        // Where the garment is: all else would only make the mean look better.
        const cv::Rect where = cv::boundingRect(cv::Mat(matte | matte_of_tensors));
        if (where.empty()) {
            return;
        }
        sums.matte.add(matte(where), matte_of_tensors(where));
        sums.luma.add(*by_kernels.image, *by_tensors.image, 0, where);
        sums.chroma.add(*by_kernels.image, *by_tensors.image, 1, where);
        sums.chroma.add(*by_kernels.image, *by_tensors.image, 2, where);
    }

  private:
    static WarpOptions on_tensors() {
        WarpOptions options;
        options.tensors = Device{};
        return options;
    }

    Warp kernels_, tensors_;
};

int run(int argc, char** argv) {
    const fs::path media = argv[1];
    at::addGlobalCallback(at::RecordFunctionCallback(count).scopes({at::RecordScope::FUNCTION}));
    figures::PosedMedia posed_media;
    std::vector<fs::path> people, tops;
    for (const auto& entry : fs::directory_iterator(media / "people")) {
        if (entry.path().extension() == ".jpg") {
            people.push_back(entry.path());
        }
    }
    for (const auto& entry : fs::directory_iterator(media / "garments")) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("garment_") || name.starts_with("dress_")) {
            tops.push_back(entry.path());
        }
    }
    std::sort(tops.begin(), tops.end());
    fmt::print(
        "| pictures | frames | garments as tensors | luma: most | differ | PSNR | chroma: most | "
        "differ | PSNR | matte: most | differ | PSNR | operators | kernels ms | tensors ms |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    Sums photos;
    std::vector<PosedFrame> seen;
    for (const fs::path& person : people) {
        posed_media.each_frame(person.string(),
                               [&](PosedFrame posed) { seen.push_back(std::move(posed)); });
    }
    for (const fs::path& top : tops) {
        const auto garment = load_garment(top);
        for (const PosedFrame& posed : seen) {
            Comparison(garment).take(posed, photos);
        }
    }
    photos.tell(fmt::format("{} people x {} garments", seen.size(), tops.size()));
    const auto jacket = load_garment(media / "garments/jacket.jpg");
    constexpr int kMost = 120;
    for (int i = 2; i < argc; ++i) {
        Sums clip;
        Comparison comparison(jacket);
        posed_media.each_frame(
            argv[i], [&](const PosedFrame& posed) { comparison.take(posed, clip); }, 0, kMost);
        clip.tell(fs::path(argv[i]).filename().string());
    }
    return 0;
}

}  // namespace
}  // namespace closet::dev

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_tensors MEDIA [CLIP...]\n");
        return 2;
    }
    try {
        return closet::dev::run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", closet::sentence_of(error));
        return 1;
    }
}
