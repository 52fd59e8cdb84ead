#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/body_frame.h"
#include "core/pose.h"

/// What the writer and the reader of pose files share: names, numbers, and JSON of which every
/// value is checked before it is taken. See Note [Pose files].
namespace closet::pose_json {

inline constexpr std::string_view kPoseFormat = "closet-poses";
inline constexpr int kPoseFormatVersion = 2;
/// Files of this version have stored pixels, see Note [Pose files].
inline constexpr int kStoredPixelsVersion = 1;

/// Keys of the lists in "shape"; sides as `Side` numbers them.
struct ShapeKeys {
    std::array<const char*, 2> half_width, arm, leg;
    const char* top;
};
inline constexpr ShapeKeys kShapeKeys{
    {"left", "right"}, {"left_arm", "right_arm"}, {"left_leg", "right_leg"}, "top"};

/// Keys of "mask".
struct MaskKeys {
    const char *number, *png, *from_frame;
};
inline constexpr MaskKeys kMaskKeys{"picture", "png", "from_frame"};

/// Keys of "labels".
struct LabelKeys {
    const char *number, *png, *planes, *from_frame;
};
inline constexpr LabelKeys kLabelKeys{"picture", "png", "planes", "from_frame"};

/// Key of a person: yaw and certainty of Pose::facing.
inline constexpr const char* kFacingKey = "facing";
inline constexpr double kMostYaw = 3.1416;  ///< radians: half a turn, rounded up

/// Key of a person: Pose::arms_agree, there where it is known.
inline constexpr const char* kArmsAgreeKey = "arms_agree";

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
        // become its neighbor. The digits of the double have no such rest.
        double read = 0;
        std::from_chars(text.data() + start, text.data() + text.size(), read);
        if (static_cast<float>(read) != number) {
            text.resize(start);
            fmt::format_to(std::back_inserter(text), "{}", static_cast<double>(number));
        }
    }
}

/// The name of a skeleton in pose files.
inline std::string_view skeleton_name(Skeleton skeleton) {
    return skeleton == Skeleton::kBlazePose33 ? "blazepose33" : "coco17";
}

/// The skeleton of that name; nothing where there is none.
inline std::optional<Skeleton> skeleton_named(std::string_view name) {
    for (const Skeleton skeleton : {Skeleton::kCoco17, Skeleton::kBlazePose33}) {
        if (name == skeleton_name(skeleton)) {
            return skeleton;
        }
    }
    return std::nullopt;
}

/// The origin of that name (see to_string of it); nothing where there is none.
inline std::optional<PoseOrigin> origin_named(std::string_view name) {
    for (const PoseOrigin origin : {PoseOrigin::kMeasured, PoseOrigin::kInterpolated,
                                    PoseOrigin::kHeld, PoseOrigin::kPredicted}) {
        if (name == to_string(origin)) {
            return origin;
        }
    }
    return std::nullopt;
}

using Json = nlohmann::json;

/// A fault in one line; the reader adds the file and the line's number.
struct BadLine {
    std::string why;
};

/// Coordinates beyond this are no pixels.
inline constexpr double kLargestNumber = 1e6;

/// The next line, of `longest` bytes at most; nothing at the end. Throws BadLine.
std::optional<std::string> read_line(std::istream& file, std::size_t longest);

/// The object that a line holds. Throws BadLine where it is none or nests too deeply.
Json parse(const std::string& line);

/// The member of an object. Throws BadLine where it is missing.
const Json& member(const Json& json, const char* key);

/// The same where it is a text. Throws BadLine.
std::string text_of(const Json& json, const char* key);

/// A whole number from `least` on. key: for messages. Throws BadLine.
template <class Integer>
Integer integer(const Json& value, const char* key, Integer least) {
    // Json::get would wrap numbers that do not fit.
    const bool fits =
        value.is_number_unsigned()
            ? value.get<std::uint64_t>() <=
                  static_cast<std::uint64_t>(std::numeric_limits<Integer>::max())
            : value.is_number_integer() &&
                  value.get<std::int64_t>() >= std::int64_t{std::numeric_limits<Integer>::min()};
    if (!fits || value.get<Integer>() < least) {
        throw BadLine{fmt::format("\"{}\" is not a whole number in range", key)};
    }
    return value.get<Integer>();
}

/// A list of N numbers, none beyond `largest` in size. key: for messages. Throws BadLine.
template <std::size_t N, class Number = float>
std::array<Number, N> numbers(const Json& value, const char* key, double largest = kLargestNumber) {
    std::array<Number, N> result{};
    if (!value.is_array() || value.size() != N) {
        throw BadLine{fmt::format("\"{}\" does not hold {} numbers each", key, N)};
    }
    for (std::size_t i = 0; i < N; ++i) {
        if (!value[i].is_number() || !(std::abs(value[i].get<double>()) <= largest)) {
            throw BadLine{fmt::format("\"{}\" holds something that is not a number in range", key)};
        }
        result[i] = value[i].get<Number>();
    }
    return result;
}

}  // namespace closet::pose_json
