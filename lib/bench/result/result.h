#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/stats/estimate.h"
#include "pipeline/stage_metrics.h"

namespace closet::bench {

/// Most cases that a sweep may have.
inline constexpr std::size_t kMaximumCases = 10000;

/// The id of the case that has nothing but the base settings.
inline constexpr const char* kDefaultCase = "default";

/// One setting that was swept, by its long option name without dashes, and its value as the command
/// line takes it: {"batch", "4"}.
using Setting = std::pair<std::string, std::string>;

/// How long frames took from the source (decoded, or taken from memory) to the sink, ms.
struct Latency {
    double min = 0, mean = 0, p50 = 0, p95 = 0, p99 = 0, max = 0;
};

/// What CUDA and NVML told; absent on the CPU.
struct GpuUse {
    double device_time_s = 0;        ///< of the inference streams
    double utilisation_percent = 0;  ///< mean over the sample
    double power_w = 0, temperature_c = 0, clock_mhz = 0;
    std::int64_t peak_memory_bytes = 0;
};

/// The work that one pass over the clips did. Two samples of one case must agree in it.
struct Work {
    std::int64_t frames_in = 0, frames_out = 0;
    std::int64_t key_frames = 0;
    std::int64_t poses = 0;    ///< frames with at least one pose
    std::string poses_digest;  ///< hex, over all keypoints of all frames in order

    bool operator==(const Work&) const = default;
};

/// One timed pass over all clips, one after the other. Every one is kept, failures too.
struct Sample {
    std::int64_t order = 0;  ///< place in the sweep's random order, 0..
    int process = 0;         ///< which process start it belongs to, 0..
    bool warm_up = false;    ///< kept, but no figure counts it
    double wall_s = 0;       ///< from the first frame asked of the source to the end of the sink
    double cpu_s = 0;        ///< of the process
    std::int64_t peak_memory_bytes = 0;
    double first_batch_s = 0;  ///< until the first frame reached the sink
    Work work;
    std::vector<float> latency_ms;    ///< one a frame, in order
    std::vector<double> clip_wall_s;  ///< of `wall_s`, by clip; empty for one clip
    std::vector<StageMetrics> stages;
    std::optional<GpuUse> gpu;
    std::string failure;  ///< why it does not count; empty for a good one

    /// Whether figures are made of it.
    bool counts() const { return !warm_up && failure.empty(); }
};

/// How far the joints of each frame of a clip are off.
struct FrameErrors {
    std::vector<double> error;   ///< mean over the frame's joints, of the trunk's length; >= 0
    std::vector<double> joints;  ///< that were compared, whole numbers; 0: the frame says nothing
};

/// How a case compares with batch 1, scale 1, every frame, fp32, on the same clips. Intervals come
/// from resampling blocks of frames, see Note [Clips are strata].
struct Quality {
    Estimate keypoint_error;  ///< mean distance over the trunk's length
    Estimate pck;             ///< share of keypoints within 0.1 of the trunk's length, 0..1
    Estimate jitter;          ///< mean second difference of keypoints over the trunk's length
    Estimate reference_jitter;
    Estimate missing;                 ///< share of the reference's poses that the case lacks, 0..1
    std::optional<Estimate> ssim;     ///< of the composite inside the garment, -1..1
    std::optional<Estimate> psnr_db;  ///< the same place; identical pictures count as 100 dB
    std::optional<Estimate> lpips;    ///< in the garment's box, 0 (the same) and more; if asked for
    std::optional<Estimate> oks;      ///< against labels, 0..1
    /// Of each clip, so that cases can be compared frame by frame; empty in older results.
    std::vector<FrameErrors> frame_errors;
};

/// Why a case is not measured any more; see StoppingOptions and run_sweep (bench/sweep).
enum class StopReason { kNarrow, kTime, kBudget, kInterrupted, kFailed };

/// "narrow", "time", "budget", "interrupted" or "failed".
const char* to_text(StopReason reason);

/// One point of the sweep: its settings, all samples, and what was derived from them.
struct Case {
    std::string id;                 ///< "batch=4,scale=0.5": the swept settings, or "default"
    std::vector<Setting> settings;  ///< swept ones only, in the order of the axes
    std::vector<Sample> samples;
    StopReason stopped = StopReason::kTime;
    std::string failure;  ///< why the case has no figures; empty where it has
    double model_load_s = 0;

    std::optional<Estimate> frames_per_s;  ///< median over samples
    std::optional<Estimate> inferences_per_s;
    std::optional<Latency> latency;  ///< over the frames of all samples
    std::optional<Estimate> latency_p95_ms;
    std::int64_t peak_memory_bytes = 0;  ///< largest of the samples
    double cpu_s_per_frame = 0;
    std::string bottleneck;  ///< in words
    std::optional<Quality> quality;
};

/// What the case sets the axis to; nothing where it does not tell.
std::optional<std::string> setting_of(const Case& measured, std::string_view axis);

/// The work of its first sample that counts; null where none does.
const Work* work_of(const Case& measured);

/// Frames a second of each measured pass in the order in which they were taken; NaN where the pass
/// does not count, so that equal places of two cases are the same round.
std::vector<double> speeds_by_round(const Case& measured);

/// The same without the passes that do not count.
std::vector<double> speeds_of(const Case& measured);

/// True for a case that needs no further passes: measured to an end of its own, or taken over from
/// an earlier sweep. Cases that failed, ran out of budget or were interrupted are not.
bool is_finished(const Case& measured);

/// Why the work of a pass cannot be right, as one sentence; empty where it can. `reference` is the
/// work of the case's first good pass (null for the first), `frames` the frames that passes of
/// other cases took in (0: not known yet).
std::string find_fault(const Sample& sample, const Work* reference, std::int64_t frames);

/// Most clips that a sweep may have.
inline constexpr std::size_t kMaximumClips = 1000;

/// A clip that cases were measured with.
struct ClipFacts {
    std::string path{}, sha256{};  ///< `sha256` is empty for what is no file
    int width = 0, height = 0;
    double frames_per_s = 0;  ///< as it is shown
    std::int64_t frames = 0;

    bool operator==(const ClipFacts&) const = default;
};

/// Where, with what and on what a sweep ran.
struct Context {
    std::string time_utc;  ///< ISO 8601, of the start
    std::string host, system, cpu;
    std::string cpu_path;  ///< what inference uses of it (core/cpu.h)
    int cores = 0;
    std::int64_t memory_bytes = 0;
    std::string governor;  ///< CPU frequency governor; empty where it is not told
    std::string gpu;       ///< name, driver; empty without
    std::string closet_version, revision, build_type, compiler;
    std::map<std::string, std::string> libraries;  ///< name -> version
    std::vector<std::string> arguments;            ///< the command line
    std::vector<ClipFacts> clips;                  ///< in the order of a pass
    std::string garment_sha256;                    ///< of each, joined by "+"
    std::map<std::string, std::string> settings;   ///< everything that was not swept
    std::string contains;                          ///< what the measured time holds, in words
    std::uint64_t seed = 0;
    std::vector<std::string> warnings;  ///< debug build, sanitizer, other load, throttling
};

/// A whole sweep.
struct Sweep {
    Context context;
    std::vector<Case> cases;
    std::vector<std::string> axes;  ///< names of the swept axes
};

/// The swept axes in which cases differ, in the sweep's order.
std::vector<std::string> varying_axes(const Sweep& sweep);

/// Null where no case has that id.
const Case* find_case(const Sweep& sweep, std::string_view id);

/// Which conditions of two measurements have to be alike.
enum class Likeness {
    kOneResult,  ///< so that their samples may stand in one result: all
    kComparison  ///< so that results may be compared: not the build itself, nor details of the
                 ///< system
};

/// A condition that is not alike, by its name ("revision", "--scale") and both values; a value that
/// is not known is empty.
struct Difference {
    std::string name, there, here;
};

/// Passes over each clip by itself, frames a second in the order in which they were taken; empty
/// lists where they do not tell it. One list a clip.
std::vector<std::vector<double>> speeds_by_clip(const Case& measured, const Context& context);

/// What keeps two measurements from being alike: clips and their order, garment, settings, what the
/// time contains, build, machine. Host name, time, load and seed may always differ.
std::vector<Difference> find_differences(const Context& there, const Context& here,
                                         Likeness likeness);

}  // namespace closet::bench
