#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "core/ensemble.h"
#include "core/option.h"
#include "decode/decode.h"
#include "encode/encode.h"
#include "fit/face_photo.h"
#include "fit/fit_networks.h"
#include "fit/fit_taps.h"
#include "fit/memory_clip.h"
#include "fit/units/unit_run.h"
#include "infer/infer.h"
#include "interpolate/interpolate.h"
#include "pipeline/stage_metrics.h"
#include "restore/restore_faces.h"
#include "warp/warp.h"

namespace closet {

/// Everything that a rendering can be told, stage by stage.
struct FitOptions {
    DecodeOptions decode;
    BatchOptions batch;
    InferOptions infer;
    InterpolateOptions interpolate;
    WarpOptions warp;
    RestoreOptions restore;
    EncodeOptions encode;

    std::optional<std::filesystem::path> save_poses;  ///< write the poses of every frame here
    std::optional<std::filesystem::path> poses;       ///< take them from here instead of inferring
    bool discard = false;                             ///< no encoder: decode, infer and paint only
    bool serial = false;                              ///< all stages on one thread
    std::size_t queue_capacity = 4;                   ///< items between two stages
    std::size_t memory_mb = 40;                       ///< frames on their way; 0: any number
    std::optional<std::int64_t> max_frames;           ///< the clip ends after that many
    unsigned cores = 0;  ///< that codecs and networks share, where others run too; 0: all

    /// Seconds of a unit (Note [Units]); 0: the clip is rendered in one piece. Unset:
    /// `kUnitSeconds` for clips longer than `kLongClipS`.
    std::optional<double> unit_s{};
    bool resume = false;  ///< go on with the units that an earlier run left
    /// What frames depend on, beside the clip: told where it differs. Asked where units begin.
    std::function<UnitSettings()> unit_settings;
    UnitTask unit_task;  ///< a part of the work; kUnit wants the unit's `poses`
};
inline constexpr double kUnitSeconds = 10;
inline constexpr double kLongClipS = 60;

/// What is the rendering's own; its stages have theirs.
std::vector<Option> pose_file_options(FitOptions& options);
std::vector<Option> unit_options(FitOptions& options);
std::vector<Option> run_options(FitOptions& options);

/// Where the results of one rendering go.
struct FitOutputs {
    std::filesystem::path video;                 ///< unused with `FitOptions::discard`
    std::optional<std::filesystem::path> matte;  ///< write the matte of every frame here as well
    bool overwrite = true;  ///< else video and matte must not exist when the run begins
};

/// Whether the person asked for by a face was in the clip.
struct FaceReport {
    std::string photo;          ///< the file
    std::string network;        ///< that told faces apart
    float threshold = 0;        ///< the least similarity of the same person
    std::optional<float> best;  ///< the highest similarity of any face; nothing: no face was seen
    std::size_t looks = 0;      ///< at heads of people
    std::size_t faces = 0;      ///< that were seen in them
    bool found = false;
};

/// What one rendering did and what it cost.
struct FitReport {
    std::int64_t frames_in = 0;
    std::int64_t frames_out = 0;
    std::int64_t frames_kept = 0;  ///< beside these: of units that an earlier run had completed
    std::size_t units_kept = 0;    ///< of an interrupted run, for the next one to go on with
    TrackerCounts inference;       ///< `views` are the key frames; all 0 with `poses`
    std::int64_t parsed = 0;       ///< people on key frames that a parser looked at
    PoseCounts poses;
    TryOnCounts try_on;         ///< what try-on networks did
    RemovalCounts old_clothes;  ///< what became of the wearers' own clothes
    RestoreCounts restored;     ///< and of their faces
    /// Set where the person was asked for by a face. Where that one was not found, no file of the
    /// rendering appears.
    std::optional<FaceReport> face;
    double wall_s = 0;         ///< from opening the input to closing the output
    double cpu_s = 0;          ///< of the whole process, in the same time
    double first_frame_s = 0;  ///< until the first frame reached the sink
    double stream_s = 0;       ///< of `wall_s`: from the first frame asked for to the sink's end
    double stream_cpu_s = 0;   ///< of `cpu_s`, in that time
    std::int64_t peak_memory_bytes = 0;
    std::size_t peak_frame_bytes = 0;  ///< of frames on their way; 0 where they were not counted
    std::vector<StageMetrics> stages;  ///< in a serial run without waits and `cpu_s`
    std::string bottleneck;
    bool interrupted = false;       ///< ended early; all files stay under their .partial names
    std::filesystem::path written;  ///< the file that holds the result; empty when discarded
    std::filesystem::path matte;    ///< the file that holds the matte; empty where none was asked
    std::filesystem::path poses_file;  ///< the file that holds the poses, likewise

    /// The whole clip was looked at, and the person asked for by a face is not in it.
    bool lacks_face() const { return face && !face->found && !interrupted; }
};

/// Called now and then from the thread that called `render`, with the frames that the sink has
/// taken and the frames to expect (0: unknown). Returning false ends the rendering in order.
using FitTick = std::function<bool(std::int64_t done, std::int64_t expected)>;

/// Renders clips one after the other with the same garments and one set of options. What does not
/// depend on the clip is prepared once. Not for use from several threads.
class Fit {
  public:
    /// Loads the networks. Without garments frames are not painted, but for the skeleton and
    /// restored faces if asked for. Throws ConfigError or ModelError.
    Fit(const FitOptions& options, const Ensemble& garments);

    /// With networks that are loaded already: null with `FitOptions::poses`, else some that serve
    /// these options.
    Fit(FitOptions options, Ensemble garments, std::shared_ptr<const FitNetworks> networks);

    /// What the networks of a run are loaded for: `options.infer` with masks where the garment's
    /// warp or the restoring of faces looks at them.
    static InferOptions infer_options(const FitOptions& options, const Ensemble& garments);

    /// Reads `input`, dresses every frame and writes `outputs` and the poses: they get their names
    /// together, when all are complete. Throws MediaError, ModelError or ConfigError; then none of
    /// them appears, and what was there before is there still, with the units that are complete.
    FitReport render(const std::string& input, const FitOutputs& outputs, const FitTick& tick = {},
                     const FitTaps& taps = {});

    /// The same with a clip that is held in memory; `FitOptions::decode` was the clip's part.
    FitReport render(const MemoryClip& clip, const FitOutputs& outputs, const FitTick& tick = {},
                     const FitTaps& taps = {});

  private:
    using OpenSource = std::function<std::unique_ptr<FrameSource>()>;
    FitReport render(const OpenSource& open, const FitOutputs& outputs, const FitTick& tick,
                     const FitTaps& taps, std::unique_ptr<UnitRun>& units);
    std::unique_ptr<UnitRun> begin_units(const MediaInfo& info, const FitOutputs& outputs) const;

    FitOptions options_;
    Ensemble garments_;
    std::shared_ptr<const FitNetworks> networks_;  ///< null when the poses come from a file
    std::shared_ptr<const FaceOfPhoto> face_;      ///< when they do, and a face chooses among them
    FaceTools restoring_;                          ///< empty where no face is restored
};

}  // namespace closet
