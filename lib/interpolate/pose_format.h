#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/pose.h"

/// Names that the writer and the reader of pose files share. See Note [Pose files].
namespace closet {

inline constexpr std::string_view kPoseFormat = "closet-poses";
inline constexpr int kPoseFormatVersion = 1;

/// Keys of the lists in "shape"; sides as `Side` numbers them.
struct ShapeKeys {
    std::array<const char*, 2> half_width, arm;
    const char* top;
};
inline constexpr ShapeKeys kShapeKeys{{"left", "right"}, {"left_arm", "right_arm"}, "top"};

/// No part of a silhouette is longer, in shoulder widths: nobody is that wide.
inline constexpr float kLongestMeasure = 100.0F;

inline std::string_view skeleton_name(Skeleton skeleton) {
    return skeleton == Skeleton::kBlazePose33 ? "blazepose33" : "coco17";
}

inline std::optional<Skeleton> skeleton_named(std::string_view name) {
    for (const Skeleton skeleton : {Skeleton::kCoco17, Skeleton::kBlazePose33}) {
        if (name == skeleton_name(skeleton)) {
            return skeleton;
        }
    }
    return std::nullopt;
}

inline std::optional<PoseOrigin> origin_named(std::string_view name) {
    for (const PoseOrigin origin : {PoseOrigin::kMeasured, PoseOrigin::kInterpolated,
                                    PoseOrigin::kHeld, PoseOrigin::kPredicted}) {
        if (name == to_string(origin)) {
            return origin;
        }
    }
    return std::nullopt;
}

}  // namespace closet
