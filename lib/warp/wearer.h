#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <opencv2/core/types.hpp>

#include "core/body_frame.h"
#include "core/pose.h"

namespace closet {

/// Where a keypoint is, shown pixels.
inline cv::Point2d place_of(const Keypoint& point) {
    return {point.x, point.y};
}

/// Where face and neck are.
struct Head {
    cv::Point2d nose, up;   ///< shown pixels; `up` is a unit vector from the shoulders to the head
    cv::Point2d eyes;       ///< between the eyes, or where they should be
    cv::Point2d pit;        ///< of the neck
    cv::Point2d middle;     ///< between the shoulders
    double half_width = 0;  ///< of the face, shown pixels
};

/// Where a person's own clothes meet. Levels are along the spine from between the shoulder joints,
/// positions across it to the wearer's left, in shoulder widths (core/body_frame.h).
struct OwnClothes {
    static constexpr std::size_t kColumns = 29;
    static constexpr double kReach = 0.7;  ///< positions go from -kReach to kReach

    std::array<double, kColumns> waist{};  ///< level at which lower clothes begin
    double hem = 0;                        ///< level at which upper clothes end, in the middle
    double seen = 0;   ///< 0..1, how clearly both are told apart; 0: the above mean nothing
    double shows = 0;  ///< 1: the waistband is seen .. 0: upper clothes hang over it

    /// Where sleeves end and how clearly that is seen (0..1), indexed by Side: along the arm, 0 at
    /// the shoulder, 1 at the elbow, 2 at the wrist.
    std::array<double, 2> sleeve_end{}, sleeve_seen{};
    /// Where what covers the legs ends, likewise: 0 at the hip, 1 at the knee, 2 at the ankle.
    std::array<double, 2> leg_end{}, leg_seen{};

    static double position(std::size_t column) {
        return kReach * (2.0 * static_cast<double>(column) / (kColumns - 1) - 1.0);
    }
    double at(double across) const;  ///< `waist` in between, constant beyond the ends

    template <class Archive>
    void serialize(Archive& archive) {
        archive(waist, hem, seen, shows, sleeve_end, sleeve_seen, leg_end, leg_seen);
    }
};

struct PersonClasses;

/// A person to be dressed: a pose and what follows from it, worked out once for all who ask.
struct Wearer {
    /// The least score of keypoints where nothing else is asked for.
    static constexpr float kMinScore = 0.3F;

    /// `posed` must outlive it. Not explicit, so that a pose alone can be dressed.
    Wearer(const Pose& posed, float least_score = kMinScore);

    const Pose& pose;
    float min_score;  ///< 0..1, keypoints with a lower score are not relied on

    std::optional<BodyFrame> body;           ///< nothing: see body_frame
    std::optional<OwnClothes> own;           ///< nothing until somebody reads it (own_clothes.h)
    const PersonClasses* classes = nullptr;  ///< null where no parser looked
    std::optional<Head> head;  ///< nothing where nose, eyes and ears are all unknown, or a shoulder
};

}  // namespace closet
