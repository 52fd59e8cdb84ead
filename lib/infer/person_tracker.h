#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "infer/pose_model.h"
#include "infer/region_motion.h"

namespace closet {

/// A picture of a stream.
struct TimedView {
    const cv::Mat* picture = nullptr;  ///< CV_8UC3 R G B; not owned
    double time_s = 0;
    bool scene_start = false;  ///< a cut lies between the view before and this one
};

/// A person seen in one view.
struct Tracked {
    Sighting sighting;
    int person_id = 0;  ///< the same as long as the person is not lost for good
};

/// How often the model was asked, since construction.
struct TrackerCounts {
    std::int64_t views = 0;
    std::int64_t detections = 0;    ///< pictures given to the detector
    std::int64_t readings = 0;      ///< looks given to the pose network, second ones included
    std::int64_t second_looks = 0;  ///< readings repeated because the region was off
    std::int64_t opinions = 0;      ///< readings repeated because the pose jumped
};

/// Follows the most prominent person through a stream of views that come in batches.
///
/// Note [Regions of a batch]
/// A video tracker looks where the person was in the frame before. In a batch there is no frame
/// before: all views go through the network together. So the region of each view is predicted from
/// the views before the batch at constant velocity; after the whole batch has been read, the views
/// whose own keypoints say that the region was off are read again, together, with the region that
/// these keypoints give. What a view gets therefore hardly depends on the batch size.
/// Views without a track, and those where the person was not found, go to the detector, together.
///
/// Note [Second opinions]
/// Now and then the network cannot tell front from back and gives the mean of both: limbs collapse
/// for a frame. That shows as a jump from one view to the next. Such views are read again with
/// slightly other regions, together, and the reading that agrees best with the others is taken;
/// where they contradict each other the view gets no pose, but the person is not lost.
class PersonTracker {
  public:
    /// `model` must outlive the tracker. `min_presence`: below it nobody is there, 0..1.
    PersonTracker(PoseModel& model, float min_presence)
        : model_(model), min_presence_(min_presence) {}

    /// One entry a view, in order; nothing where nobody was found.
    std::vector<std::optional<Tracked>> follow(std::span<const TimedView> views);

    const TrackerCounts& counts() const { return counts_; }

  private:
    using Sightings = std::vector<std::optional<Sighting>>;

    /// What is known of one scene's part of a batch.
    struct Findings {
        Sightings sightings;       ///< of each view
        std::vector<bool> unsure;  ///< somebody is there, but the readings contradict each other
    };

    /// A view and the region to look at.
    struct Candidate {
        std::size_t view;
        Region region;
    };

    Findings follow_scene(std::span<const TimedView> views);
    std::vector<Candidate> predict(std::span<const TimedView> views) const;
    std::vector<Candidate> detect(std::span<const TimedView> views, const Sightings& found);
    void examine(std::span<const TimedView> views, std::vector<Candidate> candidates,
                 Sightings& found);
    void review(std::span<const TimedView> views, Findings& findings);
    bool is_there(const Sighting& sighting, cv::Size picture) const;
    int identify(const TimedView& view, const Sighting& sighting);

    PoseModel& model_;
    float min_presence_;
    RegionMotion motion_;  ///< of the person followed; unknown when lost
    cv::Size picture_;     ///< of the last view
    TrackerCounts counts_;

    /// The person when last seen, in this scene.
    struct Memory {
        Region region;
        std::vector<Keypoint> keypoints;
        double time_s = 0;
    };
    std::optional<Memory> last_;
    int person_id_ = -1;
};

}  // namespace closet
