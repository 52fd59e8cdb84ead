#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/pose.h"
#include "infer/pose_model.h"
#include "infer/region.h"
#include "infer/track/tracked.h"

namespace closet {

/// A region of a view in which somebody may be.
struct Candidate {
    std::size_t view = 0;
    Region region;
    float least_presence = 0;  ///< below it nobody is there, where that is above the examiner's own
    bool outline = true;       ///< the mask is wanted
};

/// One person in the views of a batch, which are consecutive.
struct Tracklet {
    Tracklet(const LastSeen* seen_before, std::size_t views)
        : before(seen_before), estimates(views), unsure(views) {}

    const LastSeen* before = nullptr;                    ///< not owned; null: was not seen before
    std::vector<std::optional<PoseEstimate>> estimates;  ///< of each view
    std::vector<bool> unsure;  ///< set by `review`: there, but estimates contradict each other
};

/// Estimates poses and repeats the estimates that cannot be trusted. This part of tracking knows
/// pictures and regions, but not who is who. All inputs wanted at a time go through the network
/// together.
///
/// Note [Outliers]
/// Now and then the network cannot tell front from back and gives the mean of both: limbs collapse
/// for a frame. That shows as a jump from one view to the next. Such views are estimated again in
/// two slightly different regions, together, and where one of these does not say the same, in two
/// more; the estimate that agrees best with the others is taken. Where they contradict each other
/// the view gets no pose, but the person is not lost.
/// Where the network is sure of somebody and gives an impossible body (is_plausible), as it does of
/// people whom the picture cuts off at the waist, the view is estimated again in the same way, and
/// the surest estimate of a possible body is taken.
class Examiner {
  public:
    /// `model` must outlive this. `min_presence`: below it nobody is there, 0..1.
    Examiner(PoseModel& model, float min_presence) : model_(model), min_presence_(min_presence) {}

    /// The pose in each candidate region, in order; nothing where nobody is there. Estimates it a
    /// second and a third time where the keypoints say that the region was off, in the region that
    /// they give, and in the mirror image where it is narrow (Note [Means of both sides]).
    std::vector<std::optional<PoseEstimate>> examine(std::span<const TimedView> views,
                                                     std::vector<Candidate> candidates);

    /// Estimates the outliers of each tracklet again (Note [Outliers]), and the first view of a
    /// person not seen before. Takes estimates out, or replaces them, and sets `unsure`.
    void review(std::span<const TimedView> views, std::span<Tracklet> tracklets);

    /// Somebody in views before the one in which she was found, the latest first; ends where she is
    /// not found. `found`: where and when that was. Each view is at least one call of the network.
    ///
    /// Note [Looking back]
    /// Who comes into the picture is found late: detectors want the whole body, or a face. The pose
    /// network knows people by less once it knows where to look. So the views before are looked at
    /// again, from the one in which somebody was found back to where nobody is, or the pose jumps.
    std::vector<PoseEstimate> look_back(std::span<const TimedView> latest_first,
                                        const LastSeen& found);

    /// From now on regions may be off by so many times what is usual, see is_off.
    void tolerate(double factor) { tolerance_ = factor; }

    PoseModel& model() { return model_; }
    const PoseModel& model() const { return model_; }
    const TrackerCounts& counts() const { return counts_; }
    TrackerCounts& counts() { return counts_; }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(tolerance_, counts_);
    }

  private:
    void add_masks(std::span<const TimedView> views, std::span<const Candidate> candidates,
                   std::span<const Region> used, std::span<std::optional<PoseEstimate>> found);
    void retry_impossible(std::span<const TimedView> views, std::span<const Candidate> candidates,
                          std::span<const std::size_t> impossible, std::span<Region> used,
                          std::span<std::optional<PoseEstimate>> found);
    void read_narrow_again(std::span<const TimedView> views, std::span<const Candidate> candidates,
                           std::span<std::optional<PoseEstimate>> found);
    bool is_somebody(const PoseEstimate& estimate, cv::Size picture,
                     float least_presence = 0) const;
    bool is_there(const PoseEstimate& estimate, cv::Size picture, float least_presence = 0) const;

    PoseModel& model_;
    float min_presence_;
    double tolerance_ = 1;
    TrackerCounts counts_;
};

/// How often an outlier is estimated again at most.
inline constexpr std::size_t kRetries = 4;

/// Regions near this one: turned, wider and shifted by so much that the network sees another
/// sampling of the person, and by so little that its estimate is as good as before.
std::array<Region, kRetries> other_regions(const Region& region);

/// Regions around this one, for somebody whose estimate in it was impossible: they show more of the
/// surroundings, most of all above, since it is the head that is misplaced.
std::array<Region, kRetries> wider_regions(const Region& region);

/// The estimate that agrees best with the others, whichever sides they call left and right, with
/// its left where most of them have it; nothing where no more than half of them agree with it.
std::optional<PoseEstimate> consensus(std::span<const PoseEstimate> estimates, Skeleton skeleton);

/// False for estimates that no body can give although the network claims a person: numbers that are
/// not finite, a trunk that has collapsed to a point (on half-hidden people and on the first frames
/// of a clip), or a face that lies in the trunk, between shoulders and hips (on people whose face
/// is hidden or whom the picture cuts off). Judged along the body, so that people may lie, bend
/// over and stand on their hands.
bool is_plausible(const PoseEstimate& estimate, Skeleton skeleton);

}  // namespace closet
