#include "fit/fit.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/sha256.h"
#include "encode/discard.h"
#include "fit/clip.h"
#include "fit/matte_writer.h"
#include "fit/process_usage.h"
#include "infer/pose_models.h"
#include "interpolate/pose_file.h"
#include "pipeline/pipeline.h"
#include "pipeline/serial.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

/// How often a run looks for an interrupt and reports its progress.
constexpr auto kTickPeriod = 100ms;

/// As many concurrent inference calls as cores; the caller is one of them.
unsigned helper_threads() {
    return std::max(1U, std::thread::hardware_concurrency()) - 1;
}

/// Ties a pose file to its clip; empty for inputs that are no regular file (a pipe, a URL).
std::string clip_hash(const std::string& input) {
    std::error_code error;
    return std::filesystem::is_regular_file(input, error) ? sha256_of_file(input) : std::string();
}

PoseFileInfo pose_file_info(const FitOptions& options, const std::string& input,
                            Skeleton skeleton) {
    PoseFileInfo info;
    info.model = options.infer.model;
    info.clip_sha256 = clip_hash(input);
    info.skeleton = skeleton;
    const BatchOptions& batch = options.batch;
    info.settings = {{"batch", std::to_string(batch.size)},
                     {"scale", fmt::format("{}", batch.scale)}};
    if (batch.every) {
        info.settings["every"] = std::to_string(*batch.every);
    } else {
        info.settings["interval"] = fmt::format("{}", batch.interval_s.value_or(0));
    }
    const InferOptions& infer = options.infer;
    if (infer.max_people > 1) {
        info.settings["max-people"] = std::to_string(infer.max_people);
        info.settings["detect-every"] = fmt::format("{}", infer.detect_every_s);
    }
    if (!infer.detector.empty()) {
        info.settings["detector"] = infer.detector;
    }
    return info;
}

/// Throws ConfigError where two of the files that are written together are one.
void check_names(const FitOptions& options, const FitOutputs& outputs) {
    std::map<std::filesystem::path, std::string_view> flags;
    const auto add = [&](std::string_view flag, const std::filesystem::path& path) {
        // Absolute first: of a relative path that does not exist nothing would be resolved.
        const auto [other, is_new] =
            flags.emplace(std::filesystem::weakly_canonical(std::filesystem::absolute(path)), flag);
        if (!is_new) {
            throw ConfigError(fmt::format("{} {}: {} names the same file, choose another", flag,
                                          path.string(), other->second));
        }
    };
    if (!options.discard) {
        add("-o", outputs.video);
    }
    if (outputs.matte) {
        add("--matte", *outputs.matte);
    }
    if (options.save_poses) {
        add("--save-poses", *options.save_poses);
    }
    if (options.poses) {
        add("--poses", *options.poses);
    }
}

/// One rendering: owns the source and the report, and drives whatever chain it is given.
class Run {
  public:
    Run(const FitOptions& options, const std::string& input, const FitTick& tick)
        : options_(options),
          tick_(tick),
          decode_(input, options.decode),
          clip_(decode_, [this](std::int64_t frames) { return go_on(frames); }) {}

    std::shared_ptr<const MediaInfo> info() const { return decode_.info(); }

    /// Drives source -> stages -> sink to the end.
    template <class... Stages>
    void drive(Stages&... stages) {
        if (options_.serial) {
            run_serial({}, clip_, stages...);
            return;
        }
        Pipeline pipeline({.queue_capacity = options_.queue_capacity}, clip_, stages...);
        while (!pipeline.wait_for(kTickPeriod)) {
            tick(pipeline.metrics().back().items_in);
        }
        pipeline.wait();
        report.stages = pipeline.metrics();
        report.first_frame_s = report.stages.back().first_item_s;
    }

    FitReport finished_report() {
        const ProcessUsage now = process_usage();
        report.wall_s = std::chrono::duration<double>(Clock::now() - start_).count();
        report.cpu_s = now.cpu_s - usage_.cpu_s;
        report.peak_memory_bytes = now.peak_memory_bytes;
        report.frames_in = clip_.frames();
        report.interrupted = interrupted_;
        if (!report.stages.empty()) {
            report.bottleneck = describe_bottleneck(report.stages, report.wall_s, report.cpu_s,
                                                    std::thread::hardware_concurrency());
        }
        return std::move(report);
    }

    bool interrupted() const { return interrupted_; }

    FitReport report;

  private:
    using Clock = std::chrono::steady_clock;

    void tick(std::int64_t done) {
        if (tick_ && !tick_(done, decode_.info()->estimated_frames)) {
            interrupted_ = true;
        }
    }

    bool go_on(std::int64_t frames) {
        if (options_.serial) {
            tick(frames);
        }
        return !interrupted_;
    }

    Clock::time_point start_ = Clock::now();
    ProcessUsage usage_ = process_usage();
    const FitOptions& options_;
    const FitTick& tick_;
    std::atomic<bool> interrupted_{false};
    Decode decode_;
    Clip clip_;
};

}  // namespace

Fit::Fit(FitOptions options, std::shared_ptr<const Garment> garment)
    : options_(std::move(options)),
      garment_(std::move(garment)),
      workers_(options_.serial ? 0 : helper_threads()) {
    if (!options_.poses) {
        // Silhouettes cost a larger network output and its mask: only for warps that look at them.
        options_.infer.masks = options_.infer.masks ||
                               (garment_ != nullptr && find_warp(options_.warp.warp).uses_shape);
        validate(options_.infer);
        model_ = make_pose_model(options_.infer, workers_);
        if (!options_.infer.detector.empty()) {
            detector_ = make_person_detector(options_.infer.detector, options_.infer, workers_);
        }
    }
}

FitReport Fit::render(const std::string& input, const FitOutputs& outputs, const FitTick& tick) {
    check_names(options_, outputs);
    Run run(options_, input, tick);
    Warp warp(garment_, options_.warp);

    const auto into_sink = [&](auto&... upstream) {
        if (options_.discard) {
            Discard discard;
            run.drive(upstream..., discard);
            run.report.frames_out = discard.frames();
            return;
        }
        Encode encode(outputs.video, run.info(), options_.encode);
        run.drive(upstream..., encode);
        run.report.frames_out = encode.frames();
        run.report.written = encode.partial_path();
        if (!run.interrupted()) {
            encode.publish();
            run.report.written = outputs.video;
        }
    };
    const auto past_warp = [&](auto&... upstream) {
        if (!outputs.matte) {
            into_sink(upstream..., warp);
            return;
        }
        WarpWithMatte warp_with_matte(warp);
        MatteWriter writer(*outputs.matte, *run.info(), options_.encode.threads);
        into_sink(upstream..., warp_with_matte, writer);
        if (run.interrupted()) {
            writer.keep_partial();
            run.report.matte = writer.partial_path();
        } else {
            writer.publish();
            run.report.matte = *outputs.matte;
        }
    };
    const auto past_writer = [&](const PoseFileInfo& info, auto&... upstream) {
        if (!options_.save_poses) {
            past_warp(upstream...);
            return;
        }
        PoseWriter writer(*options_.save_poses, info);
        past_warp(upstream..., writer);
        writer.publish();
    };

    if (options_.poses) {
        PoseReader reader(*options_.poses);
        const PoseFileInfo info = reader.info();
        ReplayPoses replay(std::move(reader), input, clip_hash(input));
        Tallied counted(replay, run.report.poses);
        past_writer(info, counted);
    } else {
        Batch batch(options_.batch);
        Infer infer(model_, detector_, options_.infer);
        Interpolate interpolate(options_.interpolate);
        Tallied counted(interpolate, run.report.poses);
        past_writer(options_.save_poses ? pose_file_info(options_, input, model_->skeleton())
                                        : PoseFileInfo{},
                    batch, infer, counted);
        run.report.inference = infer.counts();
    }
    return run.finished_report();
}

}  // namespace closet
