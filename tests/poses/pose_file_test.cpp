#include "poses/pose_file.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

#include <doctest/doctest.h>

#include "core/error.h"
#include "interpolate/people.h"
#include "interpolate/shapes.h"
#include "poses/pose_files.h"
#include "poses/replay_poses.h"
#include "support/temporary_folder.h"

using namespace closet;
using namespace closet::test;

static_assert(Stage<PoseWriter>);
static_assert(Stage<ReplayPoses>);

namespace {

namespace fs = std::filesystem;

std::vector<PosedFrame> random_frames(std::size_t count, Skeleton skeleton) {
    std::mt19937 random(17);
    std::uniform_real_distribution<float> place(-100, 4000);
    std::uniform_real_distribution<float> unit(0, 1);
    std::vector<PosedFrame> frames;
    for (std::size_t i = 0; i < count; ++i) {
        PosedFrame posed{make_frame(static_cast<std::int64_t>(i), static_cast<std::int64_t>(i * i)),
                         {}};
        for (std::size_t p = 0; p < i % 3; ++p) {
            Pose pose;
            pose.skeleton = skeleton;
            pose.person_id = static_cast<int>(p);
            pose.score = unit(random);
            pose.origin = static_cast<PoseOrigin>((i + p) % 4);
            for (std::size_t k = 0; k < keypoint_count(skeleton); ++k) {
                pose.keypoints.push_back(
                    {place(random), place(random), place(random), unit(random)});
            }
            pose.keypoints[0] = {1e-7F, -0.0F, 0.1F, 1};
            pose.box = enclosing_box(pose.keypoints);
            if (i % 2 == 0) {
                pose.facing = {6 * unit(random) - 3, unit(random)};
                pose.arms_agree = {unit(random), unit(random)};
            }
            if (p == 1) {
                pose = with_shape(pose, rounded(varied_shape(unit(random))));
            }
            posed.poses.push_back(pose);
        }
        frames.push_back(std::move(posed));
    }
    return frames;
}

}  // namespace

TEST_CASE("poses come back from a file bit for bit") {
    const TemporaryFolder folder;
    for (const Skeleton skeleton : {Skeleton::kCoco17, Skeleton::kBlazePose33}) {
        const auto frames = random_frames(40, skeleton);
        const PoseFileInfo info = make_info(skeleton);
        const fs::path path = write_file(folder.path() / "poses.jsonl", frames, info);
        PoseReader reader(path);
        CHECK(reader.info().model == info.model);
        CHECK(reader.info().settings == info.settings);
        CHECK(reader.info().clip_sha256 == info.clip_sha256);
        CHECK(reader.info().skeleton == skeleton);
        CHECK(reader.info().width == 1920);
        CHECK(reader.info().height == 1080);
        ReplayPoses replay(std::move(reader), "clip.mp4", info.clip_sha256);
        for (const PosedFrame& frame : frames) {
            replay.process(make_frame(frame.frame.index, frame.frame.pts), [&](PosedFrame got) {
                CHECK(got.frame.index == frame.frame.index);
                REQUIRE(got.poses.size() == frame.poses.size());
                for (std::size_t p = 0; p < got.poses.size(); ++p) {
                    CHECK(same_keypoints(got.poses[p], frame.poses[p]));
                    CHECK(got.poses[p].score == frame.poses[p].score);
                    CHECK(got.poses[p].origin == frame.poses[p].origin);
                    CHECK(got.poses[p].person_id == frame.poses[p].person_id);
                    CHECK(got.poses[p].facing.yaw == frame.poses[p].facing.yaw);
                    CHECK(got.poses[p].arms_agree == frame.poses[p].arms_agree);
                    CHECK(got.poses[p].facing.certainty == frame.poses[p].facing.certainty);
                    CHECK(got.poses[p].box.width == frame.poses[p].box.width);
                }
                return true;
            });
        }
        fs::remove(path);
    }
}

TEST_CASE("numbers come back bit for bit") {
    const TemporaryFolder folder;
    auto frames = random_frames(3, Skeleton::kCoco17);
    std::mt19937 random(1);
    for (Keypoint& point : frames[1].poses[0].keypoints) {
        // All magnitudes that a coordinate can have.
        std::uniform_real_distribution<float> exponent(-30, 5.9F);
        point.x = std::pow(10.0F, exponent(random));
        point.y = -std::pow(10.0F, exponent(random));
        point.z = -0.0F;
    }
    frames[1].poses[0].keypoints[3].x = 7.038531e-26F;  // see append_number
    PoseReader reader(write_file(folder.path() / "poses.jsonl", frames, make_info()));
    reader.next();
    const auto got = reader.next();
    REQUIRE(got);
    REQUIRE(got->poses.size() == 1);
    CHECK(std::memcmp(got->poses[0].keypoints.data(), frames[1].poses[0].keypoints.data(),
                      sizeof(Keypoint) * 17) == 0);
}

TEST_CASE("where scenes start comes back from a file") {
    const TemporaryFolder folder;
    auto frames = random_frames(6, Skeleton::kCoco17);
    frames[4].frame.scene_start = true;
    const fs::path path = write_file(folder.path() / "poses.jsonl", frames, make_info());
    ReplayPoses replay(PoseReader(path), "clip.mp4", "");
    for (const PosedFrame& frame : frames) {
        replay.process(make_frame(frame.frame.index, frame.frame.pts), [&](PosedFrame got) {
            CHECK(got.frame.scene_start == (frame.frame.index == 0 || frame.frame.index == 4));
            return true;
        });
    }
    CHECK(contains(complaint(kHeader + R"({"index":0,"pts":0,"scene_start":1,"persons":[]})"),
                   "line 2: \"scene_start\" is neither true nor false"));
}

TEST_CASE("a clip without frames gives a file with a header") {
    const TemporaryFolder folder;
    PoseReader reader(write_file(folder.path() / "poses.jsonl", {}, make_info()));
    CHECK_FALSE(reader.next());
    CHECK_FALSE(reader.next());
}

TEST_CASE("a file appears under its name only when it is complete") {
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "poses.jsonl";
    const fs::path partial = path.string() + ".partial";
    const Emit<PosedFrame> emit = [](PosedFrame) { return true; };
    {
        PoseWriter failed(path, make_info());
        failed.process(copy(random_frames(1, Skeleton::kCoco17)[0]), emit);
        CHECK(fs::exists(partial));
    }
    CHECK_FALSE(fs::exists(partial));
    {
        PoseWriter interrupted(path, make_info());
        interrupted.flush(emit);
        interrupted.file().keep();
    }
    CHECK(fs::exists(partial));
    CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a file that cannot be written is refused with its name") {
    try {
        const PoseWriter writer("/nowhere/at/all/poses.jsonl", make_info());
        FAIL("it was opened");
    } catch (const Error& error) {
        CHECK(contains(error.what(), "/nowhere/at/all/poses.jsonl"));
        CHECK(contains(error.what(), "No such file"));
    }
    if (fs::exists("/dev/full")) {
        const TemporaryFolder folder;
        fs::create_symlink("/dev/full", folder.path() / "poses.jsonl");
        PoseWriter writer(folder.path() / "poses.jsonl", make_info());
        CHECK_THROWS_AS(writer.flush([](PosedFrame) { return true; }), Error);
    }
}

TEST_CASE("poses that the file cannot hold are refused") {
    const TemporaryFolder folder;
    PoseWriter writer(folder.path() / "poses.jsonl", make_info());
    const auto refuse = [&](auto change) {
        PosedFrame frame{make_frame(0, 0), {figure(100, 100)}};
        change(frame.poses[0]);
        CHECK_THROWS_AS(writer.process(std::move(frame), [](PosedFrame) { return true; }), Error);
    };
    refuse([](Pose& pose) { pose.keypoints[3].x = std::numeric_limits<float>::quiet_NaN(); });
    refuse([](Pose& pose) { pose.score = std::numeric_limits<float>::infinity(); });
    refuse([](Pose& pose) { pose.keypoints.pop_back(); });
    refuse([](Pose& pose) { pose.skeleton = Skeleton::kBlazePose33; });
    const float nan = std::numeric_limits<float>::quiet_NaN();
    refuse([=](Pose& pose) { pose = with_shape(pose, uniform_shape(nan)); });
    refuse([=](Pose& pose) { pose = with_shape(pose, uniform_shape(0.5F, nan)); });
    refuse([](Pose& pose) { pose = with_shape(pose, uniform_shape(1e6F)); });
    refuse([](Pose& pose) { pose = with_shape(pose, uniform_shape(0.5F, 1.5F)); });
}

TEST_CASE("poses of another clip are refused and both are named") {
    const TemporaryFolder folder;
    const auto frames = random_frames(4, Skeleton::kCoco17);
    const fs::path path = write_file(folder.path() / "poses.jsonl", frames, make_info());
    const auto refusal = [&](const std::string& sha256, Frame frame, std::size_t skip) {
        try {
            ReplayPoses replay(PoseReader(path), "other.mp4", sha256);
            const Emit<PosedFrame> emit = [](PosedFrame) { return true; };
            for (std::size_t i = 0; i < skip; ++i) {
                replay.process(make_frame(frames[i].frame.index, frames[i].frame.pts), emit);
            }
            replay.process(std::move(frame), emit);
        } catch (const Error& error) {
            CHECK(contains(error.what(), "poses.jsonl"));
            CHECK(contains(error.what(), "other.mp4"));
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(contains(refusal(std::string(64, 'b'), make_frame(0, 0), 0), "another clip"));
    CHECK(refusal("", make_frame(0, 0), 0).empty());
    CHECK(contains(refusal("", make_frame(0, 5), 0), "frame 0 at 5"));
    CHECK(contains(refusal("", make_frame(1, 0), 0), "frame 1 at 0"));
    CHECK(contains(refusal("", make_frame(4, 16), 4), "end before frame 4"));
    Frame small = make_frame(0, 0);
    small.image->width = 640;
    CHECK(contains(refusal("", std::move(small), 0), "640x1080"));
    Frame other_clock = make_frame(0, 0);
    other_clock.time_base = {1, 90000};
    CHECK(contains(refusal("", std::move(other_clock), 0), "1/90000"));
}

TEST_CASE("a well-formed file is read and unknown keys are ignored") {
    CHECK(complaint(kHeader + frame_line("")).empty());
    CHECK(complaint(kHeader + frame_line(person("[1,2,3,0.5]"))).empty());
    CHECK(complaint(kHeader + R"({"index":0,"pts":-5,"persons":[],"new":{"a":[1]}})").empty());
}

TEST_CASE("hostile pose files are refused with the line and the reason") {
    CHECK(contains(complaint(""), "empty"));
    CHECK(contains(complaint("\n"), "line 1: it is not a JSON object"));
    CHECK(contains(complaint("{"), "line 1: it is not a JSON object"));
    CHECK(contains(complaint(R"({"format":"coco"})"), "\"format\" is not"));
    CHECK(contains(complaint(R"({"format":"closet-poses","version":3})"), "version 3 is newer"));
    CHECK(contains(complaint(R"({"format":"closet-poses"})"), "\"version\" is missing"));

    const auto bad_frame = [](const std::string& line) { return complaint(kHeader + line); };
    CHECK(contains(bad_frame(frame_line(person("[1,2,3,0.5]")).substr(0, 200)), "line 2"));
    CHECK(contains(bad_frame("[]\n"), "line 2: it is not a JSON object"));
    CHECK(contains(bad_frame(frame_line("7")), "a person is not a JSON object"));
    CHECK(contains(bad_frame(frame_line("{}")), "\"id\" is missing"));
    for (const auto* keypoint :
         {"[1,2,3]", "[1,2,3,0.5,6]", "1", "[1,2,3,\"a\"]", "[1,2,3,null]", "[1e30,2,3,0.5]",
          "[1e999,2,3,0.5]", "[NaN,2,3,0.5]", "[1,2,3,-0.1]", "[1,2,3,1.1]", "[1,[2],3,0.5]"}) {
        CAPTURE(keypoint);
        CHECK(contains(bad_frame(frame_line(person(keypoint))), "line 2"));
    }
    for (const auto* number :
         {"1.5", "-1", "99999999999999999999999", "\"0\"", "null", "1e3", "9223372036854775808"}) {
        CAPTURE(number);
        const std::string line = std::string(R"({"index":)") + number + R"(,"pts":0,"persons":[]})";
        CHECK(contains(bad_frame(line), "line 2"));
    }
    // Too few points, ids that do not fit, an origin and a kind of skeleton that do not exist.
    std::string few = person("[1,2,3,0.5]");
    few.erase(few.find("[1,2,3,0.5],"), 12);
    CHECK(contains(bad_frame(frame_line(few)), "the 17 points of coco17"));
    std::string id = person("[1,2,3,0.5]");
    id.replace(id.find("\"id\":0"), 6, "\"id\":4294967296");
    CHECK(contains(bad_frame(frame_line(id)), "\"id\" is not a whole number in range"));
    for (const auto* facing : {"[4,0.5]", "[1,1.5]", "[1,-0.5]", "[1]", "1", "[null,1]"}) {
        CAPTURE(facing);
        std::string turned = person("[1,2,3,0.5]");
        turned.replace(turned.find("\"id\":0"), 6, std::string("\"id\":0,\"facing\":") + facing);
        CHECK(contains(bad_frame(frame_line(turned)), "line 2"));
    }
    std::string origin = person("[1,2,3,0.5]");
    origin.replace(origin.find("measured"), 8, "guessed");
    CHECK(contains(bad_frame(frame_line(origin)), "\"origin\" is not one of"));
}

TEST_CASE("hostile shapes are refused with the line and the reason") {
    const auto list = [](int count, const std::string& first = "0.5") {
        std::string text = "[" + first;
        for (int i = 1; i < count; ++i) {
            text += ",0.5";
        }
        return text + "]";
    };
    const auto reason = [](const std::string& shape) {
        std::string line = frame_line(person("[1,2,3,0.5]"));
        line.insert(line.rfind("}]}"), ",\"shape\":" + shape);
        return complaint(kHeader + line);
    };
    const auto shape = [&](const std::string& left) {
        return R"({"left":)" + left + R"(,"right":)" + list(98) + R"(,"left_arm":)" + list(68) +
               R"(,"right_arm":)" + list(68) + R"(,"top":)" + list(26) + "}";
    };
    CHECK(reason(shape(list(98))).empty());
    CHECK(contains(reason(shape(list(97))), "line 2: \"left\" does not hold 98 numbers"));
    CHECK(contains(reason(shape(list(99))), "line 2: \"left\" does not hold 98 numbers"));
    CHECK(contains(reason(shape("7")), "\"left\" does not hold"));
    CHECK(contains(reason(shape(list(98, "1000"))), "beyond 100 shoulder widths"));
    CHECK(contains(reason(shape(list(98, "1e999"))), "line 2"));
    CHECK(contains(reason(shape(list(98, "NaN"))), "line 2"));
    CHECK(contains(reason(shape(list(98, "null"))), "not a number in range"));
    CHECK(contains(reason(shape(list(97, "0.5,-0.1"))), "not between 0 and 1"));
    CHECK(contains(reason("{}"), "is missing"));
    CHECK(contains(reason("null"), "\"shape\" is not a JSON object"));
    CHECK(contains(reason("[1,2]"), "\"shape\" is not a JSON object"));
}

TEST_CASE("deep nesting and endless lines are refused before they cost memory") {
    const std::string deep(100000, '[');
    CHECK(contains(complaint(deep), "nested too deeply"));
    CHECK(contains(complaint(kHeader + R"({"index":0,"pts":0,"persons":)" + deep),
                   "nested too deeply"));
    // Brackets within texts are none.
    CHECK(
        complaint(kHeader + R"({"index":0,"pts":0,"persons":[],"note":"\"[[[[[[[[[[[["})").empty());
    CHECK(contains(complaint(std::string(PoseReader::kLongestLine + 10, ' ')), "longer than"));
    CHECK(contains(complaint(kHeader + std::string(PoseReader::kLongestLine + 10, 'x')),
                   "line 2: it is longer than"));
}

TEST_CASE("a pose file with random damage is read or refused but never crashes") {
    const TemporaryFolder folder;
    const fs::path path =
        write_file(folder.path() / "poses.jsonl", random_frames(5, Skeleton::kCoco17), make_info());
    std::stringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    const std::string good = content.str();
    std::mt19937 random(99);
    std::uniform_int_distribution<int> byte(0, 255);
    int refused = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string bad = good;
        for (int i = 0; i < 3; ++i) {
            bad[random() % bad.size()] = static_cast<char>(byte(random));
        }
        if (round % 3 == 0) {
            bad.resize(random() % bad.size());
        }
        refused += complaint(bad).empty() ? 0 : 1;
    }
    CHECK(refused > 1000);
}
