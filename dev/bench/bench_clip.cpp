/// What CLIP costs (results/networks.md): bench_clip FILE [THREADS]. Loading, a picture alone and
/// in a batch of 8, a text; processor time of the process, which other programs disturb less than
/// wall time. The vocabulary lies beside FILE.

#include <cstdlib>
#include <filesystem>
#include <span>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "dev/bench/processor_time.h"
#include "infer/clip/clip_embedder.h"
#include "infer/clip/clip_tokenizer.h"

using namespace closet;

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_clip FILE [THREADS]\n");
        return 2;
    }
    at::set_num_threads(argc > 2 ? std::atoi(argv[2]) : 1);
    InferOptions options;
    options.device = "cpu";
    dev::tell_processor_time("load", 1, 1, [&](int) { const ClipEmbedder once(argv[1], options); });
    const ClipEmbedder clip(argv[1], options);
    constexpr int kRounds = 15;
    constexpr std::size_t kBatch = 8;
    const std::vector<cv::Mat> pictures(kBatch, cv::Mat(1024, 768, CV_8UC3, cv::Scalar::all(90)));
    dev::tell_processor_time("picture of 768x1024, crop", kRounds, 1,
                             [&](int) { clip_crop(pictures[0], 224); });
    dev::tell_processor_time("picture", kRounds, 1,
                             [&](int) { clip.embed(std::span(pictures).first(1)); });
    dev::tell_processor_time("picture of 8 at once", kRounds, kBatch,
                             [&](int) { clip.embed(pictures); });
    const auto words =
        std::filesystem::path(argv[1]).parent_path() / "bpe_simple_vocab_16e6.txt.gz";
    dev::tell_processor_time("vocabulary", kRounds, 1,
                             [&](int) { const ClipTokenizer once(words, 49408); });
    dev::tell_processor_time("text and its vocabulary", kRounds, 1,
                             [&](int) { clip.embed("blue denim jacket"); });
    dev::tell_peak_memory();
    return 0;
}
