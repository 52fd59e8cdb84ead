#include <cmath>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json_string.h"
#include "interpolate/shape.h"
#include "poses/pose_file.h"
#include "poses/pose_json.h"

namespace closet {
namespace {

using namespace pose_json;

std::string header_line(const PoseFileInfo& info) {
    nlohmann::ordered_json header;
    header["format"] = kPoseFormat;
    header["version"] = kPoseFormatVersion;
    header["model"] = info.model;
    header["settings"] = info.settings;
    header["clip"] = info.clip_sha256;
    header["width"] = info.width;
    header["height"] = info.height;
    header["time_base"] = {info.time_base.num, info.time_base.den};
    header["skeleton"] = skeleton_name(info.skeleton);
    // Names of files and models need not be UTF-8, but the file has to be.
    return json_string(header) + "\n";
}

bool is_in_range(const Pose& pose) {
    bool finite = std::isfinite(pose.score) && std::isfinite(pose.box.x) &&
                  std::isfinite(pose.box.y) && std::isfinite(pose.box.width) &&
                  std::isfinite(pose.box.height) && std::isfinite(pose.facing.yaw) &&
                  std::isfinite(pose.facing.certainty) &&
                  std::isfinite(pose.arms_agree[0] + pose.arms_agree[1]);
    for (const Keypoint& point : pose.keypoints) {
        finite = finite && std::isfinite(point.x) && std::isfinite(point.y) &&
                 std::isfinite(point.z) && std::isfinite(point.score);
    }
    if (pose.shape) {
        for_each_measure(*pose.shape, [&](const Measure& measure) {
            finite = finite && std::abs(measure.value) <= kLongestMeasure &&
                     measure.certainty >= 0 && measure.certainty <= 1;
        });
    }
    return finite && (!pose.mask || is_writable(*pose.mask)) &&
           (!pose.labels || is_writable(*pose.labels));
}

/// Adds numbers with commas between them.
template <class... Numbers>
void append_numbers(std::string& text, Numbers... numbers) {
    const char* comma = "";
    const auto append = [&](auto number) {
        text += comma;
        append_number(text, number);
        comma = ",";
    };
    (append(numbers), ...);
}

/// Adds "key":[value,certainty,...] of all `lists` of measures.
template <class... Lists>
void append_measures(std::string& text, std::string_view key, const Lists&... lists) {
    const auto out = std::back_inserter(text);
    fmt::format_to(out, R"("{}":[)", key);
    const char* comma = "";
    const auto append = [&](const auto& list) {
        for (const Measure& measure : list) {
            text += comma;
            append_numbers(text, measure.value, measure.certainty);
            comma = ",";
        }
    };
    (append(lists), ...);
    text += "]";
}

void append_shape(std::string& text, const BodyShape& shape) {
    text += R"(,"shape":{)";
    append_measures(text, kShapeKeys.half_width[0], shape.half_width[0]);
    text += ",";
    append_measures(text, kShapeKeys.half_width[1], shape.half_width[1]);
    text += ",";
    append_measures(text, kShapeKeys.arm[0], shape.arm[0].outer, shape.arm[0].inner);
    text += ",";
    append_measures(text, kShapeKeys.arm[1], shape.arm[1].outer, shape.arm[1].inner);
    text += ",";
    append_measures(text, kShapeKeys.leg[0], shape.leg[0].outer, shape.leg[0].inner);
    text += ",";
    append_measures(text, kShapeKeys.leg[1], shape.leg[1].outer, shape.leg[1].inner);
    text += ",";
    append_measures(text, kShapeKeys.top, shape.top);
    text += "}";
}

void append_pose(std::string& text, const Pose& pose, WrittenMasks& masks, WrittenLabels& labels) {
    const auto out = std::back_inserter(text);
    fmt::format_to(out, R"({{"id":{},"score":)", pose.person_id);
    append_number(text, pose.score);
    fmt::format_to(out, R"(,"origin":"{}","box":[)", to_string(pose.origin));
    append_numbers(text, pose.box.x, pose.box.y, pose.box.width, pose.box.height);
    text += R"(],"keypoints":)";
    char before = '[';
    for (const Keypoint& point : pose.keypoints) {
        text += before;
        text += '[';
        append_numbers(text, point.x, point.y, point.z, point.score);
        text += ']';
        before = ',';
    }
    text += ']';
    if (pose.facing.certainty > 0) {
        fmt::format_to(out, R"(,"{}":[)", kFacingKey);
        append_numbers(text, pose.facing.yaw, pose.facing.certainty);
        text += ']';
    }
    if (pose.arms_agree[0] >= 0 && pose.arms_agree[1] >= 0) {
        fmt::format_to(out, R"(,"{}":[)", kArmsAgreeKey);
        append_numbers(text, pose.arms_agree[0], pose.arms_agree[1]);
        text += ']';
    }
    if (pose.shape) {
        append_shape(text, rounded(*pose.shape));
    }
    if (pose.mask) {
        text += R"(,"mask":)";
        masks.append(text, *pose.mask);
    }
    if (pose.labels) {
        text += R"(,"labels":)";
        labels.append(text, *pose.labels);
    }
    text += '}';
}

/// Formatted by hand, see `append_number`.
std::string frame_line(const PosedFrame& posed, WrittenMasks& masks, WrittenLabels& labels) {
    std::string text = fmt::format(R"({{"index":{},"pts":{})", posed.frame.index, posed.frame.pts);
    if (posed.frame.scene_start) {
        text += fmt::format(R"(,"{}":true)", kSceneStartKey);
    }
    text += R"(,"persons":[)";
    const char* comma = "";
    for (const Pose& pose : posed.poses) {
        text += comma;
        append_pose(text, pose, masks, labels);
        comma = ",";
    }
    masks.end_line();
    labels.end_line();
    return text + "]}\n";
}

}  // namespace

void PoseWriter::write(std::string_view text) {
    if (!has_header_) {
        has_header_ = true;
        write(header_line(info_));
    }
    file_.write(text);
}

void PoseWriter::process(PosedFrame frame, const Emit<PosedFrame>& emit) {
    if (!has_header_) {
        info_.width = frame.frame.width();
        info_.height = frame.frame.height();
        info_.time_base = frame.frame.time_base;
    }
    for (const Pose& pose : frame.poses) {
        if (pose.skeleton != info_.skeleton ||
            pose.keypoints.size() != keypoint_count(pose.skeleton) || !is_in_range(pose)) {
            throw Error(fmt::format(
                "frame {} has a pose that {} cannot hold: another skeleton than "
                "{}, numbers that are not finite, or a mask or labels that are none",
                frame.frame.index, file_.path().string(), skeleton_name(info_.skeleton)));
        }
    }
    const std::string line = frame_line(frame, masks_, labels_);
    if (line.size() > PoseReader::kLongestLine) {
        throw Error(fmt::format(
            "the poses of frame {} take {} bytes in {}, more than the {} that can be read again; "
            "follow fewer people",
            frame.frame.index, line.size(), file_.path().string(), PoseReader::kLongestLine));
    }
    write(line);
    emit(std::move(frame));
}

void PoseWriter::flush(const Emit<PosedFrame>&) {
    write("");
    file_.complete();
}

}  // namespace closet
