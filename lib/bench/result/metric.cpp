#include "bench/result/metric.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace closet::bench {
namespace {

using MaybeEstimate = std::optional<Estimate>;

/// A figure without an interval.
MaybeEstimate plain(double value) {
    return Estimate{value, value, value};
}

template <double Latency::*kField>
MaybeEstimate latency(const Case& measured) {
    return measured.latency ? plain((*measured.latency).*kField) : MaybeEstimate{};
}

MaybeEstimate latency_p95(const Case& measured) {
    return measured.latency_p95_ms ? measured.latency_p95_ms : latency<&Latency::p95>(measured);
}

template <MaybeEstimate Case::*kField>
MaybeEstimate rate(const Case& measured) {
    return measured.*kField;
}

template <Estimate Quality::*kField>
MaybeEstimate quality(const Case& measured) {
    return measured.quality ? MaybeEstimate((*measured.quality).*kField) : MaybeEstimate{};
}

template <MaybeEstimate Quality::*kField>
MaybeEstimate optional_quality(const Case& measured) {
    return measured.quality ? (*measured.quality).*kField : MaybeEstimate{};
}

/// The mean over samples that count and of which `value` knows the figure.
template <class Value>
MaybeEstimate mean(const Case& measured, Value value) {
    double sum = 0, count = 0;
    for (const Sample& sample : measured.samples) {
        if (const std::optional<double> figure = sample.counts() ? value(sample) : std::nullopt) {
            sum += *figure;
            ++count;
        }
    }
    return count > 0 ? plain(sum / count) : MaybeEstimate{};
}

template <double GpuUse::*kField>
MaybeEstimate gpu(const Case& measured) {
    return mean(measured, [](const Sample& sample) {
        return sample.gpu ? std::optional((*sample.gpu).*kField) : std::nullopt;
    });
}

constexpr double kMegabyte = 1e6;

MaybeEstimate gpu_memory(const Case& measured) {
    std::optional<std::int64_t> peak;
    for (const Sample& sample : measured.samples) {
        if (sample.counts() && sample.gpu) {
            peak = std::max(peak.value_or(0), sample.gpu->peak_memory_bytes);
        }
    }
    return peak ? plain(static_cast<double>(*peak) / kMegabyte) : MaybeEstimate{};
}

MaybeEstimate peak_memory(const Case& measured) {
    return measured.peak_memory_bytes > 0
               ? plain(static_cast<double>(measured.peak_memory_bytes) / kMegabyte)
               : MaybeEstimate{};
}

MaybeEstimate cpu_per_frame(const Case& measured) {
    return measured.frames_per_s ? plain(measured.cpu_s_per_frame) : MaybeEstimate{};
}

MaybeEstimate first_batch(const Case& measured) {
    return mean(measured, [](const Sample& sample) { return std::optional(sample.first_batch_s); });
}

MaybeEstimate model_load(const Case& measured) {
    return measured.samples.empty() ? MaybeEstimate{} : plain(measured.model_load_s);
}

MaybeEstimate failed_samples(const Case& measured) {
    const auto failed = std::count_if(measured.samples.begin(), measured.samples.end(),
                                      [](const Sample& sample) { return !sample.failure.empty(); });
    return plain(static_cast<double>(failed));
}

/// A column of every table; `scale` takes the metric to the heading's unit.
constexpr Metric::Column column(std::string_view heading, double scale = 1) {
    return {heading, scale, false};
}

/// A column that short tables leave out.
constexpr Metric::Column detail(std::string_view heading) {
    return {heading, 1, true};
}

constexpr std::array kMetrics{
    Metric{"frames_per_s", "1/s", "frames a second", rate<&Case::frames_per_s>, column("frames/s")},
    Metric{"inferences_per_s", "1/s", "inferred key frames a second", rate<&Case::inferences_per_s>,
           detail("inferences/s")},
    Metric{"latency_ms.min", "ms", "least time of a frame through the pipeline",
           latency<&Latency::min>},
    Metric{"latency_ms.mean", "ms", "mean of it", latency<&Latency::mean>},
    Metric{"latency_ms.p50", "ms", "median of it", latency<&Latency::p50>, detail("p50 ms")},
    Metric{"latency_ms.p95", "ms", "95 % of frames take no longer", latency_p95, column("p95 ms")},
    Metric{"latency_ms.p99", "ms", "99 % of frames take no longer", latency<&Latency::p99>,
           detail("p99 ms")},
    Metric{"latency_ms.max", "ms", "largest time of a frame through the pipeline",
           latency<&Latency::max>, detail("max ms")},
    Metric{"cpu_s_per_frame", "s", "processor time of a frame, all cores", cpu_per_frame,
           column("CPU ms/frame", 1000)},
    Metric{"peak_memory_mb", "MB", "largest resident memory", peak_memory, column("memory MB")},
    Metric{"quality.keypoint_error", "", "mean distance from the reference over the trunk's length",
           quality<&Quality::keypoint_error>, column("keypoint error")},
    Metric{"quality.pck", "", "share of keypoints within 0.1 of the trunk's length",
           quality<&Quality::pck>, column("PCK@0.1")},
    Metric{"quality.jitter", "", "mean second difference of keypoints over the trunk's length",
           quality<&Quality::jitter>, detail("jitter")},
    Metric{"quality.missing", "", "share of the reference's poses that are missing",
           quality<&Quality::missing>, detail("missing poses")},
    Metric{"quality.ssim", "", "similarity inside the garment", optional_quality<&Quality::ssim>,
           column("SSIM")},
    Metric{"quality.psnr_db", "dB", "similarity inside the garment",
           optional_quality<&Quality::psnr_db>, detail("PSNR dB")},
    Metric{"quality.lpips", "", "how unlike the garment's box looks",
           optional_quality<&Quality::lpips>, column("LPIPS")},
    Metric{"quality.oks", "", "keypoint similarity with the labels",
           optional_quality<&Quality::oks>, column("OKS")},
    Metric{"gpu_use", "%", "utilisation of the GPU", gpu<&GpuUse::utilisation_percent>,
           column("GPU %")},
    Metric{"gpu_memory_mb", "MB", "largest memory on the GPU", gpu_memory, column("GPU memory MB")},
    Metric{"gpu_power_w", "W", "power of the GPU", gpu<&GpuUse::power_w>, detail("GPU power W")},
    Metric{"gpu_temperature_c", "C", "temperature of the GPU", gpu<&GpuUse::temperature_c>,
           detail("GPU °C")},
    Metric{"gpu_clock_mhz", "MHz", "clock of the GPU", gpu<&GpuUse::clock_mhz>, detail("GPU MHz")},
    Metric{"model_load_s", "s", "to load the networks", model_load, detail("model load s")},
    Metric{"first_batch_s", "s", "until the first frame came out", first_batch,
           detail("first batch s")},
    Metric{"failed_samples", "", "passes that do not count", failed_samples},
};

}  // namespace

std::span<const Metric> all_metrics() {
    return kMetrics;
}

const Metric* find_metric(std::string_view name) {
    const auto* found = std::find_if(kMetrics.begin(), kMetrics.end(),
                                     [&](const Metric& metric) { return metric.name == name; });
    return found == kMetrics.end() ? nullptr : found;
}

}  // namespace closet::bench
