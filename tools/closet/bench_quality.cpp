#include "bench_quality.h"

#include <utility>

#include <fmt/format.h>

#include "bench/probe/poses_digest.h"
#include "bench/probe/quality_run.h"
#include "core/error.h"
#include "interrupt.h"

namespace closet {
namespace {

/// What everything is compared with: all that costs time is at its most careful.
const std::vector<bench::Setting> kReference{
    {"batch", "1"}, {"scale", "1.0"}, {"every", "1"}, {"precision", "fp32"}};

}  // namespace

QualityJudge::QualityJudge(std::shared_ptr<bench::CasePlayer> player, const bench::Context& context,
                           const std::string& labels, double level)
    : player_(std::move(player)),
      pictures_(bench::frames_to_compare(
          context.frames,
          2 * static_cast<std::size_t>(context.width) * static_cast<std::size_t>(context.height))) {
    if (!labels.empty()) {
        labels_ = bench::read_labels(labels);
        options_.labels = &*labels_;
    }
    options_.frames_per_s = context.frames_per_s;
    options_.level = level;
    options_.seed = context.seed;
    reference_ = record(kReference);
}

bench::ClipRecord QualityJudge::record(const std::vector<bench::Setting>& settings,
                                       std::string* digest) const {
    bench::ClipRecord clip(pictures_);
    bench::PosesDigest poses;
    bench::QualityRun run(player_);
    run.for_each_frame(
        settings,
        [&](const bench::QualityFrame& frame) {
            clip.add(*frame.painted.image, frame.poses, frame.matte);
            poses.add(frame.poses);
        },
        [](std::int64_t, std::int64_t) { return !interrupt::requested(); });
    if (digest != nullptr) {
        *digest = poses.hex();
    }
    return clip;
}

void QualityJudge::judge(bench::Case& measured) const {
    std::string digest;
    const bench::ClipRecord clip = record(measured.settings, &digest);
    for (const bench::Sample& sample : measured.samples) {
        if (sample.counts() && sample.work.poses_digest != digest) {
            throw Error(
                fmt::format("{}: the pass that looks at quality found other poses than the "
                            "timed ones, so its quality is not told",
                            measured.id));
        }
    }
    if (clip.poses().size() == reference_->poses().size()) {
        measured.quality = bench::compare_records(*reference_, clip, options_);
    }
}

}  // namespace closet
