#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pose.h"
#include "core/unit_clock.h"
#include "interpolate/person.h"
#include "interpolate/tracks.h"
#include "pipeline/concepts.h"
#include "poses/pose_file.h"

namespace closet {

/// Chooses among the people of a pose file as `Interpolate` chooses among those that inference
/// finds: by PersonPicker, which looks at the poses of key frames (PoseOrigin::kMeasured) and here
/// sees them smoothed. Ids are those of the file.
class PickPoses {
  public:
    /// By any rule; kAll keeps everybody.
    explicit PickPoses(const PersonRule& rule) : rule_(rule), picker_(rule) {}

    /// Removes the poses of all but the chosen one. Call for every frame, in order.
    void keep_chosen(const Frame& frame, std::vector<Pose>& poses);

  private:
    void choose(const Frame& frame, const std::vector<Pose>& poses);

    PersonRule rule_;
    Tracks tracks_{TrackOptions{}};
    PersonPicker picker_;
    Instant now_{-1, 0};
    std::optional<int> track_;   ///< what the picker chose
    std::optional<int> chosen_;  ///< the id that track_ has in the file
};

/// Gives each frame the poses that a file holds for it: dresses a clip again without inference.
class ReplayPoses {
  public:
    using Input = Frame;
    using Output = PosedFrame;
    static constexpr std::string_view kName = "poses";

    /// clip: the input's name, for messages. clip_sha256: of the input; empty skips that check.
    /// person: who of the people in the file gets poses. Where the file was written by this very
    /// rule (`kPersonSetting`) these are all of them. Throws Error where the file was made from
    /// another clip.
    ReplayPoses(PoseReader reader, std::string clip, const std::string& clip_sha256,
                const PersonRule& person = {.kind = PersonRule::Kind::kAll});

    /// The first frame that comes may be a later one of the clip: the poses of those before are
    /// passed over.
    void begin_late() { begins_late_ = true; }
    /// Marks the frames with which units of this length begin (Frame::unit_start).
    void mark_units(const UnitClock& clock) { units_ = clock; }

    /// Throws Error where index, timestamp or size of the frame are not those in the file, or the
    /// file has no more frames.
    void process(Frame frame, const Emit<PosedFrame>& emit);

    /// Frames that the file holds beyond the clip's end are ignored: the clip may be cut short.
    void flush(const Emit<PosedFrame>& emit);

  private:
    std::optional<PoseReader::FramePoses> next_line(const Frame& frame);

    PoseReader reader_;
    std::string clip_;
    std::optional<PickPoses> pick_;  ///< none: everybody
    bool begins_late_ = false;
    UnitClock units_;
};

}  // namespace closet
