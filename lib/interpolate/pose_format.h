#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "core/body_frame.h"
#include "core/pose.h"

/// Names that the writer and the reader of pose files share. See Note [Pose files].
namespace closet {

inline constexpr std::string_view kPoseFormat = "closet-poses";
inline constexpr int kPoseFormatVersion = 2;
/// Files of this version have stored pixels, see Note [Pose files].
inline constexpr int kStoredPixelsVersion = 1;

/// Keys of the lists in "shape"; sides as `Side` numbers them.
struct ShapeKeys {
    std::array<const char*, 2> half_width, arm;
    const char* top;
};
inline constexpr ShapeKeys kShapeKeys{{"left", "right"}, {"left_arm", "right_arm"}, "top"};

/// Keys of "mask".
struct MaskKeys {
    const char *number, *png, *from_frame;
};
inline constexpr MaskKeys kMaskKeys{"picture", "png", "from_frame"};

/// Key of a frame's line.
inline constexpr const char* kSceneStartKey = "scene_start";

/// No part of a silhouette is longer, in shoulder widths: nobody is that wide.
inline constexpr float kLongestMeasure = 100.0F;

/// Adds a float or double with the fewest digits that read back as the same number, where a JSON
/// library would print the digits of the double.
template <class Number>
void append_number(std::string& text, Number number) {
    // "-0" would be read as a whole number, which has no such zero.
    if (number == 0 && std::signbit(number)) {
        text += "-0.0";
        return;
    }
    const std::size_t start = text.size();
    fmt::format_to(std::back_inserter(text), "{}", number);
    if constexpr (std::is_same_v<Number, float>) {
        // JSON libraries read a double first, so the number is rounded twice: 7.038531e-26 would
        // become its neighbour. The digits of the double have no such rest.
        double read = 0;
        std::from_chars(text.data() + start, text.data() + text.size(), read);
        if (static_cast<float>(read) != number) {
            text.resize(start);
            fmt::format_to(std::back_inserter(text), "{}", static_cast<double>(number));
        }
    }
}

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
