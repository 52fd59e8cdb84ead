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

/// A view and the region to look at.
struct Candidate {
    std::size_t view = 0;
    Region region;
    float least_presence = 0;  ///< below it nobody is there, where that is above the examiner's own
};

/// One person in consecutive views.
struct Strand {
    Strand(const LastSeen* seen_before, std::size_t views)
        : before(seen_before), sightings(views), unsure(views) {}

    const LastSeen* before = nullptr;                ///< not owned; null: was not seen before
    std::vector<std::optional<Sighting>> sightings;  ///< of each view
    std::vector<bool> unsure;  ///< set by `review`: there, but the readings contradict each other
};

/// Reads people with more care than one look each: the part of following that knows of pictures and
/// not of persons. All looks that are wanted at a time go through the network together.
///
/// Note [Second opinions]
/// Now and then the network cannot tell front from back and gives the mean of both: limbs collapse
/// for a frame. That shows as a jump from one view to the next. Such views are read again with
/// slightly other regions, together, and the reading that agrees best with the others is taken;
/// where they contradict each other the view gets no pose, but the person is not lost.
/// Where it is sure of somebody and gives a body that nobody has (is_plausible), as it does of
/// people whom the picture cuts off at the waist, the view is read again in the same way, and the
/// surest reading of a possible body is taken.
class Examiner {
  public:
    /// `model` must outlive this. `min_presence`: below it nobody is there, 0..1.
    Examiner(PoseModel& model, float min_presence) : model_(model), min_presence_(min_presence) {}

    /// What each candidate shows, in order; nothing where nobody is there. Looks a second and a
    /// third time where the keypoints say that the region was off, with the region they give.
    std::vector<std::optional<Sighting>> examine(std::span<const TimedView> views,
                                                 std::vector<Candidate> candidates);

    /// Asks for second opinions on the sightings that jump, and on the first one of a person not
    /// seen before.
    void review(std::span<const TimedView> views, std::span<Strand> strands);

    PoseModel& model() { return model_; }
    const PoseModel& model() const { return model_; }
    const TrackerCounts& counts() const { return counts_; }
    TrackerCounts& counts() { return counts_; }

  private:
    void add_masks(std::span<const TimedView> views, std::span<const Candidate> candidates,
                   std::span<const Region> used, std::span<std::optional<Sighting>> found);
    void read_otherwise(std::span<const TimedView> views, std::span<const Candidate> candidates,
                        std::span<const std::size_t> impossible, std::span<Region> used,
                        std::span<std::optional<Sighting>> found);
    bool is_somebody(const Sighting& sighting, cv::Size picture, float least_presence = 0) const;
    bool is_there(const Sighting& sighting, cv::Size picture, float least_presence = 0) const;

    PoseModel& model_;
    float min_presence_;
    TrackerCounts counts_;
};

/// Readings of a doubtful view besides the first one.
inline constexpr std::size_t kOpinions = 4;

/// Regions near this one for other opinions: turned, wider and shifted by so much that the network
/// sees another sampling of the person, and by so little that it reads as well as before.
std::array<Region, kOpinions> other_regions(const Region& region);

/// Regions around this one for other readings of somebody whom the network misread there: they show
/// more of the surrounding, of that above most of all, since it is the head that is misplaced.
std::array<Region, kOpinions> wider_regions(const Region& region);

/// The reading that agrees best with the others, wherever they have left and right, with its left
/// where most of them have it; nothing where no more than half of them agree with it.
std::optional<Sighting> consensus(std::span<const Sighting* const> readings, Skeleton skeleton);

/// False for sightings that no body can give although the network claims a person: numbers that are
/// not finite, a trunk that has collapsed to a point (on half-hidden people and on the first frames
/// of a clip), or a face that lies in the trunk, between shoulders and hips (on people whose face
/// is hidden or whom the picture cuts off). Judged along the body, so that people may lie, bend
/// over and stand on their hands.
bool is_plausible(const Sighting& sighting, Skeleton skeleton);

}  // namespace closet
