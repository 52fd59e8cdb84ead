#pragma once

#include <optional>

#include <opencv2/core/types.hpp>

#include "restore/aligned_face.h"

namespace closet {

/// Where one person's face is, over time.
///
/// Note [Followed faces]
/// A network that restores faces paints another detail for another place of the same face in its
/// square, so an alignment that jitters flickers. The five points of the aligned template, in the
/// picture, are smoothed with the time constant kSmoothS, and never stay further behind the
/// measured ones than kSlack eye distances: a face that moves takes its square along. What is off
/// then is where the face stands in the square, and not where it is painted. A face that is not
/// seen stays where it was on the head for kHoldS, then it counts as gone.
class FollowedFace {
  public:
    static constexpr double kSmoothS = 0.25;
    static constexpr double kSlack = 0.08;
    static constexpr double kHoldS = 0.12;

    /// `seen`: the points of the face on a frame; null: none was seen. `head`: the middle of the
    /// head that the pose gives. `passed_s`: since the frame before.
    void update(const FacePoints* seen, cv::Point2d head, double passed_s);

    /// Nothing before the face was seen for the first time.
    const std::optional<AlignedFace>& aligned() const { return aligned_; }

    /// Seen now, or so lately that it is held.
    bool is_there() const { return aligned_ && unseen_s_ <= kHoldS; }

    double eye_distance_px() const;  ///< 0 before the first time

    template <class Archive>
    void serialize(Archive& archive) {
        archive(aligned_, points_, head_, unseen_s_);
    }

  private:
    std::optional<AlignedFace> aligned_;
    FacePoints points_{};  ///< of the template, smoothed, in the picture
    cv::Point2d head_;
    double unseen_s_ = 0;
};

}  // namespace closet
