#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/body_frame.h"
#include "core/error.h"
#include "core/pose.h"
#include "poses/pose_file.h"
#include "poses/pose_json.h"

namespace closet {
namespace {

using namespace pose_json;

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
        if (json.contains(kShapeKeys.leg[s])) {
            read_measures(json, kShapeKeys.leg[s], shape->leg[s].outer, shape->leg[s].inner);
        }
    }
    read_measures(json, kShapeKeys.top, shape->top);
    return shape;
}

Pose read_pose(const Json& json, Skeleton skeleton, ReadMasks& masks, ReadLabels& read_labels) {
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
    if (const auto facing = json.find(kFacingKey); facing != json.end()) {
        const auto values = numbers<2>(*facing, kFacingKey, kMostYaw);
        pose.facing = {values[0], score(values[1])};
    }
    if (const auto arms = json.find(kArmsAgreeKey); arms != json.end()) {
        const auto values = numbers<2>(*arms, kArmsAgreeKey);
        pose.arms_agree = {score(values[0]), score(values[1])};
    }
    if (const auto shape = json.find("shape"); shape != json.end()) {
        pose.shape = read_shape(*shape);
    }
    if (const auto mask = json.find("mask"); mask != json.end()) {
        pose.mask = masks.read(*mask);
    }
    if (const auto labels = json.find("labels"); labels != json.end()) {
        pose.labels = read_labels.read(*labels);
    }
    return pose;
}

PoseFileInfo read_header(const Json& json) {
    if (text_of(json, "format") != kPoseFormat) {
        throw BadLine{fmt::format("\"format\" is not \"{}\"", kPoseFormat)};
    }
    const int version = integer<int>(member(json, "version"), "version", 1);
    if (version > kPoseFormatVersion) {
        throw BadLine{fmt::format("its version {} is newer than {}, the one that is known here",
                                  version, kPoseFormatVersion)};
    }
    PoseFileInfo info;
    info.in_stored_pixels = version <= kStoredPixelsVersion;
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

PoseReader::FramePoses read_frame(const Json& json, Skeleton skeleton, ReadMasks& masks,
                                  ReadLabels& labels) {
    PoseReader::FramePoses frame;
    frame.index = integer<std::int64_t>(member(json, "index"), "index", 0);
    frame.pts =
        integer<std::int64_t>(member(json, "pts"), "pts", std::numeric_limits<std::int64_t>::min());
    if (const auto start = json.find(kSceneStartKey); start != json.end()) {
        if (!start->is_boolean()) {
            throw BadLine{fmt::format("\"{}\" is neither true nor false", kSceneStartKey)};
        }
        frame.scene_start = start->get<bool>();
    }
    const Json& persons = member(json, "persons");
    if (!persons.is_array()) {
        throw BadLine{"\"persons\" is not a list"};
    }
    for (const Json& person : persons) {
        frame.poses.push_back(read_pose(person, skeleton, masks, labels));
    }
    masks.end_line();
    labels.end_line();
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
        info_ = read_header(pose_json::parse(*line));
    } catch (const BadLine& bad) {
        fail(path_, line_, bad.why);
    }
}

std::optional<std::string> PoseReader::next_line() {
    try {
        std::optional<std::string> line = pose_json::read_line(file_, kLongestLine);
        if (file_.bad()) {
            throw Error(fmt::format("cannot read the poses in {}: {}", path_.string(),
                                    std::strerror(errno)));
        }
        line_ += line ? 1 : 0;
        return line;
    } catch (const BadLine& bad) {
        fail(path_, line_ + 1, bad.why);
    }
}

std::optional<PoseReader::FramePoses> PoseReader::next() {
    const auto line = next_line();
    if (!line) {
        return std::nullopt;
    }
    try {
        return read_frame(pose_json::parse(*line), info_.skeleton, masks_, labels_);
    } catch (const BadLine& bad) {
        fail(path_, line_, bad.why);
    }
}

}  // namespace closet
