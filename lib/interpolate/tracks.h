#pragma once

#include <map>
#include <memory>
#include <vector>

#include "interpolate/track.h"

namespace closet {

/// How people are followed.
struct TrackOptions {
    Smoothing smoothing;
    double max_gap_s = 0.5;         ///< see InterpolateOptions
    int most_missed = kMostMissed;  ///< key frames in a row in which a person may be overlooked
};

/// Tells who is who from key frame to key frame.
///
/// A pose continues the track whose expected pose is nearest: the mean distance of the keypoints
/// that both see, in trunk lengths, after moving the track on with its velocity. Pairs are joined
/// from the nearest one on (ties: older track, earlier pose), within a gate that grows with the
/// time since the track was last seen, and only between poses of like size and of the same
/// skeleton. What is left over begins new tracks. Ids count up from 0 in the order of the poses
/// given.
///
/// Where inference followed people (Pose::person_id), a pose continues only tracks with its number,
/// and somebody who comes back with a number seen before in the scene gets the id that went with
/// it, though not the track.
class Tracks {
  public:
    /// Nobody is followed yet.
    explicit Tracks(const TrackOptions& options) : options_(options) {}

    /// A key frame and the people on it. Poses that hold no usable numbers are left out.
    /// view: how to measure silhouettes in masks that poses have.
    void add(const Instant& when, std::vector<Pose> poses, const MeasureOptions& view = {});

    /// Time of the last key frame, seconds.
    double now() const { return now_s_; }

    /// A new scene begins with this frame: nobody from before is followed.
    void cut(const Instant& when);

    /// Drops what no frame from `when` on needs.
    void forget_before(const Instant& when);

    /// All tracks that frames still held back may need, by id; those of one id by time.
    std::vector<std::unique_ptr<Track>>& all() { return tracks_; }
    const std::vector<std::unique_ptr<Track>>& all() const { return tracks_; }

    /// The latest track of an id; null where there is none.
    const Track* find(int id) const;
    Track* find(int id);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(tracks_, id_of_number_, now_s_, next_id_);
    }

  private:
    void begin(const Instant& when, Pose pose, const MeasureOptions& view);

    TrackOptions options_;
    std::vector<std::unique_ptr<Track>> tracks_;
    std::map<int, int> id_of_number_;  ///< in this scene
    double now_s_ = 0;
    int next_id_ = 0;
};

}  // namespace closet
