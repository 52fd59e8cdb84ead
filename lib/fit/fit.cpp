#include "fit/fit.h"

#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/new_file.h"
#include "core/sha256.h"
#include "encode/encode.h"
#include "fit/fit_run.h"
#include "fit/fit_taps.h"
#include "fit/fit_writers.h"
#include "fit/matte_writer.h"
#include "fit/memory_clip.h"
#include "fit/replay_by_face.h"
#include "fit/units/resumed_source.h"
#include "infer/run/device.h"
#include "infer/try_on/try_on_networks.h"
#include "poses/pose_file.h"
#include "poses/replay_poses.h"

namespace closet {
namespace {

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

}  // namespace

InferOptions Fit::infer_options(const FitOptions& options, const Ensemble& garments) {
    InferOptions infer = options.infer;
    // Silhouettes cost a larger network output and its mask: only for what looks at them, now or
    // when poses that are saved are worn.
    const bool looked_at = looks_at_people(options.warp);
    infer.masks = infer.masks || options.restore.is_on() ||
                  ((!garments.empty() || options.save_poses) && looked_at);
    // Key frames closer than the default interval share masks; who wants them as they are measured
    // gets all masks. Note [Outlines now and then].
    constexpr double kMasksEveryS = 0.1;
    infer.masks_every_s = options.interpolate.sigma_s > 0 ? kMasksEveryS : 0;
    const bool is_chosen = infer.parser != parser_names::kAuto;
    if ((garments.empty() && !options.save_poses) || !(looked_at || is_chosen)) {
        infer.parser = parser_names::kNone;
    }
    return infer;
}

Fit::Fit(const FitOptions& options, const Ensemble& garments)
    : Fit(options, garments,
          options.poses ? nullptr
                        : std::make_shared<const FitNetworks>(infer_options(options, garments),
                                                              options.serial, options.cores)) {}

Fit::Fit(FitOptions options, Ensemble garments, std::shared_ptr<const FitNetworks> networks)
    : options_(within_cores(std::move(options))),
      garments_(std::move(garments)),
      networks_(std::move(networks)) {
    options_.infer = infer_options(options_, garments_);
    if (!options_.warp.tensors) {
        options_.warp.tensors = named_cuda_device(options_.infer.device);
    }
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
    std::unique_ptr<UnitRun> units;
    DecodeOptions decode = options_.decode;
    const bool is_watched = taps.frame_in || taps.posed || taps.matted || taps.frame_out;
    if (const auto& device = options_.warp.tensors; device && device->is_cuda() && !is_watched) {
        decode.stay_on = device;  // whoever watches reads pixels
    }
    const auto open = [&]() -> std::unique_ptr<FrameSource> {
        auto source = std::make_unique<DecodedSource>(input, decode);
        units = begin_units(*source->info(), outputs);
        if (units && units->begin()) {
            if (const std::optional<Frame> first = source->next()) {
                units->begin_like(*first->image);
            }
            return std::make_unique<ResumedSource>(input, decode, *units->begin());
        }
        return source;
    };
    const FitTick told = [&](std::int64_t done, std::int64_t expected) {
        const bool goes_on = !tick || tick(done, expected);
        if (!goes_on && units) {
            units->cut_short();
        }
        return goes_on;
    };
    try {
        return render(open, outputs, told, taps, units);
    } catch (...) {
        if (units && units->part() == UnitTask::Part::kAll && !units->folder().finished().empty()) {
            log::warning(
                "{}: {} units are complete and kept in {}; the same command with {} goes on",
                outputs.video.string(), units->folder().finished().size(),
                units->folder().path().string(), flags::kResumeUnits);
        }
        throw;
    }
}

FitReport Fit::render(const MemoryClip& clip, const FitOutputs& outputs, const FitTick& tick,
                      const FitTaps& taps) {
    const auto open = [&] { return std::make_unique<MemorySource>(clip); };
    std::unique_ptr<UnitRun> none;
    return render(OpenSource(open), outputs, tick, taps, none);
}

/// Null where the clip is rendered in one piece.
std::unique_ptr<UnitRun> Fit::begin_units(const MediaInfo& info, const FitOutputs& outputs) const {
    const double seconds =
        options_.unit_s.value_or(info.duration_s > kLongClipS ? kUnitSeconds : 0.0);
    if (seconds <= 0 || info.is_still_picture) {
        return nullptr;
    }
    std::error_code ignored;
    const std::string identity = clip_identity(info.path);
    const bool is_file = !std::filesystem::exists(outputs.video, ignored) ||
                         std::filesystem::is_regular_file(outputs.video, ignored);
    if (options_.discard || identity.empty() || !is_file ||
        container_of(outputs.video).is_picture || face_) {
        if (options_.unit_s || options_.resume) {
            throw ConfigError(fmt::format(
                "cannot render {} in units: {} and {} are for clips that are files, rendered to "
                "files, and not for a person chosen by a face among poses of a file",
                info.path, flags::kUnitLength, flags::kResumeUnits));
        }
        return nullptr;
    }
    const bool is_begun = UnitFolder::is_begun(outputs.video);
    if (is_begun && !options_.resume && !outputs.overwrite &&
        options_.unit_task.part == UnitTask::Part::kAll) {
        throw ConfigError(fmt::format(
            "cannot write {}: a run that ended early left complete units in {}; give {} to go on "
            "with them, or -y to begin anew",
            outputs.video.string(), UnitFolder::beside(outputs.video).string(),
            flags::kResumeUnits));
    }
    UnitSettings settings = options_.unit_settings ? options_.unit_settings() : UnitSettings();
    settings["the clip"] = identity;
    settings[flags::kUnitLength] = fmt::format("{}", seconds);
    const UnitTask task = options_.unit_task;
    const bool is_alone = task.part == UnitTask::Part::kAll;
    using Claim = UnitFolder::Claim;
    return std::make_unique<UnitRun>(outputs.video, seconds, settings,
                                     task.part == UnitTask::Part::kUnit ? Claim::kShare
                                     : options_.resume || !is_alone     ? Claim::kResume
                                                                        : Claim::kBegin,
                                     task);
}

FitReport Fit::render(const OpenSource& open, const FitOutputs& outputs, const FitTick& tick,
                      const FitTaps& taps, std::unique_ptr<UnitRun>& units) {
    FitRun run(options_, open, tick, taps);
    const std::string& input = run.source().path();
    check_files(options_, outputs, input);
    const std::shared_ptr<const MediaInfo> media = run.source().info();
    const UnitTask::Part part = units ? units->part() : UnitTask::Part::kAll;
    run.report.frames_kept = part != UnitTask::Part::kUnit ? run.source().passed() : 0;
    if (units && part != UnitTask::Part::kUnit && units->folder().is_whole()) {
        for (const FinishedUnit& unit : units->folder().finished()) {
            run.report.frames_kept += unit.frames;
        }
        if (part != UnitTask::Part::kPoses) {
            join_units_of(options_, outputs, media, *units, run.report);
        }
        return run.finished_report();
    }
    if (part == UnitTask::Part::kJoin) {
        throw MediaError(fmt::format("cannot join {}: unit {} is not there yet",
                                     outputs.video.string(), units->folder().finished().size()));
    }
    if (units && units->frames()) {
        run.end_after(*units->frames());
    }
    UnitMemory* const memory = units ? &units->memory() : nullptr;
    std::optional<RestoreFaces> restore;
    if (options_.restore.is_on()) {
        restore.emplace(options_.restore, restoring_);
    }
    Warp warp(garments_, options_.warp, restore ? &*restore : nullptr);

    std::optional<PoseReader> reader;
    PoseFileInfo info;
    const PersonRule& person = options_.interpolate.person;
    if (options_.poses) {
        info = reader.emplace(*options_.poses).info();
        if (person.kind != PersonRule::Kind::kAll) {
            info.settings[kPersonSetting] = to_string(person);
        }
    } else if (options_.save_poses || part == UnitTask::Part::kPoses) {
        info = pose_file_info(options_, input, networks_->model()->skeleton(),
                              networks_->parser().get());
    }
    FitWriters writers(options_, outputs, media, info, units.get(), taps.frame_out);

    const auto dress = [&](auto&... upstream) {
        if (AnySink* matte = writers.matte()) {
            WarpWithMatte with_matte(warp);
            Remembering remembering(with_matte, memory);
            MatteWriter writer(*matte);
            run.drive(upstream..., remembering, writer, writers.sink());
        } else if (taps.matted) {
            WarpWithMatte with_matte(warp);
            Remembering remembering(with_matte, memory);
            ShowMattes show(taps.matted);
            run.drive(upstream..., remembering, show, writers.sink());
        } else {
            Remembering remembering(warp, memory);
            run.drive(upstream..., remembering, writers.sink());
        }
    };
    const auto save_and_dress = [&](auto&... upstream) {
        if (AnyPoseWriter* writer = writers.poses()) {
            dress(upstream..., *writer);
        } else {
            dress(upstream...);
        }
    };
    const WantedPerson* wanted = nullptr;
    const FaceQuery* query = nullptr;
    const auto end = [&] {
        run.report.stages.back().name = writers.sink().name();
        run.report.frames_out = writers.frames();
        run.report.face = report_face(wanted, query);
        run.report.interrupted = run.interrupted();
        writers.end(run.report);
    };
    if (face_) {
        ReplayPoses replay(std::move(*reader), input, clip_hash(input));
        ReplayByFace by_face(face_->query());
        wanted = &by_face.wanted();
        query = face_->query().get();
        Tallied counted(by_face, run.report.poses, taps.posed);
        save_and_dress(replay, counted);
        end();
    } else if (reader) {
        const bool is_unit = part == UnitTask::Part::kUnit;  // its poses are of this very clip
        ReplayPoses replay(std::move(*reader), input, is_unit ? "" : clip_hash(input), person);
        if (units && !is_unit) {
            replay.mark_units(UnitClock(units->unit_s()));
        }
        if (units && units->begin()) {
            replay.begin_late();
        }
        Tallied counted(replay, run.report.poses, taps.posed);
        save_and_dress(counted);
        end();
    } else {
        BatchOptions batch_options = options_.batch;
        batch_options.unit_s = units ? units->unit_s() : 0;
        Batch batch(batch_options);
        Infer infer(networks_->model(), networks_->detector(), networks_->parser(), options_.infer,
                    networks_->face());
        wanted = infer.wanted();
        query = networks_->face().get();
        Interpolate interpolate(options_.interpolate);
        RememberingBatch batch_with_memory(batch, memory);
        Remembering infer_with_memory(infer, memory);
        Remembering interpolate_with_memory(interpolate, memory);
        Tallied counted(interpolate_with_memory, run.report.poses, taps.posed);
        save_and_dress(batch_with_memory, infer_with_memory, counted);
        run.report.inference = infer.counts();
        run.report.parsed = infer.parsed();
        end();
    }
    run.report.try_on = warp.try_on();
    run.report.old_clothes = warp.old_clothes();
    if (restore) {
        run.report.restored = restore->counts();
    }
    return run.finished_report();
}

}  // namespace closet
