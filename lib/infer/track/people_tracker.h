#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include "infer/pose_model.h"
#include "infer/track/examine.h"
#include "infer/track/far_search.h"
#include "infer/track/person_track.h"
#include "infer/track/tracked.h"

namespace closet {

/// Of PeopleTracker.
struct PeopleOptions {
    float min_presence = 0.5F;    ///< below it nobody is there, 0..1
    double detect_every_s = 0.5;  ///< the detector looks for new people this often; 0: every view
    int max_people = 10;          ///< followed at a time, the largest ones
};

/// Follows several people through a stream of views that come in batches.
///
/// Each person is followed as PersonTracker follows one, see Note [Regions of a batch] and Note
/// [Outliers]; all people and views of a batch go through the network together.
/// Who is who is told afterwards, view by view, see Note [Who is who].
///
/// Note [When the detector looks]
/// Every `detect_every_s`, at every view while nobody is followed, and at the views in which
/// somebody gets lost or nobody is seen; all such views of a batch together. People whom it finds
/// where a track is expected are that track's. The poses of the others are
/// estimated; those whom the pose network confirms and who continue no track (of people who were
/// lost up to a second ago) are new. So the schedule depends on the views' times and not on the
/// batch size.
class PeopleTracker {
  public:
    /// `model` must outlive the tracker; so must `detector`, which may be null: then the model's
    /// own way of finding people serves.
    PeopleTracker(PoseModel& model, PersonDetector* detector, const PeopleOptions& options)
        : examiner_(model, options.min_presence), detector_(detector), options_(options) {}

    /// The people in each view, by id. Ids count up from 0 in the order in which people appear, the
    /// larger one first where they appear together. Times grow from view to view, also from call to
    /// call. Throws ModelError where a network fails.
    std::vector<std::vector<Tracked>> follow(std::span<const TimedView> views);

    const TrackerCounts& counts() const { return examiner_.counts(); }

    /// To look at views that were passed already, see Note [Looking back].
    Examiner& examiner() { return examiner_; }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(examiner_, far_, tracks_, next_id_, picture_, next_detection_s_);
    }

  private:
    struct Batch;
    struct Association;

    std::vector<std::vector<Tracked>> follow_scene(std::span<const TimedView> views);
    Association associate(const Batch& batch) const;
    bool make_room(std::vector<PersonTrack>& tracks, const PoseEstimate& newcomer,
                   double time_s) const;
    void observe(Batch& batch, const Association& association, const std::vector<std::size_t>& due);
    std::vector<std::size_t> scheduled(std::span<const TimedView> views);
    std::vector<std::size_t> losses(const Batch& batch, const Association& association) const;
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures);
    std::vector<Region> unexplained(const Batch& batch, const Association& association,
                                    std::size_t view, std::span<const Region> found) const;
    void review(Batch& batch, const Association& association);
    std::vector<std::vector<Tracked>> finish(Batch batch, Association association);

    Examiner examiner_;
    FarSearch far_;
    PersonDetector* detector_;
    PeopleOptions options_;
    std::vector<PersonTrack> tracks_;  ///< by id
    int next_id_ = 0;
    cv::Size picture_;  ///< of the last view
    double next_detection_s_ = -std::numeric_limits<double>::infinity();
};

}  // namespace closet
