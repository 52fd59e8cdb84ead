#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "fit/units/resumed_source.h"
#include "fit/units/unit_folder.h"
#include "support/clips.h"
#include "support/frame_hash.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

using Claim = UnitFolder::Claim;

const UnitSettings kSettings{{"--crf", "20"}, {"--preset", "slow"}, {"the clip", "9 bytes"}};

UnitBegin begin_at(std::int64_t index) {
    return {index, index * 512 + 3, {1, 12800}, index % 2 == 0};
}

FinishedUnit unit_of(std::int64_t frames, bool is_last) {
    return {.frames = frames,
            .end_us = frames * 40000,
            .is_last = is_last,
            .sha256 = {{"video", std::string(64, 'a')}}};
}

/// A journal of three complete units of 10 frames, the last one not the clip's.
void write_journal(const std::string& output) {
    UnitFolder folder(output, kSettings, Claim::kBegin);
    for (std::size_t unit = 0; unit < 4; ++unit) {
        const auto index = static_cast<std::int64_t>(unit) * 10;
        folder.write_begin(unit, begin_at(index), "state " + std::to_string(unit));
        if (unit < 3) {
            write_file(folder.file(unit, unit_files::kVideo), "packets");
            folder.write_finished(unit, unit_of(10, false));
        }
    }
}

/// What the user reads where a journal cannot be taken up; empty where it can.
std::string refusal(const std::string& output, const UnitSettings& settings) {
    try {
        const UnitFolder folder(output, settings, Claim::kResume);
        for (std::size_t unit = 0; unit <= folder.finished().size(); ++unit) {
            folder.begin_of(unit);
            folder.state_of(unit);
        }
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The clip from frame `from` on is what the whole clip is from there on.
void check_resumed(const std::string& clip, std::size_t from, const DecodeOptions& options = {}) {
    CAPTURE(clip);
    CAPTURE(from);
    std::vector<Frame> whole;
    Decode decode(clip, options);
    while (std::optional<Frame> frame = decode.next()) {
        whole.push_back(std::move(*frame));
    }
    REQUIRE(whole.size() > from);
    ResumedSource source(clip, options, unit_begin(whole[from]));
    CHECK(source.passed() == static_cast<std::int64_t>(from));
    CHECK(source.info()->start_us == decode.info()->start_us);
    CHECK(source.info()->cut_us == decode.info()->cut_us);
    for (std::size_t i = from; i < whole.size(); ++i) {
        const std::optional<Frame> frame = source.next();
        REQUIRE(frame);
        CAPTURE(i);
        CHECK(frame->index == whole[i].index);
        CHECK(frame->pts == whole[i].pts);
        CHECK(frame->duration == whole[i].duration);
        CHECK(hash_frame(*frame->image) == hash_frame(*whole[i].image));
    }
    CHECK_FALSE(source.next());
}

}  // namespace

TEST_SUITE("fit units") {
    TEST_CASE("a journal gives back what was written") {
        const TemporaryFolder folder;
        const std::string output = folder / "out.mp4";
        CHECK_FALSE(UnitFolder::is_begun(output));
        write_journal(output);
        CHECK(UnitFolder::is_begun(output));
        CHECK_FALSE(fs::exists(output));
        UnitFolder again(output, kSettings, Claim::kResume);
        REQUIRE(again.finished().size() == 3);
        CHECK_FALSE(again.is_whole());
        CHECK(again.finished()[1].end_us == 400000);
        CHECK(again.finished()[1].sha256 == unit_of(10, false).sha256);
        const std::optional<UnitBegin> begin = again.begin_of(3);
        REQUIRE(begin);
        CHECK(begin->index == 30);
        CHECK(begin->pts == begin_at(30).pts);
        CHECK(begin->time_base.den == 12800);
        CHECK(begin->scene_start);
        CHECK(again.state_of(2) == "state 2");
        CHECK_FALSE(again.begin_of(4));
        again.write_finished(3, unit_of(5, true));
        CHECK(again.is_whole());
        again.remove();
        CHECK(fs::is_empty(folder.path()));
    }

    TEST_CASE("a journal that begins anew forgets what was there") {
        const TemporaryFolder folder;
        write_journal(folder / "out.mp4");
        const UnitFolder anew(folder / "out.mp4", {{"--crf", "30"}}, Claim::kBegin);
        CHECK(anew.finished().empty());
        CHECK_FALSE(fs::exists(anew.file(1, unit_files::kVideo)));
        CHECK_FALSE(anew.begin_of(1));
    }

    TEST_CASE("units count as far as there is no gap") {
        const TemporaryFolder folder;
        const std::string output = folder / "out.mp4";
        write_journal(output);
        SUBCASE("a record is gone") {
            fs::remove(UnitFolder::beside(output) / "00001.done");
        }
        SUBCASE("packets are gone") {
            fs::remove(UnitFolder::beside(output) / "00001.video");
        }
        CHECK(UnitFolder(output, kSettings, Claim::kResume).finished().size() == 1);
    }

    TEST_CASE("every setting that differs from the journal's is named with both values") {
        const TemporaryFolder folder;
        const std::string output = folder / "out.mp4";
        write_journal(output);
        CHECK(refusal(output, kSettings).empty());
        const std::string told =
            refusal(output, {{"--crf", "30"}, {"--tune", "film"}, {"the clip", "9 bytes"}});
        CHECK(has(told, "cannot resume " + output));
        CHECK(has(told, "--crf was 20 and is 30"));
        CHECK(has(told, "--preset was slow and is nothing"));
        CHECK(has(told, "--tune was nothing and is film"));
        CHECK_FALSE(has(told, "the clip"));
    }

    TEST_CASE("two runs at a time do not write one journal") {
        const TemporaryFolder folder;
        const UnitFolder one(folder / "out.mp4", kSettings, Claim::kBegin);
        CHECK_THROWS_AS(UnitFolder(folder / "out.mp4", kSettings, Claim::kResume), MediaError);
        CHECK_THROWS_AS(UnitFolder(folder / "out.mp4", kSettings, Claim::kBegin), MediaError);
    }

    TEST_CASE("a journal with damage is refused in a sentence that names the file") {
        const TemporaryFolder folder;
        const std::string output = folder / "out.mp4";
        const std::vector<std::string> damages{
            "",
            "{",
            "[]",
            "null",
            std::string(1000, '['),
            std::string(2 << 20, ' '),
            R"({"format": 1, "settings": {"--crf": 20}})",
            R"({"frames": "ten", "end_us": 1, "last": false, "sha256": {}})",
            R"({"index": -1, "pts": 0, "time_base": [1, 25], "scene_start": true})",
            R"({"index": 1, "pts": 0, "time_base": [1, 0], "scene_start": true})",
            R"({"index": 1, "pts": 1e300, "time_base": [1], "scene_start": true})"};
        write_journal(output);
        for (const char* name : {"settings.json", "00001.done", "00002.begin"}) {
            const std::string file = UnitFolder::beside(output) / name;
            const std::string whole = read_file(file);
            for (const std::string& damage : damages) {
                CAPTURE(file);
                CAPTURE(damage.substr(0, 80));
                write_file(file, damage);
                CHECK(has(refusal(output, kSettings), "cannot read " + file));
            }
            write_file(file, whole);
        }
        const std::string state = UnitFolder::beside(output) / "00002.state";
        for (const std::string& damage :
             {std::string(), read_file(state) + "x", std::string(64, '0')}) {
            write_file(state, damage);
            CHECK(has(refusal(output, kSettings), "cannot read " + state));
        }
    }

    TEST_CASE("a clip is known again by its size and its bytes") {
        const TemporaryFolder folder;
        const std::string path = folder / "clip";
        std::string bytes(1 << 20, 'x');
        write_file(path, bytes);
        const std::string identity = clip_identity(path);
        CHECK(clip_identity(path) == identity);
        for (const std::size_t at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
            std::string other = bytes;
            other[at] = 'y';
            write_file(path, other);
            CHECK(clip_identity(path) != identity);
        }
        write_file(path, bytes + "x");
        CHECK(clip_identity(path) != identity);
        write_file(path, "");
        CHECK_FALSE(clip_identity(path).empty());
        CHECK(clip_identity(folder / "absent").empty());
        CHECK(clip_identity("/dev/null").empty());
    }

    TEST_CASE("a clip is taken up at any frame") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::vector<Clip> clips{
            {"b_frames.mp4", "-i {dir}/plain.mp4 -an -c:v libx264 -bf 3 -g 50 {out}"},
            {"open.ts", "-i {dir}/plain.mp4 -c:v mpeg2video -bf 2 -g 12 -c:a mp2 {out}"},
            {"late.ts", "-i {dir}/plain.mp4 -c copy -output_ts_offset 50000 {out}"},
            {"list.mp4", "-ss 0.7 -i {dir}/plain.mp4 -c copy {out}"},
            {"far.mkv", "-i {dir}/plain.mp4 -c copy -output_ts_offset 3600 {out}"}};
        for (const Clip& clip : clips) {
            const std::string path = make_clip(clip, folder);
            for (const std::size_t from : {0U, 1U, 20U, 33U}) {
                check_resumed(path, from);
            }
        }
        check_resumed(folder / "plain.mp4", 12, {.start_s = 0.5, .end_s = 1.5});
    }

    TEST_CASE("where time stamps were mended a clip is taken up by counting") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::vector<Clip> clips{
            {"raw.h264", "-i {dir}/plain.mp4 -map 0:v -c copy -bsf:v h264_mp4toannexb {out}"},
            {"packed.avi", "-i {dir}/plain.mp4 -an -c:v mpeg4 -bf 2 {out}"},
            {"back.ts",  // the clock goes back in the middle
             "-i {dir}/plain.mp4 -an -c:v mpeg2video -g 10 {out}"}};
        for (const Clip& clip : clips) {
            std::string path = make_clip(clip, folder);
            if (clip.name == "back.ts") {
                const std::string once = read_file(path);
                write_file(path, once + once);
            }
            for (const std::size_t from : {1U, 20U, 41U}) {
                check_resumed(path, from);
            }
        }
    }

    TEST_CASE("a place that the clip does not have is told") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string clip = folder / "plain.mp4";
        for (const UnitBegin& begin : std::vector<UnitBegin>{{10, 5121, {1, 15360}, false},
                                                             {10, INT64_MAX, {1, 15360}, false},
                                                             {INT64_MAX, 5120, {1, 25}, false},
                                                             {10, INT64_MIN, {1, 1}, false}}) {
            CHECK_THROWS_WITH_AS(
                ResumedSource(clip, {}, begin),
                doctest::Contains(("cannot resume the rendering of " + clip).c_str()), MediaError);
        }
    }
}

}  // namespace closet::test
