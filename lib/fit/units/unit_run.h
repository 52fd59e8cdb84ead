#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "encode/encode.h"
#include "encode/encode_units.h"
#include "encode/join_units.h"
#include "fit/units/unit_folder.h"
#include "fit/units/unit_memory.h"
#include "poses/pose_file.h"

namespace closet {

/// What a process does of a clip that is rendered in units.
struct UnitTask {
    enum class Part {
        kAll,    ///< everything, from the first unit that is missing on
        kPoses,  ///< finds poses and what the stages remember where units begin; paints for the
                 ///< latter
        kUnit,   ///< renders one unit whose poses are found
        kJoin,   ///< only joins what is there
    };
    Part part = Part::kAll;
    std::size_t unit = 0;  ///< of kUnit
};

/// One process that renders units of a clip.
class UnitRun {
  public:
    /// See UnitFolder. `unit_s`: of a unit, see UnitClock.
    UnitRun(const std::filesystem::path& output, double unit_s, const UnitSettings& settings,
            UnitFolder::Claim claim, UnitTask task = {});
    /// Leaves no folder behind where no unit is complete.
    ~UnitRun();
    UnitRun(const UnitRun&) = delete;
    UnitRun& operator=(const UnitRun&) = delete;
    UnitRun(UnitRun&&) = delete;
    UnitRun& operator=(UnitRun&&) = delete;

    double unit_s() const { return unit_s_; }
    UnitTask::Part part() const { return task_.part; }
    const UnitFolder& folder() const { return folder_; }
    UnitMemory& memory() { return memory_; }

    /// Where this run begins; nothing: with the clip.
    const std::optional<UnitBegin>& begin() const { return begin_; }

    /// The clip ends early, so that its last frames are not what they would be: no more units get
    /// complete. Call before the source ends. From any thread.
    void cut_short() { is_cut_short_ = true; }

    /// `picture`: the clip's first one, where this run begins later.
    void begin_like(const AVFrame& picture) { like_ = properties_of(picture); }

    /// Frames that are to be rendered; nothing: to the end of the clip.
    std::optional<std::int64_t> frames() const {
        return posed_ ? std::optional(posed_->frames) : std::nullopt;
    }

    /// Where the units of one kind go. Those that the run's last stage makes, kVideo or kPassed,
    /// complete a unit.
    UnitPlaces places(std::string_view kind);

    /// The units of a kind that are there to be joined, the one that was cut short among them.
    std::vector<UnitToJoin> to_join(std::string_view kind) const;
    /// Time of the clip's first frame, microseconds.
    std::int64_t first_us() const;
    /// Where the last frame that was rendered ends, microseconds on the input's clock.
    std::int64_t end_us() const;

    /// The output is complete: nothing is kept.
    void remove() { folder_.remove(); }

  private:
    void begin_at(std::size_t unit);
    void end_unit(std::size_t unit, const UnitDone& done, const Frame* next);

    double unit_s_;
    UnitTask task_;
    UnitFolder folder_;
    UnitMemory memory_;
    std::atomic<bool> is_cut_short_{false};
    std::optional<UnitBegin> begin_;
    std::optional<FinishedUnit> posed_;     ///< of kUnit: the unit's poses
    std::optional<std::int64_t> first_us_;  ///< of the clip, once it is known
    std::shared_ptr<const AVFrame> like_;   ///< see begin_like
    std::vector<FinishedUnit> tail_;        ///< what was cut short
    mutable std::mutex mutex_;              ///< of what follows
    std::map<std::size_t, std::map<std::string, std::string>> sha256_;  ///< by unit and kind
};

/// The sink that drops frames, and tells where units end.
class PassedUnits {
  public:
    using Input = Frame;
    static constexpr std::string_view kName = Discard::kName;

    explicit PassedUnits(UnitPlaces places) : places_(std::move(places)) {}

    void consume(const Frame& frame);
    void finish() { places_.ended(done_, nullptr); }
    std::int64_t frames() const { return frames_; }

  private:
    UnitPlaces places_;
    UnitDone done_;
    std::int64_t frames_ = 0;
};

/// Writes the poses of the frames that pass through, a pose file a unit.
class PoseUnits {
  public:
    using Input = PosedFrame;
    using Output = PosedFrame;
    static constexpr std::string_view kName = PoseWriter::kName;

    PoseUnits(PoseFileInfo info, UnitPlaces places)
        : info_(std::move(info)), places_(std::move(places)) {}

    /// Throws as PoseWriter does.
    void process(PosedFrame frame, const Emit<PosedFrame>& emit);
    void flush(const Emit<PosedFrame>&) { end_unit(nullptr); }

  private:
    void end_unit(const Frame* next);

    PoseFileInfo info_;
    UnitPlaces places_;
    std::optional<PoseWriter> writer_;
    std::int64_t frames_ = 0;
};

/// Writes the pose files of units into one. Throws MediaError.
void join_poses(NewFile& file, const std::vector<UnitToJoin>& units);

}  // namespace closet
