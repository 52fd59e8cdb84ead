#include "encode/encode.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "encode/libav_facts.h"
#include "encode/transcode.h"
#include "pipeline/concepts.h"
#include "support/clips.h"
#include "support/log_capture.h"
#include "support/probe.h"

/// libx264 does not free its settings where it refuses to open.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libx264";
}

namespace closet::test {
namespace {

static_assert(Source<Decode> && Sink<Encode> && Sink<Discard>);

EncodeOptions with(const std::string& key, const std::string& value) {
    EncodeOptions options;
    options.preset = "ultrafast";
    options.extra = {{key, value}};
    return options;
}

}  // namespace

TEST_SUITE("encode") {
    TEST_CASE("the last frames of a stream with B-frames are not lost") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        EncodeOptions options;
        options.preset = "medium";  // three B-frames and 40 frames of look-ahead
        transcode(folder / "plain.mp4", folder / "out.mp4", options);
        CHECK(frame_count(folder / "out.mp4") == 60);
    }

    TEST_CASE("settings that an encoder does not know are named") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input = folder / "plain.mp4", output = folder / "out.mkv";
        CHECK(contains(sentence(input, output, with("speling", "1")), "-e speling=1"));
        CHECK(contains(sentence(input, output, with("g", "many")), "-e g=many"));
        EncodeOptions options;
        options.codec = "libx265000";
        CHECK(contains(sentence(input, output, options), "--vcodec libx265000"));
        options = ffv1();
        options.crf = 12;
        CHECK(contains(sentence(input, output, options), "--crf 12"));
        options = ffv1();
        options.preset = "slow";
        CHECK(contains(sentence(input, output, options), "--preset slow"));
        options = EncodeOptions{};
        options.preset = "glacial";
        CHECK(contains(sentence(input, output, options), "glacial"));
        options = EncodeOptions{};
        CHECK(contains(sentence(input, folder / "out.webm", options), "cannot hold h264"));
        CHECK(contains(sentence(input, folder / "out.webm", options), "--vcodec libvpx-vp9"));
        CHECK(!fs::exists(output));
        CHECK(!fs::exists(output + ".partial"));
    }

    TEST_CASE("free options reach the encoder and the muxer") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        transcode(folder / "plain.mp4", folder / "g.mp4", with("g", "5"));
        const std::string keys =
            shell("ffprobe -v error -select_streams v -show_entries packet=flags -of csv " +
                  folder / "g.mp4" + " | grep -c K");
        CHECK(std::stoi(keys) == 12);
        transcode(folder / "plain.mp4", folder / "fast.mp4", with("movflags", "+faststart"));
        const std::string bytes = read_file(folder / "fast.mp4");
        CHECK(bytes.find("moov") < bytes.find("mdat"));
        CHECK(frame_count(folder / "fast.mp4") == 60);
    }

    TEST_CASE("streams that a container cannot hold are left out with the remedy") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input = make_clip(
            {"subs.mkv", "-i {dir}/plain.mp4 -i {dir}/text.srt -map 0 -map 1 -c copy {out}"},
            folder);
        const LogCapture log;
        transcode(input, folder / "out.mp4", lossless_x264());
        CHECK(log.count("stream 2 (subtitle) is left out") == 1);
        CHECK(log.count(".mkv") == 1);
        CHECK(probe(folder / "out.mp4").at("streams").size() == 2);
    }

    TEST_CASE("packets that go back in time do not stop a copy") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        ffmpeg("-i " + folder / "plain.mp4" + " -c copy " + folder / "a.ts");
        const std::string twice = read_file(folder / "a.ts") + read_file(folder / "a.ts");
        write_file(folder / "spliced.ts", twice);
        const LogCapture log;
        CHECK(sentence(folder / "spliced.ts", folder / "out.mkv", lossless_x264()).empty());
        CHECK(log.count("were moved") >= 1);
        CHECK(frame_count(folder / "out.mkv") == frame_count(folder / "spliced.ts"));
    }

    TEST_CASE("discard counts frames") {
        Discard discard;
        discard.consume(Frame{});
        discard.consume(Frame{});
        discard.finish();
        CHECK(discard.frames() == 2);
    }

    TEST_CASE("the list of encoders names ffv1 and versions are told") {
        const std::vector<std::string> encoders = available_encoders();
        CHECK(std::find(encoders.begin(), encoders.end(), "ffv1") != encoders.end());
        REQUIRE(libav_versions().size() == 4);
        CHECK(contains(libav_versions()[1].version, "."));
    }
}

}  // namespace closet::test
