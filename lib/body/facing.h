#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/pose.h"

namespace closet {

/// Note [Which way a body faces]
/// Pose networks cannot always tell the front of a body from its back: of people whose head is cut
/// off, or masked, they exchange left and right, for single frames or for seconds. In between they
/// give the mean of both answers: all left points move onto the right ones, and what hangs on the
/// shoulders shrinks to a strip. So which way a body faces is decided over all key frames of a
/// person, by a hidden Markov model. Its states are 24 directions, each with the sides named right
/// or exchanged. A body turns continuously, at most about half a turn a second, and shows its
/// profile on the way; the network's naming stays as it is for a while and changes at once. A pose
/// tells of a state by the width and the depth of its shoulders (seen turned, exchanged, or as a
/// mean of both). Front from back is told by labels (PersonLabels::front_odds; not those of bare
/// bodies without a head) and by feet: toes are lower in the picture than heels where they point to
/// the camera. What a pose says of sides counts less the less there is to see of the head.
///
/// With the decision, sides are put right. Where the shoulders are too narrow for how the body is
/// turned, the pose is a mean of both answers that reading it again did not mend (Note [Means of
/// both sides]): the middles of left and right points are taken to be right, and what lies between
/// them is taken from the nearest good key frames, before and after.

/// Follows one person over key frames, each of which is decided once: at once where it is sure,
/// else when later ones have made it so, after kMostFacingWaitS at the latest. Costs some 10 us a
/// key frame.
class FacingFilter {
  public:
    /// A key frame, later than those before. `measured`: as the network gave it. `frame`: the
    /// picture's size in shown pixels; empty: unknown, then the head is taken to be seen.
    void add(double seconds, const Pose& measured, cv::Size frame);

    /// Nothing more will come, or nobody waits any longer: decides what is left.
    void decide_all();

    /// Key frames that are remembered, and how many of them, from the first, are decided.
    std::size_t size() const { return keys_.size(); }
    std::size_t decided() const { return decided_; }

    /// Which way the body faces at a key frame. Before it is decided: as far as is known.
    Facing facing(std::size_t key) const { return keys_.at(key).facing; }

    /// How much of the head is in the picture of a key frame, 0..1.
    double head(std::size_t key) const { return keys_.at(key).evidence.head; }

    /// Puts the keypoints of that key frame, as they were measured, right.
    void mend(std::size_t key, Pose& pose) const;

    /// Forgets the first key frame.
    void pop_front();

    template <class Archive>
    void serialize(Archive& archive) {
        archive(keys_, decided_, width_);
    }

  private:
    static constexpr std::size_t kYaws = 24;  ///< 15 degrees apart
    /// [exchanged][yaw]: how probable each state is.
    using Belief = std::array<std::array<double, kYaws>, 2>;

    /// What one pose tells.
    struct Evidence {
        double across = 0;       ///< from the right to the left shoulder, picture-right
        double depth = 0;        ///< by how much the left shoulder is farther
        double width = 1;        ///< what both are divided by, in trunk lengths
        bool has_depth = false;  ///< both in true widths of the shoulders
        double head = 1;         ///< 0..1, how much of it is in the picture
        double front_odds = 0;   ///< of labels and feet, what is believed

        template <class Archive>
        void serialize(Archive& archive) {
            archive(across, depth, width, has_depth, head, front_odds);
        }
    };
    struct KeyFrame {
        double seconds = 0;
        Evidence evidence;
        double scale = 1;  ///< the trunk's length, shown pixels
        std::vector<Keypoint> measured;
        Skeleton skeleton = Skeleton::kCoco17;
        Belief likelihood{};
        Belief before{};  ///< given the key frames up to this one
        Facing facing;
        bool exchanged = false;
        double share = 1;  ///< of the width between left and right that is left, 0..1
        double whole = 1;  ///< 1: that is how the body is turned .. 0: the pose is a mean

        template <class Archive>
        void serialize(Archive& archive) {
            archive(seconds, evidence, scale, measured, skeleton, likelihood, before, facing,
                    exchanged, share, whole);
        }
    };

    Evidence read(const Pose& pose, cv::Size frame) const;
    static Belief likelihood_of(const Evidence& evidence);
    static Belief moved_on(const Belief& belief, double elapsed_s, double head, bool backward);
    void look_back();
    void judge(KeyFrame& key, const Belief& belief) const;
    bool is_sure(std::size_t key) const;
    const KeyFrame* good_key(std::size_t from, int step) const;

    std::deque<KeyFrame> keys_;
    std::size_t decided_ = 0;
    double width_ = 0;  ///< of the shoulders, in trunk lengths: what is seen of it at most
};

/// A key frame waits no longer than this to be decided, seconds.
inline constexpr double kMostFacingWaitS = 1.0;

/// Between two directions, along the shorter way round; `share`: 0 at `a`, 1 at `b`.
Facing mix(const Facing& a, const Facing& b, double share);

}  // namespace closet
