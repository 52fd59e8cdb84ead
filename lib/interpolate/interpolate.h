#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <istream>
#include <map>
#include <optional>
#include <ostream>
#include <string_view>
#include <vector>

#include "core/option.h"
#include "core/pose.h"
#include "interpolate/person.h"
#include "interpolate/tracks.h"
#include "pipeline/concepts.h"

namespace closet {

/// How poses of a clip are filled in and smoothed.
struct InterpolateOptions {
    /// Which of several people gets poses.
    PersonRule person;

    /// Width of the smoothing in time, in seconds; 0 keeps key frames as measured. 1.5 frames at
    /// 30 a second take most of the jitter out of a garment and keep what sleeves do.
    double sigma_s = 0.05;

    /// Error that smoothing may add to a keypoint, as a share of the trunk's length: half of the
    /// 2 % that batching may cost. As much again of quick motion that looks like noise, twice as
    /// much of the trunk's. See Note [Zero-phase smoothing].
    double max_bias = 0.01;

    /// Width of the smoothing of silhouettes, in seconds, beyond that of the keypoints: nearly
    /// twice what the study of the mesh warp found, since what the tops of shoulders tremble by
    /// moves a whole garment (results/warp.md). 0 keeps those of key frames as measured. Poses
    /// without masks and shapes do not wait for it.
    double shape_sigma_s = 0.17;

    /// Keypoints below this score, 0..1, are not relied on when silhouettes are measured.
    float min_score = 0.3F;

    /// A person who is overlooked in one or two key frames in a row is bridged when seen again
    /// within this time, in seconds.
    double max_gap_s = 0.5;

    /// How long the last pose of a track is repeated, in seconds, where no key frame follows.
    double max_hold_s = 0.25;

    /// The most frames that are held back, waiting for key frames; bounds the memory. It is reached
    /// only when key frames are further apart than about half of it.
    std::size_t max_held = 240;
};

std::vector<Option> options_of(InterpolateOptions& options);

/// Throws ConfigError where a value is out of range or not a number.
void validate(const InterpolateOptions& options);

/// Gives every frame its poses, offline: it waits for the next key frames, so poses between key
/// frames run towards the next one and are smoothed without lag.
///
/// Frames leave in order, each once. A frame is held back until nothing that its poses depend on
/// can change: the next key frame and the two after it, and the key frames within kKeypointReach
/// `sigma_s` of those. At 60 frames a second these are 27 frames with every second one a key frame,
/// 41 with one each 0.1 s, and none where nobody is in the picture. Silhouettes, where poses have
/// them, wait for the key frames within kShapeReach `shape_sigma_s` of the next one, 33 and 41
/// frames; labels for those within 2 kLabelReachS and the keypoints' reach of these. Where it is
/// not clear which way somebody faces, all of these wait for that, kMostFacingWaitS at most.
/// Past `max_held` a frame leaves with what is known: held instead of interpolated where the next
/// key frame is still missing. What a frame gets depends on the frames and key frames alone, not on
/// how they were cut into batches.
///
/// Note [Before the face]
/// Who is asked for by a face (PersonRule::kFace) is known once the face was seen, and was there
/// before: the choice goes back along the track, to its first key frame or the last one on which
/// the person crossed another, where the tracker may have exchanged them. For that, frames for
/// which nobody is chosen wait while somebody is followed, kFaceWaitS at most.
///
/// A frame has no pose before the first key frame that found the person, after the person was lost
/// (see Tracks and `max_gap_s`), and between a cut (Frame::scene_start) and the next key frame.
class Interpolate {
  public:
    using Input = PosedBatch;
    using Output = PosedFrame;
    static constexpr std::string_view kName = "interpolate";

    /// Seconds: most people who turn to the camera have done so. 48 frames of a clip of 24 a
    /// second, 66 MB at 720p.
    static constexpr double kFaceWaitS = 2.0;

    /// Throws ConfigError, see `validate`.
    explicit Interpolate(const InterpolateOptions& options = {});

    /// Takes frames in order, with the poses of those that are key frames, and emits what need not
    /// wait any longer.
    void process(PosedBatch batch, const Emit<PosedFrame>& emit);
    /// No more frames will come: emits all that are held back.
    void flush(const Emit<PosedFrame>& emit);

    /// What is remembered, before the batch is processed that begins with a unit's first frame
    /// (Frame::unit_start). Frames that are held back are part of it, without pixels: whoever
    /// resumes drops what is emitted of them (is_placeholder). See Note [State of a run]. Loading:
    /// before the first batch; same options. Throws what cereal throws for a state that is cut
    /// short.
    void save_state(std::ostream& to) const;
    void load_state(std::istream& from);

    /// Frames held back at the moment.
    std::size_t held() const { return held_.size(); }

  private:
    struct Waiting {
        Instant when;
        Frame frame;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(when, frame);
        }
    };
    struct Choice {
        std::int64_t from = 0;  ///< first frame that it holds for
        std::optional<int> person;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(from, person);
        }
    };

    void take(Frame frame, std::vector<Pose>* poses);
    bool settled(const Instant& when) const;
    bool awaits_face(const Instant& when) const;
    void note_crossings();
    void extend_back(int person);
    PosedFrame dress_next();
    bool release(const Emit<PosedFrame>& emit);

    InterpolateOptions options_;
    Tracks tracks_;
    PersonPicker picker_;
    std::deque<Waiting> held_;
    std::deque<Choice> choices_;
    std::map<int, std::int64_t> apart_since_;  ///< by track: the frame after the last crossing
    Instant now_{-1, 0};
};

}  // namespace closet
