#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "encode/transcode.h"
#include "support/clips.h"
#include "support/log_capture.h"
#include "support/probe.h"

namespace closet::test {
namespace {

/// What ffprobe says of one stream's packets, those left out that a player hides.
struct TimedPackets {
    std::size_t count = 0;
    double first_s = std::numeric_limits<double>::infinity();
    double last_s = -std::numeric_limits<double>::infinity();
};

TimedPackets timed_packets(const std::string& path, int stream) {
    const auto file = nlohmann::json::parse(
        shell("ffprobe -v error -select_streams " + std::to_string(stream) +
              " -show_entries packet=pts_time,flags -of json '" + path + "'"));
    TimedPackets found;
    for (const auto& packet : file.at("packets")) {
        if (contains(packet.at("flags").get<std::string>(), "D")) {
            continue;
        }
        const double time = std::stod(packet.at("pts_time").get<std::string>());
        ++found.count;
        found.first_s = std::min(found.first_s, time);
        found.last_s = std::max(found.last_s, time);
    }
    return found;
}

double duration_s(const std::string& path) {
    return std::stod(probe(path).at("format").at("duration").get<std::string>());
}

/// The same packets, at the same times but for `shift_s`, to a millisecond.
void check_times(const std::string& input, const std::string& output, double shift_s) {
    for (const int stream : {0, 1}) {
        CAPTURE(stream);
        const TimedPackets before = timed_packets(input, stream);
        const TimedPackets after = timed_packets(output, stream);
        CHECK(after.count == before.count);
        CHECK(std::abs(after.first_s - before.first_s - shift_s) <= 1.01e-3);
        CHECK(std::abs(after.last_s - before.last_s - shift_s) <= 1.01e-3);
    }
}

/// One second of picture and sound, both from 0.
std::string make_sound_clip(const TemporaryFolder& folder) {
    const std::string path = folder / "both.mp4";
    ffmpeg(
        "-f lavfi -i testsrc2=s=160x120:r=30:d=1 -f lavfi -i sine=440:d=1 -c:v libx264 -preset "
        "veryfast -c:a aac " +
        path);
    return path;
}

}  // namespace

TEST_SUITE("encode") {
    TEST_CASE("a clip begins at 0 whatever its clock says, in transport streams at its own time") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_sound_clip(folder);
        const std::vector<Clip> clips{
            // 33 bits wrap half a second into the clip: the times begin below 0.
            {"wrap.ts",
             "-i {dir}/both.mp4 -c copy -muxdelay 0 -muxpreload 0 -output_ts_offset 95443.2 {out}"},
            {"broadcast.ts", "-i {dir}/both.mp4 -c copy -output_ts_offset 50000 {out}"},
            {"far.mkv", "-i {dir}/both.mp4 -c copy -output_ts_offset 7200 {out}"},
            {"far.flv", "-i {dir}/both.mp4 -c copy -output_ts_offset 30 {out}"},
            {"sound_first.ts",
             "-itsoffset 0.5 -i {dir}/both.mp4 -i {dir}/both.mp4 -map 0:v -map 1:a -c copy "
             "-output_ts_offset 100 {out}"},
        };
        for (const Clip& clip : clips) {
            CAPTURE(clip.name);
            const std::string input = make_clip(clip, folder);
            const double start =
                std::min(timed_packets(input, 0).first_s, timed_packets(input, 1).first_s);
            CHECK(std::abs(start) > 0.3);
            for (const char* name : {"out.mp4", "out.mov", "out.mkv", "out.ts"}) {
                CAPTURE(std::string(name));
                const std::string output = folder / name;
                transcode(input, output, lossless_x264());
                const bool keeps = std::string(name) == "out.ts";
                check_times(input, output, keeps ? 0.0 : -start);
                CHECK(frame_count(output) == 30);
                if (!keeps) {
                    CHECK(duration_s(output) < 1.7);
                }
            }
        }
    }

    TEST_CASE("a part of a clip whose clock wraps has all its frames") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_sound_clip(folder);
        const std::string input = make_clip(
            {"wrap.ts",
             "-i {dir}/both.mp4 -c copy -muxdelay 0 -muxpreload 0 -output_ts_offset 95443.2 {out}"},
            folder);
        DecodeOptions range;
        range.start_s = 0.3;
        for (const char* name : {"out.mp4", "out.mkv", "out.ts"}) {
            CAPTURE(std::string(name));
            transcode(input, folder / name, lossless_x264(), range);
            const std::size_t frames = frame_count(folder / name);
            CHECK(frames >= 21);
            CHECK(frames <= 22);
        }
    }

    TEST_CASE("what an edit list hides is not heard where the container cannot hide it") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_sound_clip(folder);
        const std::vector<Clip> clips{
            {"plain_list.mp4", "-i {dir}/both.mp4 -c copy {out}"},
            {"picture_late.mp4",
             "-itsoffset 0.4 -i {dir}/both.mp4 -i {dir}/both.mp4 -map 0:v -map 1:a -c copy {out}"},
            {"cut_list.mp4", "-ss 0.35 -i {dir}/both.mp4 -c copy {out}"},
        };
        for (const Clip& clip : clips) {
            CAPTURE(clip.name);
            const std::string input = make_clip(clip, folder);
            std::string from = input;
            for (const char* name : {"1.mkv", "2.mp4", "3.mkv", "4.ts"}) {
                CAPTURE(std::string(name));
                const std::string output = folder / name;
                transcode(from, output, lossless_x264());
                const TimedPackets before = timed_packets(input, 1);
                const TimedPackets after = timed_packets(output, 1);
                CHECK(std::abs(timed_packets(output, 0).first_s -
                               timed_packets(input, 0).first_s) <= 1.01e-3);
                CHECK(std::abs(after.last_s - before.last_s) <= 1.01e-3);
                CHECK(after.first_s >= 0);
                CHECK(after.first_s <= 0.0245);  // a packet that is hidden in part may be gone
                from = output;
            }
        }
    }

    TEST_CASE("sound with a codec's delay keeps its time to the picture at every pass") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_sound_clip(folder);
        const std::string input =
            make_clip({"opus.mkv", "-i {dir}/both.mp4 -c:v copy -c:a libopus {out}"}, folder);
        std::string from = input;
        for (const char* name : {"1.mkv", "2.mp4", "3.mkv", "4.mkv"}) {
            CAPTURE(std::string(name));
            transcode(from, folder / name, lossless_x264());
            check_times(input, folder / name, 0.0);
            from = folder / name;
        }
        EncodeOptions vp8;
        vp8.codec = "libvpx";
        vp8.extra = {{"deadline", "realtime"}};
        transcode(input, folder / "out.webm", vp8);
        check_times(input, folder / "out.webm", 0.0);
    }

    TEST_CASE("pictures that are decoded ahead of their time move nothing") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string input = make_sound_clip(folder);
        EncodeOptions options;  // B-frames: the first decoding times are below 0
        for (const char* name : {"out.ts", "out.flv", "out.mkv", "out.mp4"}) {
            CAPTURE(std::string(name));
            transcode(input, folder / name, options);
            CHECK(std::abs(timed_packets(folder / name, 0).first_s) <= 1.01e-3);
            CHECK(frame_count(folder / name) == 30);
        }
    }
}

}  // namespace closet::test
