#pragma once

#include <map>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/pose.h"

namespace closet {

/// Note [Still pictures]
/// Networks read the same body a little differently in each view, and where a hand is hidden they
/// change their mind for good: on a photo with noise wrists jump by a quarter of the trunk. So it
/// is told for each keypoint how far the picture around it has moved (Pose::moved): a keypoint does
/// not move by itself. The picture is compared with what it was while it stood still, by means of
/// blocks, in which noise is lost, so that who moves slowly is noticed too. Where there is nothing
/// to be seen move, black before black, it counts as moved.
class PictureMotion {
  public:
    /// The next view, CV_8UC3. Nothing is known of one that `starts_scene` or has another size.
    void look_at(const cv::Mat& view, bool starts_scene);

    /// How far it has moved around each keypoint (view pixels) of a person, and around where they
    /// were when that person was last asked for: 0..1. 1 for who is new.
    std::vector<float> moved(int person_id, const std::vector<Keypoint>& points, Skeleton skeleton);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(known_, moved_, last_);
    }

  private:
    cv::Mat known_;  ///< CV_32FC3, means of blocks: what stands still; empty: nothing
    cv::Mat moved_;  ///< CV_32FC1, 0..1, of the last view
    std::map<int, std::vector<Keypoint>> last_;  ///< by person, of the last view or the one before
};

}  // namespace closet
