#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "encode/encode.h"
#include "encode/encode_units.h"
#include "fit/fit.h"
#include "fit/fit_taps.h"
#include "fit/units/unit_run.h"
#include "poses/pose_file.h"

namespace closet {

/// All that a rendering writes: poses, matte and video, each as one file or in units, or nothing.
class FitWriters {
  public:
    /// `poses`: what a pose file says of itself. `units`: null for a rendering in one piece. `tap`:
    /// see FitTaps::frame_out. All are the caller's. Opens the files. Throws MediaError,
    /// ConfigError.
    FitWriters(const FitOptions& options, const FitOutputs& outputs,
               std::shared_ptr<const MediaInfo> media, const PoseFileInfo& poses, UnitRun* units,
               const std::function<void(const Frame&)>& tap);

    AnyPoseWriter* poses() { return poses_ ? &*poses_ : nullptr; }  ///< null where none are saved
    AnySink* matte() { return matte_ ? &*matte_ : nullptr; }        ///< likewise
    AnySink& sink() { return *sink_; }
    std::int64_t frames() const { return frames_(); }  ///< that came to the sink

    /// All stages have ended: the files get their names, or keep their working ones; of a clip
    /// without the person asked for none is left. Units are joined first. `report` tells which of
    /// these it is, and gets where the files are.
    void end(FitReport& report);

  private:
    void open_pieces(const PoseFileInfo& poses);
    void open_units(const PoseFileInfo& poses);
    void check_still_new() const;
    template <class Sink>
    void set_sink(Sink& sink) {
        sink_.emplace(sink, tap_);
        frames_ = [&sink] { return sink.frames(); };
    }

    const FitOptions& options_;
    const FitOutputs& outputs_;
    std::shared_ptr<const MediaInfo> media_;
    UnitRun* units_;
    const std::function<void(const Frame&)>& tap_;
    const std::function<void(const Frame&)> no_tap_;

    std::optional<PoseWriter> pose_file_;
    std::optional<PoseUnits> pose_units_;
    std::optional<Encode> matte_file_, video_file_;
    std::optional<EncodeUnits> matte_units_, video_units_;
    std::optional<PassedUnits> passed_;
    std::optional<Discard> discard_;

    std::optional<AnyPoseWriter> poses_;
    std::optional<AnySink> matte_, sink_;
    std::function<std::int64_t()> frames_;
    std::vector<NewFile*> files_;  ///< in the order in which they get their names
};

/// Joins the units of a clip, all or as many as there are, to files, which get their names
/// together; of an interrupted rendering they keep their working ones, and the units stay. Throws
/// MediaError.
void join_units_of(const FitOptions& options, const FitOutputs& outputs,
                   const std::shared_ptr<const MediaInfo>& media, UnitRun& units,
                   FitReport& report);

}  // namespace closet
