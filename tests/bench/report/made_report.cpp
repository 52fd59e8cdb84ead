#include "bench/report/made_report.h"

#include <cmath>
#include <random>
#include <utility>

#include "bench/quality/case_statistics.h"
#include "bench/report/html.h"

namespace closet::test {
namespace {

constexpr int kFrames = 60;

class Noise {
  public:
    explicit Noise(unsigned seed) : bits_(seed) {}
    double uniform() { return static_cast<double>(bits_()) / 4294967296.0; }
    double normal() {
        double sum = -6;
        for (int i = 0; i < 12; ++i) {
            sum += uniform();
        }
        return sum;
    }

  private:
    std::mt19937 bits_;
};

double setting(const std::vector<bench::Setting>& settings, const std::string& name,
               double otherwise) {
    for (const auto& [axis, value] : settings) {
        if (axis == name) {
            return std::stod(value);
        }
    }
    return otherwise;
}

StageMetrics stage(std::string name, double busy_s, double wall_s) {
    StageMetrics metrics;
    metrics.name = std::move(name);
    metrics.busy_s = busy_s;
    metrics.cpu_s = busy_s * 0.97;
    metrics.wait_input_s = 0.7 * (wall_s - busy_s);
    metrics.wait_output_s = 0.3 * (wall_s - busy_s);
    metrics.items_in = metrics.items_out = kFrames;
    return metrics;
}

std::vector<StageMetrics> made_stages(double wall_s, double network_share) {
    std::vector<StageMetrics> stages{
        stage("sample", 0.01 * wall_s, wall_s), stage("batch", 0.05 * wall_s, wall_s),
        stage("infer", network_share * wall_s, wall_s), stage("interpolate", 0.02 * wall_s, wall_s),
        stage("warp", 0.55 * wall_s, wall_s)};
    stages[1].parts = {{"batch wait", 0.2 * wall_s, kFrames},
                       {"downscale", 0.04 * wall_s, kFrames}};
    stages[2].parts = {{"network", 0.9 * network_share * wall_s, kFrames},
                       {"upscale", 0.01 * wall_s, kFrames}};
    stages[3].parts = {{"interpolate", 0.018 * wall_s, kFrames}};
    stages[4].parts = {{"resize", 0.02 * wall_s, 3},
                       {"affine", 0.25 * wall_s, kFrames},
                       {"blend", 0.2 * wall_s, kFrames},
                       {"skeleton", 0.01 * wall_s, kFrames}};
    return stages;
}

bench::Estimate about(double value, double half_width) {
    return {value, value - half_width, value + half_width, 0.95};
}

bench::Context made_context() {
    bench::Context context;
    context.time_utc = "2026-11-21T12:00:00Z";
    context.host = "bench-host";
    context.system = "Linux 6.1.0, Debian 12";
    context.cpu = "AMD EPYC 9B14";
    context.cores = 2;
    context.memory_bytes = 8'000'000'000;
    context.closet_version = "0.6.0";
    context.revision = "4f3a7bc";
    context.build_type = "Release";
    context.compiler = "g++ 12.2.0";
    context.libraries = {{"libavcodec", "59.37.100"}, {"OpenCV", "4.6.0"}};
    context.arguments = {"closet", "bench", "street.mp4", "--batch", "1-8"};
    context.clips = {{.path = "/videos/street.mp4",
                      .sha256 = std::string(64, 'a'),
                      .width = 1280,
                      .height = 720,
                      .frames_per_s = 25,
                      .frames = kFrames}};
    context.contains = "inference, interpolation and painting; neither decoding nor encoding";
    context.settings = {{"model", "blazepose"}, {"warp", "mesh"}};
    context.seed = 7;
    return context;
}

void number_passes(bench::Sweep& sweep) {
    // Rounds: every case once, then again.
    for (std::size_t c = 0; c < sweep.cases.size(); ++c) {
        for (std::size_t p = 0; p < sweep.cases[c].samples.size(); ++p) {
            sweep.cases[c].samples[p].order = static_cast<std::int64_t>(p * sweep.cases.size() + c);
        }
    }
}

}  // namespace

bench::Case made_case(const std::vector<bench::Setting>& settings, unsigned seed, int passes) {
    const double batch = setting(settings, "batch", 1), scale = setting(settings, "scale", 1),
                 interval = setting(settings, "interval", 0.04);
    Noise noise(seed);
    bench::Case measured;
    measured.settings = settings;
    for (const auto& [axis, value] : settings) {
        measured.id += (measured.id.empty() ? "" : ",") + axis + "=" + value;
    }
    if (measured.id.empty()) {
        measured.id = "default";
    }
    const double frames_per_s =
        30 * std::pow(batch, 0.12) * std::pow(scale, -0.5) * std::pow(interval / 0.04, 0.6);
    for (int i = 0; i < passes; ++i) {
        bench::Sample sample;
        sample.work = {kFrames, kFrames, kFrames / 2, kFrames, "c0ffee"};
        sample.warm_up = i == 0;
        sample.wall_s = kFrames / frames_per_s * std::exp(0.015 * noise.normal());
        sample.cpu_s = 1.7 * sample.wall_s;
        sample.first_batch_s = 0.1;
        sample.peak_memory_bytes = static_cast<std::int64_t>(200e6 + 10e6 * batch);
        for (int f = 0; f < kFrames; ++f) {
            sample.latency_ms.push_back(
                static_cast<float>(batch * 1000 / frames_per_s * std::exp(0.3 * noise.normal())));
        }
        sample.stages = made_stages(sample.wall_s, 0.3 + 0.4 * scale);
        measured.samples.push_back(std::move(sample));
    }
    measured.stopped = bench::StopReason::kNarrow;
    measured.model_load_s = 0.4;
    bench::fill_statistics(measured, 2);
    bench::Quality quality;
    const double error = 0.002 + 0.03 * (1 - scale) + 0.6 * std::max(interval - 0.04, 0.0);
    quality.keypoint_error = about(error, 0.1 * error + 0.0005);
    quality.pck = about(1 - error, 0.003);
    quality.jitter = about(0.01, 0.001);
    quality.reference_jitter = about(0.011, 0.001);
    quality.missing = {0, 0, 0, 0.95};
    quality.ssim = about(0.99 - error, 0.002);
    quality.psnr_db = about(35 - 100 * error, 0.5);
    measured.quality = quality;
    return measured;
}

bench::Sweep made_product(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& axes) {
    bench::Sweep sweep;
    sweep.context = made_context();
    std::vector<std::vector<bench::Setting>> combinations{{}};
    for (const auto& [axis, values] : axes) {
        sweep.axes.push_back(axis);
        std::vector<std::vector<bench::Setting>> longer;
        for (const auto& combination : combinations) {
            for (const std::string& value : values) {
                longer.push_back(combination);
                longer.back().emplace_back(axis, value);
            }
        }
        combinations = std::move(longer);
    }
    unsigned seed = 1;
    for (const auto& combination : combinations) {
        sweep.cases.push_back(made_case(combination, seed++));
    }
    number_passes(sweep);
    return sweep;
}

bench::Sweep made_reference_sweep() {
    bench::Sweep sweep;
    sweep.context = made_context();
    sweep.axes = {"batch", "scale", "interval"};
    const std::vector<bench::Setting> base{{"batch", "1"}, {"scale", "1"}, {"interval", "0.04"}};
    const std::vector<std::vector<std::string>> values{
        {"2", "3", "4", "5", "6", "7", "8"},
        {"0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"},
        {"0.03", "0.05", "0.06", "0.07", "0.08", "0.09", "0.1"}};
    unsigned seed = 1;
    sweep.cases.push_back(made_case(base, seed++));
    sweep.cases.back().id = "default";
    for (std::size_t axis = 0; axis < values.size(); ++axis) {
        for (const std::string& value : values[axis]) {
            std::vector<bench::Setting> settings = base;
            settings[axis].second = value;
            sweep.cases.push_back(made_case(settings, seed++));
            sweep.cases.back().id = settings[axis].first + "=" + value;
        }
    }
    number_passes(sweep);
    return sweep;
}

void add_clip(bench::Sweep& sweep, const std::string& path) {
    bench::ClipFacts clip = sweep.context.clips.front();
    clip.path = path;
    sweep.context.clips.push_back(clip);
    for (bench::Case& measured : sweep.cases) {
        for (bench::Sample& sample : measured.samples) {
            sample.clip_wall_s = {sample.wall_s * 2 / 3, sample.wall_s / 3};
        }
        for (const double error : {0.01, 0.05}) {
            measured.quality->frame_errors.push_back(
                {std::vector<double>(kFrames, error), std::vector<double>(kFrames, 17.0)});
        }
    }
}

void fail_case(bench::Case& measured, std::string sentence) {
    measured.failure = std::move(sentence);
    measured.stopped = bench::StopReason::kFailed;
    measured.samples.clear();
    measured.frames_per_s.reset();
    measured.inferences_per_s.reset();
    measured.latency.reset();
    measured.latency_p95_ms.reset();
    measured.quality.reset();
    measured.bottleneck.clear();
    measured.peak_memory_bytes = 0;
    measured.cpu_s_per_frame = 0;
}

bench::Ranking judged(const bench::Sweep& sweep) {
    return bench::rank_cases(sweep, {});
}

std::string page_of(const bench::Sweep& sweep) {
    return bench::html_page(sweep, judged(sweep), bench::judge_published(sweep));
}

}  // namespace closet::test
