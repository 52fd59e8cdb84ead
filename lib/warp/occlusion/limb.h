#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/body_frame.h"
#include "core/garment.h"
#include "core/pose.h"

namespace closet::occlusion {

/// Where landmark depth says that a limb is, seen from the camera.
enum class Depth {
    kUnknown,  ///< the network gives no depth, or the limb is about as near as the shoulders
    kFront,    ///< well in front of the shoulders
    kBehind,   ///< clearly behind them
};

/// A forearm with its hand and the elbow's surroundings, or a hand: three or one tapering thick
/// lines.
struct Limb {
    struct Part {
        cv::Point2f from, to;          ///< shown pixels
        float radius_from, radius_to;  ///< pixels
        bool flat;                     ///< begins at a straight cut through `from`, else round
        bool by_place = true;          ///< else only where it has the color of another part

        /// How far out a shown point is: 0 on the bone, 1 on the outline, growing outwards;
        /// squared.
        float squared_reach(cv::Point2f at) const;
        /// The same for `n` points from `at` on, 2 pixels apart, to the right.
        void squared_reaches(cv::Point2f at, std::size_t n, float* reaches) const;
        /// Between which x all points at height `y` with at most that reach lie; the first is not
        /// below the second where there are none.
        std::pair<float, float> across(float y, float reach) const;
    };
    static constexpr std::size_t kMostParts = 3;

    std::vector<Part> parts;  ///< at least one, at most kMostParts
    Depth depth = Depth::kUnknown;
    bool hand_only = false;

    /// Whether a shown point lies in a part that comes back by its place.
    bool is_placed(cv::Point2f at) const;

    /// The box of all points with at most that reach.
    cv::Rect2d box(float reach) const;
};

/// The limbs that may come back over a garment of this kind: forearms and hands, or the hands only
/// where the garment's sleeves are long. Limbs whose elbow or wrist is not seen (score below
/// `min_score`) are left out.
std::vector<Limb> find_limbs(const Pose& pose, const BodyFrame& body, Sleeves sleeves,
                             float min_score);

}  // namespace closet::occlusion
