#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/body_shape.h"
#include "core/error.h"
#include "interpolate/pose_file.h"
#include "interpolate/pose_format.h"

namespace closet {
namespace {

using Json = nlohmann::json;

/// A frame's line nests five deep: line, persons, person, keypoints, keypoint.
constexpr int kDeepestNesting = 8;

/// Coordinates beyond this are no pixels.
constexpr double kLargestNumber = 1e6;

/// A fault in one line; the reader adds the file and the line's number.
struct BadLine {
    std::string why;
};

/// Checked before parsing, so that brackets cannot cost memory.
void check_nesting(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            i += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kDeepestNesting) {
                throw BadLine{"brackets are nested too deeply"};
            }
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
}

Json parse(const std::string& text) {
    check_nesting(text);
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
        throw BadLine{"it is not a JSON object"};
    }
    return json;
}

const Json& member(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) {
        throw BadLine{fmt::format("\"{}\" is missing", key)};
    }
    return *found;
}

std::string text_of(const Json& json, const char* key) {
    const Json& value = member(json, key);
    if (!value.is_string()) {
        throw BadLine{fmt::format("\"{}\" is not a text", key)};
    }
    return value.get<std::string>();
}

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

template <std::size_t N>
std::array<float, N> numbers(const Json& value, const char* key) {
    std::array<float, N> result{};
    if (!value.is_array() || value.size() != N) {
        throw BadLine{fmt::format("\"{}\" does not hold {} numbers each", key, N)};
    }
    for (std::size_t i = 0; i < N; ++i) {
        if (!value[i].is_number() || !(std::abs(value[i].get<double>()) <= kLargestNumber)) {
            throw BadLine{fmt::format("\"{}\" holds something that is not a number in range", key)};
        }
        result[i] = value[i].get<float>();
    }
    return result;
}

float score(float value) {
    if (value < 0 || value > 1) {
        throw BadLine{"a score is not between 0 and 1"};
    }
    return value;
}

/// A list of measures as value, certainty, value, ... into `lists`, one after the other.
template <class... Lists>
void read_measures(const Json& shape, const char* key, Lists&... lists) {
    constexpr std::size_t kCount = (std::tuple_size_v<Lists> + ...);
    const auto read = numbers<2 * kCount>(member(shape, key), key);
    auto next = read.begin();
    const auto fill = [&](auto& list) {
        for (Measure& measure : list) {
            measure.value = *next++;
            measure.certainty = score(*next++);
            if (std::abs(measure.value) > kLongestMeasure) {
                throw BadLine{fmt::format("\"{}\" holds a length beyond {} shoulder widths", key,
                                          kLongestMeasure)};
            }
        }
    };
    (fill(lists), ...);
}

std::shared_ptr<const BodyShape> read_shape(const Json& json) {
    if (!json.is_object()) {
        throw BadLine{"\"shape\" is not a JSON object"};
    }
    auto shape = std::make_shared<BodyShape>();
    for (const Side side : kSides) {
        const auto s = static_cast<std::size_t>(side);
        read_measures(json, kShapeKeys.half_width[s], shape->half_width[s]);
        read_measures(json, kShapeKeys.arm[s], shape->arm[s].outer, shape->arm[s].inner);
    }
    read_measures(json, kShapeKeys.top, shape->top);
    return shape;
}

Pose read_pose(const Json& json, Skeleton skeleton) {
    if (!json.is_object()) {
        throw BadLine{"a person is not a JSON object"};
    }
    Pose pose;
    pose.skeleton = skeleton;
    pose.person_id = integer<int>(member(json, "id"), "id", 0);
    pose.score = score(numbers<1>(Json::array({member(json, "score")}), "score")[0]);
    const auto origin = origin_named(text_of(json, "origin"));
    if (!origin) {
        throw BadLine{"\"origin\" is not one of measured, interpolated, held and predicted"};
    }
    pose.origin = *origin;
    const auto box = numbers<4>(member(json, "box"), "box");
    pose.box = {box[0], box[1], box[2], box[3]};
    const Json& points = member(json, "keypoints");
    if (!points.is_array() || points.size() != keypoint_count(skeleton)) {
        throw BadLine{fmt::format("\"keypoints\" does not hold the {} points of {}",
                                  keypoint_count(skeleton), skeleton_name(skeleton))};
    }
    pose.keypoints.reserve(points.size());
    for (const Json& point : points) {
        const auto values = numbers<4>(point, "keypoints");
        pose.keypoints.push_back({values[0], values[1], values[2], score(values[3])});
    }
    if (const auto shape = json.find("shape"); shape != json.end()) {
        pose.shape = read_shape(*shape);
    }
    return pose;
}

PoseFileInfo read_header(const Json& json) {
    if (text_of(json, "format") != kPoseFormat) {
        throw BadLine{fmt::format("\"format\" is not \"{}\"", kPoseFormat)};
    }
    if (const int version = integer<int>(member(json, "version"), "version", 1);
        version != kPoseFormatVersion) {
        throw BadLine{fmt::format("its version {} is newer than {}, the one that is known here",
                                  version, kPoseFormatVersion)};
    }
    PoseFileInfo info;
    info.model = text_of(json, "model");
    const Json& settings = member(json, "settings");
    if (!settings.is_object()) {
        throw BadLine{"\"settings\" is not a JSON object"};
    }
    for (const auto& [key, value] : settings.items()) {
        info.settings[key] = text_of(settings, key.c_str());
    }
    info.clip_sha256 = text_of(json, "clip");
    info.width = integer<int>(member(json, "width"), "width", 0);
    info.height = integer<int>(member(json, "height"), "height", 0);
    const Json& time_base = member(json, "time_base");
    if (!time_base.is_array() || time_base.size() != 2) {
        throw BadLine{"\"time_base\" does not hold 2 numbers"};
    }
    info.time_base = {integer<int>(time_base[0], "time_base", 0),
                      integer<int>(time_base[1], "time_base", 1)};
    const auto skeleton = skeleton_named(text_of(json, "skeleton"));
    if (!skeleton) {
        throw BadLine{"\"skeleton\" is not one of coco17 and blazepose33"};
    }
    info.skeleton = *skeleton;
    return info;
}

PoseReader::FramePoses read_frame(const Json& json, Skeleton skeleton) {
    PoseReader::FramePoses frame;
    frame.index = integer<std::int64_t>(member(json, "index"), "index", 0);
    frame.pts =
        integer<std::int64_t>(member(json, "pts"), "pts", std::numeric_limits<std::int64_t>::min());
    const Json& persons = member(json, "persons");
    if (!persons.is_array()) {
        throw BadLine{"\"persons\" is not a list"};
    }
    for (const Json& person : persons) {
        frame.poses.push_back(read_pose(person, skeleton));
    }
    return frame;
}

[[noreturn]] void fail(const std::filesystem::path& path, std::size_t line, std::string_view why) {
    throw Error(fmt::format("cannot read the poses in {}, line {}: {}", path.string(), line, why));
}

}  // namespace

PoseReader::PoseReader(std::filesystem::path path) : path_(std::move(path)) {
    file_.open(path_, std::ios::binary);
    if (!file_) {
        throw Error(
            fmt::format("cannot read the poses in {}: {}", path_.string(), std::strerror(errno)));
    }
    const auto line = next_line();
    if (!line) {
        throw Error(fmt::format("cannot read the poses in {}: the file is empty", path_.string()));
    }
    try {
        info_ = read_header(parse(*line));
    } catch (const BadLine& bad) {
        fail(path_, line_, bad.why);
    }
}

std::optional<std::string> PoseReader::next_line() {
    std::string line;
    char c = 0;
    while (file_.get(c) && c != '\n') {
        if (line.size() == kLongestLine) {
            fail(path_, line_ + 1, fmt::format("it is longer than {} bytes", kLongestLine));
        }
        line += c;
    }
    if (file_.bad()) {
        throw Error(
            fmt::format("cannot read the poses in {}: {}", path_.string(), std::strerror(errno)));
    }
    if (line.empty() && file_.eof()) {
        return std::nullopt;
    }
    ++line_;
    return line;
}

std::optional<PoseReader::FramePoses> PoseReader::next() {
    const auto line = next_line();
    if (!line) {
        return std::nullopt;
    }
    try {
        return read_frame(parse(*line), info_.skeleton);
    } catch (const BadLine& bad) {
        fail(path_, line_, bad.why);
    }
}

}  // namespace closet
