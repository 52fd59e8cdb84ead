#include <doctest/doctest.h>

#include "decode/decode_all.h"
#include "decode/demux.h"
#include "support/clips.h"
#include "support/frame_hash.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

/// The frames of a part are those that decoding from the beginning gives.
void check_part(const std::string& path, double start, double end) {
    CAPTURE(start);
    const std::vector<Frame> all = decode_all(path);
    const double clock = Decode(path).info()->start_s;
    const std::vector<Frame> part = decode_all(path, {.start_s = start, .end_s = end});
    std::size_t at = 0;
    while (at < all.size() && all[at].seconds() - clock < start - 1e-6) {
        ++at;
    }
    REQUIRE(!part.empty());
    REQUIRE(at + part.size() <= all.size());
    CHECK(
        (at + part.size() == all.size() || all[at + part.size()].seconds() - clock >= end - 1e-6));
    for (std::size_t i = 0; i < part.size(); ++i) {
        CHECK(part[i].pts == all[at + i].pts);
        CHECK(hash_frame(*part[i].image) == hash_frame(*all[at + i].image));
    }
}

}  // namespace

TEST_SUITE("decode") {
    TEST_CASE("a start is exact wherever a stream may be entered") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string source = "-f lavfi -i testsrc2=s=160x120:r=30:d=3 ";
        const std::string x264 = source + "-c:v libx264 -preset veryfast ";
        const std::vector<Clip> clips{
            {"refresh.mp4", x264 + "-x264-params intra-refresh=1:keyint=30:bframes=0 {out}"},
            {"refresh.ts", x264 + "-x264-params intra-refresh=1:keyint=30:bframes=0 {out}"},
            {"open.mkv", x264 + "-x264-params open-gop=1:keyint=20:bframes=3 {out}"},
            {"one_key.mp4", x264 + "-g 1000 -sc_threshold 0 {out}"},
            {"fields.ts", x264 + "-flags +ildct+ilme -g 20 {out}"},
            {"open.mpg", source + "-c:v mpeg2video -q:v 3 -bf 2 -g 12 {out}"},
            {"parts.avi", source + "-c:v mpeg4 -bf 2 -q:v 3 -g 20 {out}"},
            {"intra.mov", source + "-c:v mjpeg -q:v 3 {out}"},
        };
        for (const Clip& clip : clips) {
            CAPTURE(clip.name);
            const std::string path = make_clip(clip, folder);
            check_part(path, 1.35, 9.0);
            check_part(path, 2.05, 2.5);
        }
    }

    TEST_CASE("a start is exact in a file whose index calls every frame a key") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        for (const char* codec : {"libx264 -preset veryfast -bf 0", "mpeg4 -q:v 3"}) {
            CAPTURE(std::string(codec));
            const std::string path =
                make_clip({"lies.mp4", "-f lavfi -i testsrc2=s=160x120:r=30:d=2 -g 100 -c:v " +
                                           std::string(codec) + " {out}"},
                          folder);
            std::string bytes = read_file(path);
            const std::size_t at = bytes.find("stss");  // without it every frame is one
            REQUIRE(at != std::string::npos);
            bytes.replace(at, 4, "free");
            write_file(path, bytes);
            check_part(path, 1.35, 1.8);
        }
    }

    TEST_CASE("a time code moves with the start") {
        const auto moved = [](const char* code, AVRational rate, double seconds) {
            return advance_time_code(code, rate, seconds).value_or("none");
        };
        const AVRational ntsc{30000, 1001};
        CHECK(moved("01:00:59;20", ntsc, 1.0015) == "01:01:00;22");
        CHECK(moved("01:00:59:20", ntsc, 1.0015) == "01:01:00:20");
        CHECK(moved("00:00:59;28", {60000, 1001}, 1.0) == "00:01:00;32");
        CHECK(moved("10:00:00:00", {25, 1}, 2.52) == "10:00:02:13");
        CHECK(moved("10:00:00:00", {24000, 1001}, 1.001) == "10:00:01:00");
        CHECK(moved("10:00:00:00", {50, 1}, 0.9) == "10:00:00:45");
        CHECK(moved("23:59:59:24", {25, 1}, 0.04) == "00:00:00:00");
        CHECK(moved("23:59:59;29", ntsc, 0.034) == "00:00:00;00");
        CHECK(moved("12:00:00:00", {25, 1}, 90000) == "13:00:00:00");
        CHECK(moved("no code", ntsc, 1) == "none");
        CHECK(moved("10:00:00;00", {25, 1}, 1) == "none");
        CHECK(moved("10:00:00:00", {0, 1}, 1) == "none");
    }

    TEST_CASE("the time codes of file and streams are those of the start") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string path = make_clip(
            {"code.mov",
             "-f lavfi -i testsrc2=s=160x120:r=30000/1001:d=3 -c:v libx264 -preset veryfast "
             "-timecode '01:00:59;20' {out}"},
            folder);
        Decode decode(path, {.start_s = 1.0015});
        int found = 0;
        for (const StreamInfo& stream : decode.info()->streams) {
            for (const auto& [name, value] : stream.metadata) {
                found += name == "timecode" && value == "01:01:00;22" ? 1 : 0;
            }
        }
        CHECK(found == 2);
    }
}

}  // namespace closet::test
