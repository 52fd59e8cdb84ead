#include "poses/replay_poses.h"

#include <set>

#include "poses/pose_files.h"

using namespace closet;
using namespace closet::test;

namespace {

/// 40 frames, every second one a key frame: 3 on the left, 5 in the middle, 8 on the right and
/// largest, who is hidden in the frames 12 to 19.
std::vector<PosedFrame> three_people() {
    std::vector<PosedFrame> frames;
    for (int i = 0; i < 40; ++i) {
        PosedFrame posed{make_frame(i, 40 * i), {}};
        posed.poses = {numbered(3, figure(300, 500)), numbered(5, figure(950, 500, 0.8))};
        if (i < 12 || i >= 20) {
            posed.poses.push_back(numbered(8, figure(1500, 500, 1.2)));
        }
        for (Pose& pose : posed.poses) {
            pose.origin = i % 2 == 0 ? PoseOrigin::kMeasured : PoseOrigin::kInterpolated;
        }
        frames.push_back(std::move(posed));
    }
    return frames;
}

/// The ids that frames have after a file was written with one rule and read with another.
std::vector<std::set<int>> replayed(const std::vector<PosedFrame>& frames, const PersonRule& person,
                                    const std::string& written_by = "all") {
    const TemporaryFolder folder;
    PoseFileInfo info = make_info();
    if (!written_by.empty()) {
        info.settings[kPersonSetting] = written_by;
    }
    const auto path = write_file(folder.path() / "poses.jsonl", frames, info);
    ReplayPoses replay(PoseReader(path), "clip.mp4", "", person);
    std::vector<std::set<int>> ids;
    for (const PosedFrame& frame : frames) {
        replay.process(make_frame(frame.frame.index, frame.frame.pts), [&](PosedFrame got) {
            ids.emplace_back();
            for (const Pose& pose : got.poses) {
                ids.back().insert(pose.person_id);
            }
            return true;
        });
    }
    return ids;
}

}  // namespace

TEST_CASE("of the people in a file the one is dressed whom the rule chooses") {
    const auto frames = three_people();
    for (const auto& [text, id] : {std::pair{"310,480", 3}, {"center", 5}, {"id:5", 5}}) {
        for (const auto& ids : replayed(frames, parse_person(text))) {
            CHECK(ids == std::set<int>{id});
        }
    }
    for (const auto& ids : replayed(frames, parse_person("id:7"))) {
        CHECK(ids.empty());
    }
    const auto everybody = replayed(frames, parse_person("all"));
    CHECK(everybody[0] == std::set<int>{3, 5, 8});
    CHECK(everybody[15] == std::set<int>{3, 5});
}

TEST_CASE("nobody else in a file is chosen while the chosen one is hidden") {
    const auto ids = replayed(three_people(), parse_person("largest"));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        CAPTURE(i);
        CHECK(ids[i] == (i < 12 || i >= 20 ? std::set<int>{8} : std::set<int>{}));
    }
}

TEST_CASE("people who were chosen by the same rule when the file was written are all dressed") {
    // One after the other, as the rule gave them: a second choice could not follow it exactly.
    auto frames = three_people();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        std::erase_if(frames[i].poses,
                      [&](const Pose& pose) { return pose.person_id != (i < 12 ? 8 : 3); });
    }
    const auto same = replayed(frames, parse_person("largest"), "largest");
    const auto other = replayed(frames, parse_person("center"), "largest");
    CHECK(same[11] == std::set<int>{8});
    CHECK(same[12] == std::set<int>{3});
    CHECK(other[12].empty());
    // A file from before the rule was noted.
    CHECK(replayed(frames, parse_person("largest"), "")[12].empty());
    CHECK(replayed(frames, parse_person("all"), "")[12] == std::set<int>{3});
}

TEST_CASE("after a cut in a file somebody is chosen afresh") {
    auto frames = three_people();
    frames[14].frame.scene_start = true;
    const auto ids = replayed(frames, parse_person("largest"));
    CHECK(ids[13].empty());
    CHECK(ids[14] == std::set<int>{3});
}
