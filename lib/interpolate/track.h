#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include <opencv2/core/types.hpp>

#include "body/facing.h"
#include "body/measure_body.h"
#include "core/pose.h"
#include "interpolate/labels.h"
#include "interpolate/spline.h"

namespace closet {

/// How key frames of a track are refined; see Note [Zero-phase smoothing].
struct Smoothing {
    double sigma_s = 0;        ///< 0 leaves every key frame as it was measured
    double bias = 0;           ///< error that smoothing may add, as a share of the trunk's length
    double shape_sigma_s = 0;  ///< of silhouettes; 0 leaves those of key frames as measured

    template <class Archive>
    void serialize(Archive& archive) {
        archive(sigma_s, bias, shape_sigma_s);
    }
};

/// Key frames in a row in which a person may be overlooked.
inline constexpr int kMostMissed = 2;

/// Where a frame is: its number in the clip and its time. Times never fall.
struct Instant {
    std::int64_t frame = 0;
    double seconds = 0;

    template <class Archive>
    void serialize(Archive& archive) {
        archive(frame, seconds);
    }
};

/// The frame after `before` (frame -1: there is none). Time stamps come from files: times that fall
/// back or are no numbers stand still instead.
inline Instant next_instant(const Instant& before, double seconds) {
    const bool is_later = std::isfinite(seconds) && (before.frame < 0 || seconds > before.seconds);
    return {before.frame + 1, is_later ? seconds : before.seconds};
}

/// One person over consecutive key frames. Refined positions and velocities are computed once, when
/// first asked for, and kept: ask when what they depend on is complete (`settled_at`), or when
/// waiting costs too much.
///
/// Silhouettes are measured around the keypoints of their key frame, without spikes but not
/// smoothed: they are smoothed on their own (Note [Smoothing of shapes]), so that refined keypoints
/// would steady them no more and make frames wait for twice as many key frames.
///
/// Note [Outlines now and then]
/// Key frames may come more often than their masks are read (InferOptions::masks_every_s), which
/// cost two fifths of a reading. Those without one do not count where silhouettes are smoothed, and
/// get the mask of the nearest key frame that has one, as frames between key frames do.
class Track {
  public:
    /// Nobody, to be read from a state.
    Track() = default;
    /// See `add` for `view`.
    Track(int id, const Smoothing& smoothing, const Instant& when, Pose pose,
          const MeasureOptions& view = {});

    /// The number of the track, as poses get it; see Tracks.
    int id() const { return id_; }

    /// Pose::person_id of the poses given: the number that inference has for the person; -1: none.
    int number() const { return number_; }

    /// Its first and last key frame, and the pose measured on the last.
    const Instant& first_seen() const { return first_seen_; }
    const Instant& last_seen() const { return keys_.back().when; }
    const Pose& last_pose() const { return keys_.back().measured; }

    /// Where the person is expected at a time after the last key frame: the last pose, moved on
    /// with the velocity of the trunk.
    cv::Point2f expected_shift(double seconds) const;

    /// The usual size of the person, in square pixels: the median of the boxes of the last
    /// `kAreaMemory` key frames.
    double median_area() const;
    /// Key frames on which the person was found, ever.
    std::size_t key_count() const { return key_count_; }

    /// Those of them that are in memory.
    std::size_t kept_keys() const { return keys_.size(); }

    /// view: how to measure the silhouette in a mask that the pose has, and the picture's size.
    void add(const Instant& when, Pose pose, const MeasureOptions& view = {});

    /// The person was looked for in this key frame and not found. Returns how often in a row.
    int miss(const Instant& when);

    /// No further key frame will come. From `when` on the track has no pose.
    void end(const Instant& when);
    /// Whether `end` was called.
    bool ended() const { return ended_; }

    /// Key frames in a row, up to now, in which the person was not found.
    int missed() const { return missed_; }

    /// First frame in which the person is known not to be, after the last key frame.
    std::int64_t gone_from() const { return gone_from_; }

    /// True when no later key frame changes the pose at `when`. now: time of the latest frame.
    bool settled_at(const Instant& when, double now) const;

    /// The pose at an instant, or nothing where the track has none: before its first key frame,
    /// more than `hold_s` after its last, or from where it ended.
    std::optional<Pose> pose_at(const Instant& when, double hold_s);

    /// Forgets the key frames that no instant from `when` on depends on.
    void forget_before(const Instant& when);

    static constexpr std::size_t kAreaMemory = 64;

    template <class Archive>
    void serialize(Archive& archive) {
        archive(id_, number_, first_seen_, smoothing_, facing_, keys_, areas_, key_count_, missed_,
                has_shapes_, has_labels_, ended_, gone_from_);
    }

  private:
    using Shape = std::shared_ptr<const BodyShape>;  ///< null: not known

    struct Key {
        Instant when;
        Pose measured;
        std::optional<Pose> mended;                  ///< its sides put right
        std::optional<std::vector<Keypoint>> clean;  ///< without spikes
        std::optional<Pose> refined;                 ///< smoothed
        std::optional<std::vector<cv::Point3f>> velocities;
        MeasureOptions view;
        std::optional<Shape> measured_shape;
        bool crossed = false;        ///< then the wearer's left was on the left of the picture
        std::optional<Shape> shape;  ///< smoothed
        std::optional<SharedLabels> labels;              ///< smoothed
        std::optional<std::array<float, 2>> arms_agree;  ///< of this key frame alone

        /// What the next labels, of the key frame at `next_frame`, say on the points of these; null
        /// where they do not agree.
        std::optional<SharedLabels> next_labels;
        std::int64_t next_frame = -1;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(when, measured, mended, clean, refined, velocities, view, measured_shape,
                    crossed, shape, labels, arms_agree, next_labels, next_frame);
        }
    };

    /// Index of the first key frame at or after `when`; keys_.size() where there is none.
    std::size_t first_from(const Instant& when) const;
    const Pose& mended(std::size_t key);
    const std::vector<Keypoint>& clean(std::size_t key);
    void calm(std::size_t key);
    const Pose& refined(std::size_t key);
    bool has_outline(std::size_t key) const;
    std::shared_ptr<const PersonMask> nearest_mask(std::size_t from, double seconds,
                                                   const Pose& pose);
    const Shape& measured_shape(std::size_t key);
    const Shape& shape(std::size_t key);
    const SharedLabels& smoothed_labels(std::size_t key);
    const SharedLabels& next_labels(std::size_t from, std::size_t to);
    std::optional<std::size_t> labeled_before(std::size_t key, double oldest_s) const;
    std::optional<std::size_t> labeled_from(std::size_t key, double latest_s) const;
    std::array<float, 2> arms_agree_at(const Instant& when);
    SharedLabels labels_at(const Instant& when, const Pose& pose);
    std::optional<Pose> unlabeled_at(const Instant& when, double hold_s);
    Pose with_shape(std::size_t key);
    Shape measured_shape_as(std::size_t key, bool crossed);
    Shape smoothed_shape(std::size_t key, double seconds, bool crossed);
    Shape shape_between(std::size_t from, double seconds, const Pose& pose);
    PoseKnot knot(std::size_t key);
    PoseKnot resting_knot(std::size_t key);
    Pose pose_between(std::size_t from, const Instant& when);
    double reach() const;
    double shape_reach() const;

    int id_ = -1;
    int number_ = -1;
    Instant first_seen_;
    Smoothing smoothing_;
    FacingFilter facing_;  ///< of keys_
    std::deque<Key> keys_;
    std::deque<double> areas_;
    std::size_t key_count_ = 0;
    int missed_ = 0;
    bool has_shapes_ = false;  ///< some key frame has a mask or a shape
    bool has_labels_ = false;  ///< some key frame has labels
    bool ended_ = false;
    std::int64_t gone_from_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace closet
