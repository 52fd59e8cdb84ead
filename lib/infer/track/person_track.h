#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "infer/pose_model.h"
#include "infer/region.h"
#include "infer/track/tracked.h"

namespace closet {

/// One of several people who are followed: where the person has been and is expected next.
class PersonTrack {
  public:
    /// Nobody, to be read from a state.
    PersonTrack() = default;
    /// Somebody seen for the first time.
    PersonTrack(int id, double time_s, const PoseEstimate& estimate);

    int id() const { return id_; }
    void set_id(int id) { id_ = id; }

    const LastSeen& last() const { return last_; }

    /// Where the person is at that time when nothing changes: at the recent speed.
    Region expected_region(double time_s) const { return motion_.predict(time_s); }

    /// The keypoints as last seen, moved along with the region.
    std::vector<Keypoint> expected_keypoints(double time_s) const;

    /// Was seen at that time, later than all before.
    void see(double time_s, const PoseEstimate& estimate);

    /// Was looked for and not seen. `taken`: the place shows somebody else who is followed.
    void miss(bool taken);

    /// True when the last view did not show the person.
    bool is_hidden() const { return missed_ > 0; }

    /// True until the person has been seen often enough to be no accident.
    bool is_new() const;

    /// True when the person will not come back as the same one: gone for too long, or never
    /// anybody else than somebody who was known already.
    bool is_over(double time_s) const;

    /// Ends the track.
    void give_up() { given_up_ = true; }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(id_, motion_, last_, seen_, missed_, taken_, given_up_);
    }

  private:
    int id_ = -1;
    RegionMotion motion_;
    LastSeen last_;
    std::size_t seen_ = 0;    ///< views
    std::size_t missed_ = 0;  ///< views in a row
    std::size_t taken_ = 0;   ///< views in a row
    bool given_up_ = false;
};

/// A person whose pose was estimated in a view, before it is known who it is.
struct TrackedEstimate {
    PoseEstimate estimate;
    int looked_for = kNobody;  ///< id of the track for whose sake; kNobody: the detector found it
    bool unsure = false;       ///< somebody is there, but estimates contradict each other

    static constexpr int kNobody = -1;
};

/// Who is who in one view. Tracks and observations are given by their indices.
struct Assignment {
    std::vector<std::optional<std::size_t>> observation_of;  ///< for each track
    std::vector<bool> taken;  ///< no observation, and another track has what it looked at
    std::vector<std::size_t> newcomers;  ///< found by the detector, and none of the tracks; one
                                         ///< observation a person, largest first
};

/// Gives each track the observation that continues it.
///
/// Note [Who is who]
/// Observations of the same person, made for different tracks or detections, have the same pose;
/// such observations count once. Then each pair of a track and a person is judged by the distance
/// between the pose that the track expects and the one that was estimated, and pairs are joined
/// from the nearest one on: when two people cross, both crops may show the one in front, or each
/// the other one, but place, speed and pose of only one track fit. The other one is hidden: it
/// keeps its motion, is looked for at every view and gets no pose until it is seen again. Where two
/// tracks fit about as well, the one that is known for longer and was seen last has the better
/// claim, so a track that was begun by mistake gives way.
///
/// Tracks that are over at `time_s` get nothing. An observation made for a track with an
/// id below zero (one without a number yet, see PeopleTracker) may begin a track as a detection
/// does.
Assignment assign_people(std::span<const PersonTrack> tracks,
                         std::span<const TrackedEstimate> observations, double time_s,
                         Skeleton skeleton);

}  // namespace closet
