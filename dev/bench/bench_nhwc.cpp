/// Where the own kernels spend their time. Not a test.
///   bench_nhwc FILE [fp32|bf16|int8] [steps]
/// on the path of the processor that CLOSET_CPU picks; int8 with the ranges that the picture has.
/// FILE: see graph_of_file. Prints milliseconds of processor time a picture on one thread, and with
/// "steps" those of each step of the plan, its multiplications, and how many of them it does in a
/// nanosecond.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "dev/bench/processor_time.h"
#include "dev/graph_of_file.h"
#include "dev/program.h"
#include "models/nhwc/plan.h"
#include "models/nhwc/range_meter.h"
#include "models/nhwc/run.h"

namespace closet {
namespace {

double quantile(std::vector<double> values, double part) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * part)];
}

std::int64_t multiplications(const ConvStage& stage, const NhwcPlan& plan) {
    const Value& in = plan.values[stage.input];
    const Value& out = plan.values[stage.output];
    const std::int64_t depth = stage.kind == ConvStage::Kind::kDepthwise ? 1 : in.channels;
    return out.height * out.width * out.channels * depth * stage.window.kernel_h *
           stage.window.kernel_w;
}

std::string describe(const Step& step, const NhwcPlan& plan) {
    static const char* const kNames[] = {
        "chain",      "resize",         "add",        "scale", "copy",
        "quantize",   "join",           "activation", "pad",   "pool",
        "concat",     "depth to space", "repeat",     "mean",  "channels to pixels",
        "scale norm", "attention",      "plain"};
    std::string text = kNames[step.op.index()];
    const auto shape = [&](std::size_t id) {
        const Value& value = plan.values[id];
        return fmt::format("{}x{}x{}", value.height, value.width, value.channels);
    };
    if (!step.inputs.empty()) {
        text += fmt::format(" {}", shape(step.inputs[0]));
    }
    if (const auto* chain = std::get_if<Chain>(&step.op)) {
        for (const ConvStage& stage : chain->stages) {
            const bool depthwise = stage.kind == ConvStage::Kind::kDepthwise;
            text += fmt::format(" {}{}/{}>{}", depthwise ? "dw" : "", stage.window.kernel_h,
                                stage.window.stride_h, shape(stage.output));
        }
    } else {
        text += fmt::format(" > {}", shape(step.output));
    }
    return text;
}

int run(const std::vector<std::string>& arguments) {
    const std::string type = arguments.size() > 1 ? arguments[1] : "fp32";
    const NhwcKernels* const kernels = nhwc_kernels(type == "bf16"   ? Element::kBfloat16
                                                    : type == "int8" ? Element::kUint8
                                                                     : Element::kFloat);
    NetworkGraph graph = dev::graph_of_file(arguments[0]);
    if (kernels == nullptr || !nhwc_supports(graph)) {
        throw std::runtime_error("this CPU or these kernels do not serve " + arguments[0]);
    }
    const auto& shape = graph.shapes[0];
    std::vector<float> input(static_cast<std::size_t>(shape[1] * shape[2] * shape[3]));
    std::mt19937 random(1);
    std::generate(input.begin(), input.end(),
                  [&] { return std::uniform_real_distribution<float>(-1, 1)(random); });
    if (type == "int8") {
        RangeMeter meter(graph);
        meter.see(input);
        graph.ranges = meter.ranges();
    }
    const NhwcPlan plan = make_nhwc_plan(graph, *kernels);
    const AlignedBytes arena = aligned_bytes(plan.arena_bytes);
    const AlignedBytes scratch = aligned_bytes(plan.scratch_bytes);
    const Memory memory{plan, input.data(), arena.get(), scratch.get()};
    std::vector<std::vector<double>> times(plan.steps.size());
    std::vector<double> totals;
    constexpr double kMostMs = 20'000;
    constexpr std::size_t kRuns = 300, kFewest = 3;
    const double begin = dev::processor_ms();
    while (totals.size() < kFewest ||
           (totals.size() < kRuns && dev::processor_ms() - begin < kMostMs)) {
        const double start = dev::processor_ms();
        double last = start;
        for (std::size_t step = 0; step < plan.steps.size(); ++step) {
            run_step(plan.steps[step], *kernels, memory);
            const double now = dev::processor_ms();
            times[step].push_back(now - last);
            last = now;
        }
        totals.push_back(last - start);
    }
    double macs = 0;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        double own = 0;
        if (const auto* chain = std::get_if<Chain>(&plan.steps[i].op)) {
            for (const ConvStage& stage : chain->stages) {
                own += static_cast<double>(multiplications(stage, plan)) * 1e-6;
            }
        }
        macs += own;
        if (arguments.size() > 2) {
            const double time = quantile(times[i], 0.1);  // other programs run too
            std::printf("%8.4f ms %8.3f M %6.1f G/s  %s\n", time, own, own / time,
                        describe(plan.steps[i], plan).c_str());
        }
    }
    std::printf("%s %s: median %.3f ms, minimum %.3f ms, %.1f M, %.1f G/s, arena %.1f MB\n",
                arguments[0].c_str(), kernels->name, quantile(totals, 0.5),
                *std::min_element(totals.begin(), totals.end()), macs, macs / quantile(totals, 0.5),
                static_cast<double>(plan.arena_bytes) * 1e-6);
    return 0;
}

}  // namespace
}  // namespace closet

int main(int argc, char** argv) {
    return closet::dev::program(argc, argv, 1, "bench_nhwc FILE [fp32|bf16|int8] [steps]",
                                closet::run);
}
