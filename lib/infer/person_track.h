#pragma once

#include <cstddef>
#include <vector>

#include "infer/pose_model.h"
#include "infer/region_motion.h"
#include "infer/tracked.h"

namespace closet {

/// One of several people who are followed: where the person has been and is expected next.
class PersonTrack {
  public:
    /// Somebody seen for the first time.
    PersonTrack(int id, double time_s, const Sighting& sighting);

    int id() const { return id_; }
    void set_id(int id) { id_ = id; }

    const LastSeen& last() const { return last_; }

    /// Where the person is at that time when nothing changes: at the recent speed.
    Region expected_region(double time_s) const { return motion_.predict(time_s); }

    /// The keypoints as last seen, moved along with the region.
    std::vector<Keypoint> expected_keypoints(double time_s) const;

    void see(double time_s, const Sighting& sighting);

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

  private:
    int id_;
    RegionMotion motion_;
    LastSeen last_;
    std::size_t seen_ = 0;    ///< views
    std::size_t missed_ = 0;  ///< views in a row
    std::size_t taken_ = 0;   ///< views in a row
    bool given_up_ = false;
};

}  // namespace closet
