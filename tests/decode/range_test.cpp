#include <utility>

#include <doctest/doctest.h>

#include "decode/decode_all.h"
#include "support/clips.h"
#include "support/frame_hash.h"
#include "support/log_capture.h"

namespace closet::test {

TEST_SUITE("decode") {
    TEST_CASE("a range gives exactly the frames and packets that lie in it") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::vector<Clip> clips{
            {"range.mp4", "-i {dir}/plain.mp4 -c copy {out}"},
            {"range.mkv", "-i {dir}/plain.mp4 -c copy {out}"},
            {"range.ts", "-i {dir}/plain.mp4 -c copy {out}"},
            {"range.nut", "-i {dir}/plain.mp4 -c copy {out}"},
            {"late.mp4",
             "-i {dir}/plain.mp4 -c copy -output_ts_offset 5.25 -avoid_negative_ts disabled {out}"},
            {"raw.h264", "-i {dir}/plain.mp4 -map 0:v -c copy -bsf:v h264_mp4toannexb {out}"},
            {"open_gop.mpg",
             "-f lavfi -i testsrc2=s=160x120:r=30:d=2 -c:v mpeg2video -q:v 3 -bf 2 "
             "-g 12 {out}"},
            {"range.webm",
             "-f lavfi -i testsrc2=s=160x120:r=30:d=2 -c:v libvpx-vp9 -b:v 1M "
             "-cpu-used 8 -deadline realtime -g 25 {out}"},
        };
        for (const Clip& clip : clips) {
            CAPTURE(clip.name);
            const std::string path = make_clip(clip, folder);
            const std::vector<Frame> all = decode_all(path);
            const double clock = Decode(path).info()->start_s;
            for (const auto& [start, end] :
                 {std::pair{0.0, 0.5}, {0.65, 1.3}, {1.0, 1.05}, {0.7, 9.0}, {1.9, 3.0}}) {
                CAPTURE(start);
                const std::vector<Frame> part = decode_all(path, {.start_s = start, .end_s = end});
                std::vector<const Frame*> expected;
                for (const Frame& frame : all) {
                    if (frame.seconds() - clock >= start - 1e-7 &&
                        frame.seconds() - clock < end - 1e-7) {
                        expected.push_back(&frame);
                    }
                }
                REQUIRE(part.size() == expected.size());
                for (std::size_t i = 0; i < part.size(); ++i) {
                    CHECK(part[i].pts == expected[i]->pts);
                    CHECK(part[i].index == static_cast<std::int64_t>(i));
                    CHECK(hash_frame(*part[i].image) == hash_frame(*expected[i]->image));
                }
            }
        }
    }

    TEST_CASE("a range keeps the packets of its own time only") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        std::size_t packets = 0;
        Decode decode(folder / "plain.mp4", {.start_s = 0.5, .end_s = 1.5});
        const AVRational time_base = decode.info()->streams.at(1).time_base;
        while (const std::optional<Frame> frame = decode.next()) {
            for (const AvPacket& packet : frame->passthrough) {
                const double seconds = static_cast<double>(packet->pts) * av_q2d(time_base);
                CHECK(seconds >= 0.5);
                CHECK(seconds < 1.5);
                ++packets;
            }
        }
        CHECK(packets == 43);  // 44100 / 1024 packets a second
        CHECK(decode.info()->duration_s == doctest::Approx(1.0));
        CHECK(decode.info()->estimated_frames == 30);
        CHECK(decode.info()->cut_us == 500000);
    }
}

}  // namespace closet::test
