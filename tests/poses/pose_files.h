#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "interpolate/people.h"
#include "poses/pose_file.h"
#include "support/temporary_folder.h"

/// Pose files, written by PoseWriter or by hand.
namespace closet::test {

inline PosedFrame copy(const PosedFrame& posed) {
    PosedFrame result{make_frame(posed.frame.index, posed.frame.pts), posed.poses};
    result.frame.scene_start = posed.frame.scene_start;
    return result;
}

inline PoseFileInfo make_info(Skeleton skeleton = Skeleton::kCoco17) {
    PoseFileInfo info;
    info.model = "blazepose \"full\"\n";
    info.settings = {{"batch", "5"}, {"scale", "0.5"}};
    info.clip_sha256 = std::string(64, 'a');
    info.skeleton = skeleton;
    return info;
}

inline std::filesystem::path write_file(const std::filesystem::path& path,
                                        const std::vector<PosedFrame>& frames,
                                        const PoseFileInfo& info) {
    PoseWriter writer(path, info);
    std::size_t passed = 0;
    const Emit<PosedFrame> emit = [&](PosedFrame) { return ++passed > 0; };
    for (const PosedFrame& frame : frames) {
        writer.process(copy(frame), emit);
    }
    writer.flush(emit);
    CHECK(passed == frames.size());
    CHECK_FALSE(std::filesystem::exists(path));
    writer.file().publish();
    CHECK(std::filesystem::exists(path));
    CHECK_FALSE(std::filesystem::exists(path.string() + ".partial"));
    return path;
}

inline const std::string kHeader =
    R"({"format":"closet-poses","version":1,"model":"m","settings":{},"clip":"","width":1920,)"
    R"("height":1080,"time_base":[1,1000],"skeleton":"coco17"})"
    "\n";

inline std::string person(const std::string& keypoint) {
    std::string text = R"({"id":0,"score":0.5,"origin":"measured","box":[0,0,1,1],"keypoints":[)";
    for (int i = 0; i < 17; ++i) {
        text += (i > 0 ? "," : "") + keypoint;
    }
    return text + "]}";
}

inline std::string frame_line(const std::string& persons) {
    return R"({"index":0,"pts":0,"persons":[)" + persons + "]}\n";
}

/// What reading the whole file says; empty when nothing is wrong.
inline std::string complaint(const std::string& content) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.path() / "poses.jsonl";
    std::ofstream(path, std::ios::binary) << content;
    try {
        PoseReader reader(path);
        while (reader.next()) {
        }
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("poses.jsonl") != std::string::npos);
        return error.what();
    }
    return "";
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace closet::test
