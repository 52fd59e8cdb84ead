#pragma once

#include <optional>
#include <span>
#include <vector>

#include "infer/region.h"
#include "infer/track/examine.h"
#include "infer/track/far_search.h"
#include "infer/track/tracked.h"

namespace closet {

/// Follows the most prominent person through a stream of views that come in batches.
///
/// Note [Regions of a batch]
/// A video tracker looks where the person was in the frame before. In a batch there is no frame
/// before: all views go through the network together. So the region of each view is predicted from
/// the views before the batch at constant velocity; after all poses of the batch were estimated,
/// the views whose own keypoints say that the region was off are estimated again, together, with
/// the region that these keypoints give. Where a batch reaches far ahead, every second view, the
/// last one among them, goes first, and the regions of the others lie between those found there,
/// which is nearer than any prediction. What a view gets therefore hardly depends on the batch
/// size. Views without a track, and those where the person was not found, go to the detector,
/// together. See also Note [Outliers] and Note [People far away].
class PersonTracker {
  public:
    /// `model` must outlive the tracker. `min_presence`: below it nobody is there, 0..1.
    PersonTracker(PoseModel& model, float min_presence) : examiner_(model, min_presence) {}

    /// One entry a view, in order; nothing where nobody was found. Times grow from view to view,
    /// also from call to call. Throws ModelError where a network fails.
    std::vector<std::optional<Tracked>> follow(std::span<const TimedView> views);

    const TrackerCounts& counts() const { return examiner_.counts(); }

    /// To look at views that were passed already, see Note [Looking back].
    Examiner& examiner() { return examiner_; }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(examiner_, far_, motion_, picture_, last_, person_id_);
    }

  private:
    Tracklet follow_scene(std::span<const TimedView> views);
    std::vector<Candidate> predict(std::span<const TimedView> views) const;
    void put_between(std::span<const TimedView> views, const Tracklet& tracklet,
                     Candidate& candidate) const;
    std::vector<Candidate> detect(std::span<const TimedView> views, const Tracklet& tracklet);
    void examine(std::span<const TimedView> views, const std::vector<Candidate>& candidates,
                 Tracklet& tracklet);
    int identify(const TimedView& view, const PoseEstimate& estimate);

    Examiner examiner_;
    FarSearch far_;
    RegionMotion motion_;           ///< of the person followed; unknown when lost
    cv::Size picture_;              ///< of the last view
    std::optional<LastSeen> last_;  ///< in this scene
    int person_id_ = -1;
};

}  // namespace closet
