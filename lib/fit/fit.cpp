#include "fit/fit.h"

#include <atomic>
#include <chrono>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "core/new_file.h"
#include "core/sha256.h"
#include "encode/encode.h"
#include "fit/fit_taps.h"
#include "fit/matte_writer.h"
#include "fit/memory_clip.h"
#include "fit/replay_by_face.h"
#include "infer/try_on/try_on_networks.h"
#include "pipeline/pipeline.h"
#include "pipeline/process_usage.h"
#include "pipeline/serial.h"
#include "poses/pose_file.h"
#include "poses/replay_poses.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

/// How often a run looks for an interrupt and reports its progress.
constexpr auto kTickPeriod = 100ms;

/// Ties a pose file to its clip; empty for inputs that are no regular file (a pipe, a URL).
std::string clip_hash(const std::string& input) {
    std::error_code error;
    return std::filesystem::is_regular_file(input, error) ? sha256_of_file(input) : std::string();
}

PoseFileInfo pose_file_info(const FitOptions& options, const std::string& input, Skeleton skeleton,
                            const PersonParser* parser) {
    PoseFileInfo info;
    info.model = options.infer.model;
    info.clip_sha256 = clip_hash(input);
    info.skeleton = skeleton;
    const BatchOptions& batch = options.batch;
    info.settings = {{"batch", std::to_string(batch.size)},
                     {"scale", fmt::format("{}", batch.scale)},
                     {kPersonSetting, to_string(options.interpolate.person)}};
    if (batch.every) {
        info.settings["every"] = std::to_string(*batch.every);
    } else {
        info.settings["interval"] = fmt::format("{}", batch.interval_s);
    }
    if (batch.adaptive) {
        info.settings["key-frames"] = "adaptive";
    }
    const InferOptions& infer = options.infer;
    if (infer.max_people > 1) {
        info.settings["max-people"] = std::to_string(infer.max_people);
        info.settings["detect-every"] = fmt::format("{}", infer.detect_every_s);
    }
    if (!infer.detector.empty()) {
        info.settings["detector"] = infer.detector;
    }
    if (parser != nullptr) {
        info.settings["parser"] = parser->name();
        info.settings["parse-every"] = fmt::format("{}", infer.parse_every_s);
    }
    return info;
}

/// Throws where two of the files that are read and written together are one.
void check_files(const FitOptions& options, const FitOutputs& outputs, const std::string& input) {
    check_names({{"the input", input},
                 {flags::kPoses, options.poses.value_or("")},
                 {flags::kPerson, options.infer.face_photo}},
                {{"the output", options.discard ? "" : outputs.video},
                 {flags::kMatte, outputs.matte.value_or("")},
                 {flags::kSavePoses, options.save_poses.value_or("")}});
}

/// Throws where a file came into being since the user was asked; its working name is locked now.
void check_still_new(const FitOutputs& outputs, std::span<NewFile* const> files) {
    std::error_code ignored;
    for (const NewFile* file : files) {
        const bool asked = file->path() == outputs.video || file->path() == outputs.matte;
        if (asked && !outputs.overwrite && !file->is_direct() &&
            std::filesystem::exists(file->path(), ignored)) {
            throw ConfigError(
                fmt::format("cannot write {}: the file exists; give -y to overwrite it",
                            file->path().string()));
        }
    }
}

std::optional<FaceReport> report_face(const WantedPerson* wanted, const FaceQuery* query) {
    if (wanted == nullptr) {
        return std::nullopt;
    }
    return FaceReport{.photo = query->photo,
                      .network = query->reader->embedder().name(),
                      .threshold = query->threshold(),
                      .best = wanted->best(),
                      .looks = wanted->looks(),
                      .faces = wanted->faces(),
                      .found = wanted->was_found()};
}

/// All files of a rendering get their names, or all keep their working ones; of a clip without the
/// person asked for none is left.
void end_files(std::span<NewFile* const> files, bool interrupted,
               const std::optional<FaceReport>& face) {
    if (face && !face->found && !interrupted) {
        return;
    }
    if (!interrupted) {
        NewFile::publish_all(files);
        return;
    }
    for (NewFile* file : files) {
        file->keep();
    }
}

/// Gives codecs whose threads nobody chose their part of the cores.
FitOptions within_cores(FitOptions options) {
    if (options.cores > 0 && options.decode.threads == 0) {
        options.decode.threads = automatic_decoder_threads(options.cores);
    }
    if (options.cores > 0 && options.encode.threads == 0) {
        options.encode.threads = static_cast<int>(options.cores);
    }
    return options;
}

/// One rendering: owns the source and the report, and drives whatever chain it is given.
class Run {
  public:
    /// `open` belongs to the time that the report tells.
    Run(const FitOptions& options, const std::function<std::unique_ptr<FrameSource>()>& open,
        const FitTick& tick, const FitTaps& taps)
        : options_(options),
          tick_(tick),
          source_(open()),
          clip_(
              *source_, [this](std::int64_t frames) { return go_on(frames); }, taps.frame_in) {}

    const FrameSource& source() const { return *source_; }

    /// Drives source -> stages -> sink to the end.
    template <class... Stages>
    void drive(Stages&... stages) {
        const Clock::time_point start = Clock::now();
        const double cpu_before = process_usage().cpu_s;
        if (options_.serial) {
            report.stages = run_serial({}, clip_, stages...);
        } else {
            constexpr std::size_t kMegabyte = 1'000'000;
            Pipeline pipeline({.queue_capacity = options_.queue_capacity,
                               .memory_bytes = options_.memory_mb * kMegabyte},
                              clip_, stages...);
            while (!pipeline.wait_for(kTickPeriod)) {
                tick(pipeline.metrics().back().items_in);
            }
            pipeline.wait();
            report.stages = pipeline.metrics();
            report.peak_frame_bytes = pipeline.peak_bytes();
        }
        report.stream_s = seconds_since(start);
        report.stream_cpu_s = process_usage().cpu_s - cpu_before;
        report.stages.front().name = source_->name();  // the type does not tell it from others
        report.first_frame_s = report.stages.back().first_item_s;
    }

    FitReport finished_report() {
        const ProcessUsage now = process_usage();
        report.wall_s = seconds_since(start_);
        report.cpu_s = now.cpu_s - usage_.cpu_s;
        report.peak_memory_bytes = now.peak_memory_bytes;
        report.frames_in = clip_.frames();
        report.interrupted = interrupted_;
        report.bottleneck = describe_bottleneck(report.stages, report.wall_s, report.cpu_s,
                                                std::thread::hardware_concurrency());
        return std::move(report);
    }

    bool interrupted() const { return interrupted_; }

    FitReport report;

  private:
    using Clock = std::chrono::steady_clock;

    static double seconds_since(Clock::time_point start) {
        return std::chrono::duration<double>(Clock::now() - start).count();
    }

    void tick(std::int64_t done) {
        if (tick_ && !tick_(done, source_->info()->estimated_frames)) {
            interrupted_ = true;
        }
    }

    bool go_on(std::int64_t frames) {
        if (options_.serial) {
            tick(frames);
        }
        return !interrupted_ && (!options_.max_frames || frames < *options_.max_frames);
    }

    Clock::time_point start_ = Clock::now();
    ProcessUsage usage_ = process_usage();
    const FitOptions& options_;
    const FitTick& tick_;
    std::atomic<bool> interrupted_{false};
    std::unique_ptr<FrameSource> source_;
    Clip clip_;
};

}  // namespace

InferOptions Fit::infer_options(const FitOptions& options, const Ensemble& garments) {
    InferOptions infer = options.infer;
    // Silhouettes cost a larger network output and its mask: only for what looks at them, now or
    // when poses that are saved are worn.
    const bool looked_at = looks_at_people(options.warp);
    infer.masks = infer.masks || options.restore.is_on() ||
                  ((!garments.empty() || options.save_poses) && looked_at);
    const bool is_chosen = infer.parser != parser_names::kAuto;
    if ((garments.empty() && !options.save_poses) || !(looked_at || is_chosen)) {
        infer.parser = parser_names::kNone;
    }
    return infer;
}

std::vector<Option> pose_file_options(FitOptions& o) {
    const char* group = "Pose";
    return {
        {.names = flags::kPoses,
         .group = group,
         .help = fmt::format(
             "take the poses from this file instead of inferring: everybody in it, unless {} "
             "says otherwise",
             flags::kPerson),
         .value = &o.poses,
         .placeholder = "FILE",
         .is_setting = false},
        {.names = flags::kSavePoses,
         .group = group,
         .help =
             fmt::format("write the poses and masks of every frame, JSON Lines; {} gives the same "
                         "picture again",
                         flags::kPoses),
         .value = &o.save_poses,
         .placeholder = "FILE",
         .is_setting = false},
    };
}

std::vector<Option> run_options(FitOptions& o) {
    const char* group = "Run";
    return {
        {.names = "--serial",
         .group = group,
         .help = "all stages on one thread",
         .value = &o.serial,
         .is_setting = false},
        {.names = "--queue",
         .group = group,
         .help = "items between two stages",
         .value = &o.queue_capacity,
         .range = {1, 1024}},
        {.names = "--memory",
         .group = group,
         .help =
             "MB of frames on their way from decoder to encoder, or as many as the stages need; "
             "0: any number",
         .value = &o.memory_mb,
         .range = {0, 1'000'000},
         .placeholder = "MB"},
    };
}

Fit::Fit(FitOptions options, const Ensemble& garments)
    : Fit(options, garments,
          options.poses ? nullptr
                        : std::make_shared<const FitNetworks>(infer_options(options, garments),
                                                              options.serial, options.cores)) {}

Fit::Fit(FitOptions options, Ensemble garments, std::shared_ptr<const FitNetworks> networks)
    : options_(within_cores(std::move(options))),
      garments_(std::move(garments)),
      networks_(std::move(networks)) {
    options_.infer = infer_options(options_, garments_);
    if (is_try_on(options_.warp.warp) && !garments_.empty() && !options_.warp.form.try_on) {
        if (!options_.poses && networks_->parser() == nullptr) {
            throw ConfigError(fmt::format(
                "the warp {} has to know where clothes and skin are, and no parser tells: `closet "
                "models fetch {}` brings all that it needs",
                options_.warp.warp, options_.warp.warp));
        }
        options_.warp.form.try_on =
            make_try_on(options_.warp.warp, options_.warp.form.try_on_models, options_.infer);
    }
    if (options_.poses && options_.interpolate.person.kind == PersonRule::Kind::kFace) {
        face_ = std::make_shared<const FaceOfPhoto>(options_.infer);
    }
    if (options_.restore.is_on()) {
        restoring_ =
            load_face_tools(options_.restore, options_.infer, options_.serial, options_.cores);
    }
}

FitReport Fit::render(const std::string& input, const FitOutputs& outputs, const FitTick& tick,
                      const FitTaps& taps) {
    const auto open = [&] { return std::make_unique<DecodedSource>(input, options_.decode); };
    return render(OpenSource(open), outputs, tick, taps);
}

FitReport Fit::render(const MemoryClip& clip, const FitOutputs& outputs, const FitTick& tick,
                      const FitTaps& taps) {
    const auto open = [&] { return std::make_unique<MemorySource>(clip); };
    return render(OpenSource(open), outputs, tick, taps);
}

FitReport Fit::render(const OpenSource& open, const FitOutputs& outputs, const FitTick& tick,
                      const FitTaps& taps) {
    Run run(options_, open, tick, taps);
    const std::string& input = run.source().path();
    check_files(options_, outputs, input);
    const std::shared_ptr<const MediaInfo> media = run.source().info();
    std::optional<RestoreFaces> restore;
    if (options_.restore.is_on()) {
        restore.emplace(options_.restore, restoring_);
    }
    Warp warp(garments_, options_.warp, restore ? &*restore : nullptr);

    std::vector<NewFile*> files;  // in the order in which they get their names
    const WantedPerson* wanted = nullptr;
    const auto end = [&] {
        run.report.face = report_face(wanted, face_       ? face_->query().get()
                                              : networks_ ? networks_->face().get()
                                                          : nullptr);
        end_files(files, run.interrupted(), run.report.face);
    };
    const auto is_dropped = [&] {
        return run.report.face && !run.report.face->found && !run.interrupted();
    };
    const auto into_sink = [&](auto&... upstream) {
        if (options_.discard) {
            Discard discard;
            TappedSink sink(discard, taps.frame_out);
            check_still_new(outputs, files);
            run.drive(upstream..., sink);
            run.report.frames_out = discard.frames();
            end();
            return;
        }
        Encode encode(outputs.video, media, options_.encode);
        files.push_back(&encode.file());
        check_still_new(outputs, files);
        TappedSink sink(encode, taps.frame_out);
        run.drive(upstream..., sink);
        run.report.frames_out = encode.frames();
        end();
        run.report.written = is_dropped() ? std::filesystem::path() : encode.file().where();
    };
    const auto past_warp = [&](auto&... upstream) {
        if (!outputs.matte && !taps.matted) {
            into_sink(upstream..., warp);
            return;
        }
        WarpWithMatte warp_with_matte(warp);
        if (!outputs.matte) {
            ShowMattes show(taps.matted);
            into_sink(upstream..., warp_with_matte, show);
            return;
        }
        MatteWriter writer(*outputs.matte, *media, options_.encode.threads);
        files.push_back(&writer.file());
        into_sink(upstream..., warp_with_matte, writer);
        run.report.matte = is_dropped() ? std::filesystem::path() : writer.file().where();
    };
    const auto past_writer = [&](const PoseFileInfo& info, auto&... upstream) {
        if (!options_.save_poses) {
            past_warp(upstream...);
            return;
        }
        PoseWriter writer(*options_.save_poses, info);
        files.push_back(&writer.file());
        past_warp(upstream..., writer);
        run.report.poses_file = is_dropped() ? std::filesystem::path() : writer.file().where();
    };

    if (options_.poses) {
        PoseReader reader(*options_.poses);
        PoseFileInfo info = reader.info();
        const PersonRule& person = options_.interpolate.person;
        if (person.kind != PersonRule::Kind::kAll) {
            info.settings[kPersonSetting] = to_string(person);
        }
        if (face_) {
            ReplayPoses replay(std::move(reader), input, clip_hash(input));
            ReplayByFace by_face(face_->query());
            wanted = &by_face.wanted();
            Tallied counted(by_face, run.report.poses, taps.posed);
            past_writer(info, replay, counted);
        } else {
            ReplayPoses replay(std::move(reader), input, clip_hash(input), person);
            Tallied counted(replay, run.report.poses, taps.posed);
            past_writer(info, counted);
        }
    } else {
        Batch batch(options_.batch);
        Infer infer(networks_->model(), networks_->detector(), networks_->parser(), options_.infer,
                    networks_->face());
        wanted = infer.wanted();
        Interpolate interpolate(options_.interpolate);
        Tallied counted(interpolate, run.report.poses, taps.posed);
        past_writer(options_.save_poses
                        ? pose_file_info(options_, input, networks_->model()->skeleton(),
                                         networks_->parser().get())
                        : PoseFileInfo{},
                    batch, infer, counted);
        run.report.inference = infer.counts();
        run.report.parsed = infer.parsed();
    }
    run.report.try_on = warp.try_on();
    run.report.old_clothes = warp.old_clothes();
    if (restore) {
        run.report.restored = restore->counts();
    }
    return run.finished_report();
}

}  // namespace closet
