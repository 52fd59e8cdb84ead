#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/pose.h"
#include "infer/track/examine.h"
#include "infer/track/tracked.h"

namespace closet {

/// Reads the views of a stream where the motion needs it.
///
/// Note [Needed readings]
/// Poses between key frames run along a cubic, so a view in between tells nothing new where joints
/// move evenly. How unevenly they move shows in views that were read: how far the pose in one is
/// from the polynomial through those around it. With half the step that is a quarter or less. So
/// views are read at wide steps first (KeyNeed::kUnlessStill); where that quarter is more than
/// kMostBend the view nearest to the middle is read too, and so on in both halves, as long as there
/// are views in between (KeyNeed::kIfNeeded). Where somebody appears or goes between two views,
/// those in between are read as well. Their regions lie between those of the neighbors, so that
/// they are hardly ever read twice.
/// Where the picture around the people (the whole picture, where there is nobody) looks as it did
/// in the last view that was read, they have not moved, and nothing is read for kLongestStillS.
class NeededReadings {
  public:
    enum class Outcome {
        kRead,     ///< by the tracker, or between views that it read
        kSame,     ///< not read: what was found in the view read before holds
        kSkipped,  ///< not read: interpolation tells
    };
    struct Result {
        Outcome outcome = Outcome::kSkipped;
        std::vector<Tracked> people;  ///< of views read
    };

    /// Follows people through consecutive views, see PeopleTracker::follow.
    using Follow =
        std::function<std::vector<std::vector<Tracked>>(std::span<const TimedView> views)>;

    /// One result a view. Times grow from view to view, also from call to call. `needs`: as many
    /// as views; the last one is not kIfNeeded, nor is one that starts a scene or lies before one
    /// that does. `whole_picture`: people are looked for everywhere all the time. Throws ModelError
    /// where the network fails.
    std::vector<Result> read(std::span<const TimedView> views, std::span<const KeyNeed> needs,
                             Examiner& examiner, bool whole_picture, const Follow& follow);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(last_, seen_, seen_s_, picture_);
    }

  private:
    /// What is known of a moment.
    struct Moment {
        std::optional<std::size_t> view;  ///< of this call; none: of one before
        double time_s = 0;
        std::vector<Tracked> people;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(time_s, people);
        }
    };
    bool is_still(const cv::Mat& blocks, double time_s, bool whole_picture) const;
    /// Somebody who is looked for between one moment and the next.
    struct Gap {
        std::size_t moment = 0;
        int person = 0;
    };
    static std::optional<double> surprise(std::span<const Moment> moments, std::size_t at,
                                          Skeleton skeleton);
    static double bend(std::span<const Moment> moments, std::size_t at, Skeleton skeleton);
    std::vector<Result> read_scene(std::span<const TimedView> views, std::span<const KeyNeed> needs,
                                   Examiner& examiner, bool whole_picture, const Follow& follow);
    static void fill(std::span<const TimedView> views, std::span<const KeyNeed> needs,
                     Examiner& examiner, std::vector<Result>& results,
                     std::vector<Moment>& moments);

    std::vector<Moment> last_;  ///< the last ones of this scene, two at most, the latest last
    cv::Mat seen_;              ///< blocks of the last view that was read
    double seen_s_ = 0;
    cv::Size picture_;
};

}  // namespace closet
