#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/frame.h"
#include "core/new_file.h"

namespace closet {

namespace flags {
inline constexpr const char* kUnitLength = "--segments";
inline constexpr const char* kResumeUnits = "--resume";
}  // namespace flags

/// Note [Journal of units]
/// While a clip is rendered in units (Note [Units]) a folder beside the output, `<output>.units`,
/// holds all that a later run needs to go on:
///   settings.json     what the frames depend on: every setting, clip, garments, program
///   00003.begin       where unit 3 begins in the clip, JSON
///   00003.state       what the stages remember there (Note [State of a run])
///   00003.video       its packets; likewise .matte, and .poses, lines of a pose file
///   00003.done        its frames and the hashes of its files, JSON: the unit is complete
///   00003.posed       likewise, of the poses alone, where these are found before anything is
///   painted
/// Each appears whole and is forced to the disk before the next, .done last: what a killed run
/// leaves is a list of complete units, and at most one that is made again. Posed units may be made
/// in any order, twice, and by several machines at a time.

/// What a run's frames depend on, by name: "--crf": "20", "the clip": "<hash>".
using UnitSettings = std::map<std::string, std::string>;

/// Where a unit begins.
struct UnitBegin {
    std::int64_t index = 0;  ///< of its first frame, in the clip
    std::int64_t pts = 0;    ///< likewise, in `time_base`
    AVRational time_base{1, 1};
    bool scene_start = false;
};
UnitBegin unit_begin(const Frame& first);

/// The kinds of file that a unit consists of.
namespace unit_files {
inline constexpr std::string_view kVideo = "video";
inline constexpr std::string_view kMatte = "matte";
inline constexpr std::string_view kPoses = "poses";
inline constexpr std::string_view kPassed = "passed";  ///< no file: frames that were only looked at
}  // namespace unit_files

/// What can be complete of a unit.
namespace unit_records {
inline constexpr std::string_view kDone = "done";
inline constexpr std::string_view kPosed = "posed";
}  // namespace unit_records

/// One unit, complete.
struct FinishedUnit {
    std::int64_t frames = 0;
    std::int64_t end_us = 0;                    ///< where its last frame ends, on the input's clock
    bool is_last = false;                       ///< the clip ends with it
    std::map<std::string, std::string> sha256;  ///< by kind
};

/// The journal of one rendering. Every failure is a MediaError or ConfigError of one sentence.
class UnitFolder {
  public:
    /// The folder of an output.
    static std::filesystem::path beside(const std::filesystem::path& output);

    /// Removes what a run that was killed while it removed the folder left of it.
    static void remove_rest(const std::filesystem::path& output);

    /// Whether an earlier run left complete units of an output.
    static bool is_begun(const std::filesystem::path& output);

    enum class Claim {
        kBegin,   ///< remove what is there
        kResume,  ///< go on with what is there, if anything
        kShare,   ///< the same, beside other runs, each of which makes a unit
        kLook,    ///< only read what is there, if anything, of whatever settings
    };
    /// Creates the folder, or continues it. `record`: what this run completes units to. Throws
    /// ConfigError where what is there was begun with other settings, naming them, and MediaError
    /// where another run uses it.
    UnitFolder(const std::filesystem::path& output, const UnitSettings& settings, Claim claim,
               std::string_view record = unit_records::kDone);

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path file(std::size_t unit, std::string_view kind) const;
    /// How this run names files that are not complete yet: beside other runs in a way of its own.
    const std::string& working_ending() const { return ending_; }

    /// What a record says of a unit; nothing where it is not complete so far.
    std::optional<FinishedUnit> record_of(std::size_t unit, std::string_view record) const;

    /// Units that this run's record is there for, without a gap from the first on.
    const std::vector<FinishedUnit>& finished() const { return finished_; }
    /// All units are there.
    bool is_whole() const { return !finished_.empty() && finished_.back().is_last; }

    /// Where a unit begins, and the memory of the stages there; nothing where no run came so far.
    std::optional<UnitBegin> begin_of(std::size_t unit) const;
    std::string state_of(std::size_t unit) const;

    void write_begin(std::size_t unit, const UnitBegin& begin, std::string_view state);
    void write_finished(std::size_t unit, const FinishedUnit& done);
    /// Nobody goes on where that unit begins any more.
    void forget_state(std::size_t unit) const;

    /// Removes the folder: the output is complete.
    void remove();

  private:
    void check_settings(const UnitSettings& settings) const;
    void read_finished();
    void write(std::size_t unit, std::string_view kind, std::string_view text) const;

    std::filesystem::path output_, path_;
    std::string record_, ending_;
    std::optional<NewFile> claim_;  ///< locked as long as this lives
    std::vector<FinishedUnit> finished_;
};

/// Tells one clip from another without reading all of it: its size, and the SHA-256 of 64 pieces
/// that are spread over it. Empty for what is no regular file.
std::string clip_identity(const std::string& path);

}  // namespace closet
