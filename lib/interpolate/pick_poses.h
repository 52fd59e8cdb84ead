#pragma once

#include <optional>
#include <vector>

#include "core/pose.h"
#include "interpolate/person.h"
#include "interpolate/tracks.h"

namespace closet {

/// Chooses among the people of a pose file as `Interpolate` chooses among those that inference
/// finds: by PersonPicker, which looks at the poses of key frames (PoseOrigin::kMeasured) and here
/// sees them smoothed. Ids are those of the file.
class PickPoses {
  public:
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

}  // namespace closet
