/// What CLIP costs (results/networks.md): bench_clip FILE [THREADS]. Loading, a picture alone and
/// in a batch of 8, a text; processor time of the process, which other programs disturb less than
/// wall time. The vocabulary lies beside FILE.

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <span>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <opencv2/core.hpp>

#include "infer/clip/clip_embedder.h"
#include "infer/clip/clip_tokenizer.h"

namespace {

using namespace closet;

double processor_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

template <class Work>
void tell(const char* what, int rounds, double count, Work work) {
    std::vector<double> samples;
    for (int i = 0; i < rounds; ++i) {
        const double begin = processor_ms();
        work();
        samples.push_back((processor_ms() - begin) / count);
    }
    std::sort(samples.begin(), samples.end());
    fmt::print("{:24} least {:8.1f} ms, median {:8.1f} ms\n", what, samples.front(),
               samples[samples.size() / 2]);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_clip FILE [THREADS]\n");
        return 2;
    }
    at::set_num_threads(argc > 2 ? std::atoi(argv[2]) : 1);
    InferOptions options;
    options.device = "cpu";
    tell("load", 1, 1, [&] { const ClipEmbedder once(argv[1], options); });
    const ClipEmbedder clip(argv[1], options);
    constexpr int kRounds = 15;
    constexpr std::size_t kBatch = 8;
    const std::vector<cv::Mat> pictures(kBatch, cv::Mat(1024, 768, CV_8UC3, cv::Scalar::all(90)));
    tell("picture of 768x1024, crop", kRounds, 1, [&] { clip_crop(pictures[0], 224); });
    tell("picture", kRounds, 1, [&] { clip.embed(std::span(pictures).first(1)); });
    tell("picture of 8 at once", kRounds, kBatch, [&] { clip.embed(pictures); });
    const auto words =
        std::filesystem::path(argv[1]).parent_path() / "bpe_simple_vocab_16e6.txt.gz";
    tell("vocabulary", kRounds, 1, [&] { const ClipTokenizer once(words, 49408); });
    tell("text and its vocabulary", kRounds, 1, [&] { clip.embed("blue denim jacket"); });
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("peak memory {} MB\n", usage.ru_maxrss / 1024);
    return 0;
}
