#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "infer/region.h"
#include "infer/track/tracked.h"

namespace closet {

/// Looks for people who are too small in the picture for the detector, in overlapping tiles of it.
///
/// Note [People far away]
/// A detector sees the whole picture at 224 x 224 or so: somebody a fifth as high as the picture is
/// overlooked. A tile half as high shows such a person twice as large. Tiles are many, so they are
/// looked at where nobody is found at all, in one view at a time: in the first one of a scene, then
/// after `kFirstWaitS` and ever less often, up to `kLongestWaitS`. Of 60 s with nobody in them 6
/// views are searched. Whoever is found is followed like everybody else; where such a person gets
/// lost, the one tile around the last place is looked at in each view, for `kNearbyS`.
class FarSearch {
  public:
    using Find = std::function<std::vector<std::vector<Region>>(std::span<const cv::Mat>)>;

    static constexpr double kFirstWaitS = 2.0, kLongestWaitS = 16.0, kNearbyS = 2.0;
    /// Of many tiles a few show what looks like a person: somebody is only believed to be there
    /// from this presence on. The networks are surer of nearly all real people.
    static constexpr float kLeastPresence = 0.8F;

    /// For each of `empty`, indices of views in which `find` finds nobody, the people in its tiles,
    /// in pixels of the view, the largest first. Nothing for views in which
    /// no search is due.
    std::vector<std::vector<Region>> search(std::span<const TimedView> views,
                                            std::span<const std::size_t> empty, const Find& find);

    /// Somebody is followed, far away or not.
    void saw(const Region& region, double time_s) {
        last_ = region;
        last_s_ = time_s;
        wait_s_ = kFirstWaitS;
    }

    /// A scene starts: who was not there may be now.
    void start_scene() {
        next_s_ = earliest_s_;
        last_.reset();
    }

    /// The tiles of a picture: squares, half as high as the lower of its sides, that overlap so far
    /// that nobody whom they are meant for is cut by all of them.
    static std::vector<cv::Rect> tiles(cv::Size picture);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(last_, last_s_, next_s_, earliest_s_, wait_s_);
    }

  private:
    std::vector<cv::Rect> due(cv::Size picture, double time_s);

    std::optional<Region> last_;  ///< of the person seen last
    double last_s_ = 0;
    double next_s_ = -std::numeric_limits<double>::infinity();
    double earliest_s_ = -std::numeric_limits<double>::infinity();  ///< for a new scene
    double wait_s_ = kFirstWaitS;
};

}  // namespace closet
