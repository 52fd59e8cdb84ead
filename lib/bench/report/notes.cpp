#include "bench/report/notes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/report/columns.h"
#include "bench/stats/noise.h"
#include "bench/text/number_text.h"

namespace closet::bench {
namespace {

/// P below which a trend of the samples is told of. A sweep has dozens of cases, of which one in
/// twenty would show at 0.05 what is not there.
constexpr double kDriftP = 0.01;
constexpr std::size_t kNamed = 4;  ///< cases that a sentence names

/// "a, b, c, d and 3 more"
std::string join_ids(const std::vector<std::string>& ids) {
    const auto shown = static_cast<std::ptrdiff_t>(std::min(ids.size(), kNamed));
    std::string text = fmt::format("{}", fmt::join(ids.begin(), ids.begin() + shown, ", "));
    if (ids.size() > kNamed) {
        text += fmt::format(" and {} more", ids.size() - kNamed);
    }
    return text;
}

/// Seconds a frame of the samples that count, in the order in which they were taken.
std::vector<double> times_of(const Case& measured) {
    std::vector<const Sample*> samples;
    for (const Sample& sample : measured.samples) {
        if (sample.counts() && sample.wall_s > 0 && std::isfinite(sample.wall_s)) {
            samples.push_back(&sample);
        }
    }
    std::stable_sort(samples.begin(), samples.end(),
                     [](const Sample* a, const Sample* b) { return a->order < b->order; });
    std::vector<double> times;
    times.reserve(samples.size());
    for (const Sample* sample : samples) {
        times.push_back(sample->wall_s);
    }
    return times;
}

struct Findings {
    std::vector<std::string> drifting, slow_first, outliers, failed;
    std::size_t outlier_count = 0, failed_count = 0;
};

void inspect_samples(const Case& measured, Findings& findings) {
    const auto failed = static_cast<std::size_t>(
        std::count_if(measured.samples.begin(), measured.samples.end(),
                      [](const Sample& sample) { return !sample.failure.empty(); }));
    if (failed > 0 && measured.frames_per_s) {
        findings.failed.push_back(measured.id);
        findings.failed_count += failed;
    }
    const Noise noise = inspect_noise(times_of(measured));
    if (noise.drift_p < kDriftP) {
        findings.drifting.push_back(fmt::format("{} ({:+.0f} %)", measured.id, 100 * noise.drift));
    }
    if (noise.slow_first) {
        findings.slow_first.push_back(measured.id);
    } else if (!noise.outliers.empty()) {
        findings.outliers.push_back(measured.id);
        findings.outlier_count += noise.outliers.size();
    }
}

std::string plural(std::size_t count, const char* one, const char* many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

void add_fact(std::vector<std::pair<std::string, std::string>>& facts, const char* name,
              std::string value) {
    if (!value.empty()) {
        facts.emplace_back(name, std::move(value));
    }
}

std::string describe_clip(const ClipFacts& clip) {
    std::string text = clip.path;
    if (clip.frames > 0) {
        text += fmt::format(", {} frames", clip.frames);
    }
    if (clip.width > 0) {
        text += fmt::format(" of {} x {} px", clip.width, clip.height);
    }
    if (clip.frames_per_s > 0) {
        text += fmt::format(" at {} a second", number_text(clip.frames_per_s));
    }
    return text;
}

std::string describe_build(const Context& context) {
    std::vector<std::string> parts;
    for (const std::string& part :
         {context.closet_version, context.revision, context.build_type, context.compiler}) {
        if (!part.empty()) {
            parts.push_back(part);
        }
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::vector<std::string> doubts_of(const Sweep& sweep) {
    std::vector<std::string> doubts = sweep.context.warnings;
    Findings findings;
    for (const Case& measured : sweep.cases) {
        inspect_samples(measured, findings);
    }
    if (!findings.drifting.empty()) {
        doubts.push_back(
            fmt::format("passes became slower or faster while they were measured (heat, other "
                        "load?): {}",
                        join_ids(findings.drifting)));
    }
    if (!findings.slow_first.empty()) {
        doubts.push_back(
            fmt::format("the first pass was much slower than the others, so more warm-ups are "
                        "needed: {}",
                        join_ids(findings.slow_first)));
    }
    if (!findings.outliers.empty()) {
        doubts.push_back(fmt::format(
            "{} far from the others; they count, and intervals are wider for it: {}",
            plural(findings.outlier_count, "pass is", "passes are"), join_ids(findings.outliers)));
    }
    if (!findings.failed.empty()) {
        doubts.push_back(fmt::format("{}, which the figures leave out: {}",
                                     plural(findings.failed_count, "pass failed", "passes failed"),
                                     join_ids(findings.failed)));
    }
    return doubts;
}

std::vector<std::pair<std::string, std::string>> facts_of(const Context& context) {
    std::vector<std::pair<std::string, std::string>> facts;
    for (const ClipFacts& clip : context.clips) {
        add_fact(facts, "clip", clip.path.empty() ? "" : describe_clip(clip));
    }
    add_fact(facts, "the time contains", context.contains);
    add_fact(facts, "started", context.time_utc);
    add_fact(facts, "host", context.host);
    std::string processor = context.cpu;
    if (context.cores > 0) {
        processor += fmt::format("{}{} core{}", processor.empty() ? "" : ", ", context.cores,
                                 context.cores == 1 ? "" : "s");
    }
    if (!context.cpu_path.empty()) {
        processor += fmt::format("{}{}", processor.empty() ? "" : ", ", context.cpu_path);
    }
    add_fact(facts, "processor", std::move(processor));
    add_fact(facts, "memory",
             context.memory_bytes > 0 ? bytes_text(static_cast<double>(context.memory_bytes)) : "");
    add_fact(facts, "frequency governor", context.governor);
    add_fact(facts, "GPU", context.gpu);
    add_fact(facts, "system", context.system);
    add_fact(facts, "build", describe_build(context));
    return facts;
}

}  // namespace closet::bench
