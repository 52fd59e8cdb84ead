#pragma once

#include <array>

#include "core/pose.h"
#include "warp/by_person.h"
#include "warp/mesh/silhouette.h"

namespace closet::mesh {

/// How a body is turned to the camera, from the depth of its shoulders and face (BlazePose), or,
/// without depth, from the shoulders' width, the nose's place and the face's scores. All members
/// depend continuously on the keypoints, and neither on which shoulder is called the left one as
/// long as the face is seen and the body is not nearly in profile.
struct Turn {
    /// Where the surface that is seen faces: -1 picture-left .. 0 the camera .. 1 picture-right.
    /// Passes 0 where the surface that is seen changes from front to back, beyond profile.
    double shift = 0;
    /// 0: the front is seen, also in profile .. 1: the back.
    double away = 0;
    /// Sine of the turn, positive where the wearer's left is farther: unlike `shift` it does not
    /// pass 0 where the surface that is seen changes.
    double sine = 0;
    /// The parts of `shift` and `sine` that single poses tell without noise; the rest trembles.
    double told_shift = 0, told_sine = 0;

    /// By how much lengths exceed what the shoulders' width tells of them, at least 1.
    double longer() const;
};

/// The turn of the body that `body` was made of, from the depth or the scores of `pose`.
Turn find_turn(const Pose& pose, const Silhouette& body);

/// Finds people's turns over time: what depths tell too little of is added slowly.
class TurnFollower {
  public:
    static constexpr double kFollowS = 1.0;  ///< time constant

    /// See ByPerson.
    void begin_frame(double seconds, bool scene_start) {
        people_.begin_frame(seconds, scene_start);
    }

    /// As find_turn. Asked again for a person in the same frame, it tells the same.
    Turn find(const Pose& pose, const Silhouette& body);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(people_);
    }

  private:
    ByPerson<std::array<double, 2>> people_;  ///< what is added to told_shift and told_sine
};

/// Note [Turned rows]
/// A point `across` a row (-1 .. 1 between the side seams; TorsoPoint) of a body turned by `shift`:
/// the front's middle moves with the chest, cloth is gathered on the far side and stretched on the
/// near one, the seams stay on the silhouette. The study's u + k (1 - u^2) is linearised where it
/// folds by the homography that has the same ends, (u + c) / (1 + c u), monotonic for |c| < 1.
/// `fit` is TorsoRow::fit of the row: the more it follows the body, the more it moves with the
/// chest, from 0.6 around the neck to 1 below the armpits.
double turned_across(double across, double shift, double fit);

}  // namespace closet::mesh
