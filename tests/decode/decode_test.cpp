#include "decode/decode.h"

#include <cmath>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/pixel_format.h"
#include "decode/decode_all.h"
#include "support/clips.h"
#include "support/frame_hash.h"
#include "support/log_capture.h"
#include "support/probe.h"

namespace closet::test {
namespace {

void check_against_ffmpeg(const std::string& path, bool has_time_stamps = true) {
    const std::vector<Frame> frames = decode_all(path);
    REQUIRE(!frames.empty());
    const auto expected = hash_frames(path, format_name(*frames.front().image));
    REQUIRE(frames.size() == expected.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        CHECK(frames[i].index == static_cast<std::int64_t>(i));
        CHECK(hash_frame(*frames[i].image) == expected[i].md5);
        if (has_time_stamps) {
            // ffmpeg prints in the stream's time base too, so the seconds differ by rounding only.
            CHECK(std::abs(frames[i].seconds() - expected[i].seconds) < 1e-9);
        }
        CHECK(is_paintable(static_cast<AVPixelFormat>(frames[i].image->format)));
        CHECK((i == 0 || frames[i].pts > frames[i - 1].pts));
    }
}

}  // namespace

TEST_SUITE("decode") {
    TEST_CASE("every clip decodes to the frames and time stamps that ffmpeg shows") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const Clip& clip : exactness_clips()) {
            CAPTURE(clip.name);
            check_against_ffmpeg(make_clip(clip, folder), clip.name != "raw.h264");
        }
    }

    TEST_CASE("truncated files give what ffmpeg decodes of them") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const char* name : {"whole.mkv", "whole.ts", "whole.flv"}) {
            CAPTURE(std::string(name));
            const std::string path = make_clip({name, "-i {dir}/plain.mp4 -c copy {out}"}, folder);
            check_against_ffmpeg(truncate_clip(path, 0.6, folder));
        }
    }

    TEST_CASE("damaged packets in the middle are skipped and counted in one warning") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const char* codec : {"mjpeg", "libx264", "mpeg4"}) {
            CAPTURE(std::string(codec));
            const std::string path = make_clip(
                {"damaged.mkv", std::string("-f lavfi -i testsrc2=s=160x120:r=30:d=2 -c:v ") +
                                    codec + " -bsf:v 'noise=amount=eq(mod(n\\,10)\\,5)' {out}"},
                folder);
            const LogCapture log;
            check_against_ffmpeg(path);
            CHECK(log.count("is damaged") == 1);
        }
    }

    TEST_CASE("a stream without time stamps gets them from its frame rate") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string path = make_clip(
            {"raw.h264", "-i {dir}/plain.mp4 -map 0:v -c copy -bsf:v h264_mp4toannexb {out}"},
            folder);
        const std::vector<Frame> frames = decode_all(path);
        REQUIRE(frames.size() == 60);
        const std::int64_t step = frames[1].pts - frames[0].pts;
        for (std::size_t i = 1; i < frames.size(); ++i) {
            CHECK(frames[i].pts - frames[i - 1].pts == step);
        }
        CHECK(static_cast<double>(step) * av_q2d(frames[0].time_base) ==
              doctest::Approx(1.0 / 30).epsilon(0.01));
    }

    TEST_CASE("the packets of other streams ride on the frames and none is lost") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string path = folder / "plain.mp4";
        const auto expected = hash_packets(path, 1);
        std::size_t packets = 0;
        for (const Frame& frame : decode_all(path)) {
            for (const AvPacket& packet : frame.passthrough) {
                CHECK(packet->stream_index == 1);
                ++packets;
            }
        }
        CHECK(packets == expected.size());
    }

    TEST_CASE("packets behind the last frame ride on it") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        const std::string path =
            make_clip({"long_sound.mkv",
                       "-f lavfi -i testsrc2=s=160x120:r=30:d=0.5 -f lavfi -i sine=d=2 "
                       "-c:v libx264 -bf 0 -c:a aac {out}"},
                      folder);
        const auto frames = decode_all(path);
        REQUIRE(frames.size() == 15);
        CHECK(frames.back().passthrough.size() > 50);  // 1.5 s of 43 packets a second
    }

    TEST_CASE("the number of decoder threads does not change a pixel") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const auto one = decode_all(folder / "plain.mp4", {.threads = 1});
        const auto four = decode_all(folder / "plain.mp4", {.threads = 4});
        REQUIRE(one.size() == 60);
        REQUIRE(four.size() == 60);
        for (std::size_t i = 0; i < one.size(); ++i) {
            CHECK(hash_frame(*one[i].image) == hash_frame(*four[i].image));
        }
    }

    TEST_CASE("asking for hardware gives the same frames with or without a card") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const LogCapture log;
        const auto frames = decode_all(folder / "plain.mp4", {.hardware = true});
        CHECK(frames.size() == 60);
        CHECK(log.count("decoding on the CPU") <= 1);
    }

    TEST_CASE("frames that are to stay on a card come from the CPU where there is none") {
        std::string reason;
        constexpr int kNoCard = 63;
        CHECK_FALSE(share_cuda_context(kNoCard, reason));
        CHECK(reason.find("63") != std::string::npos);
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const LogCapture log;
        const auto plain = decode_all(folder / "plain.mp4");
        const auto frames =
            decode_all(folder / "plain.mp4", {.hardware = true, .stay_on = Device{kNoCard}});
        CHECK(log.count("decoding on the CPU, ") == 1);
        REQUIRE(frames.size() == plain.size());
        for (std::size_t i = 0; i < frames.size(); ++i) {
            CHECK_FALSE(frames[i].on_device);
            CHECK(hash_frame(*frames[i].image) == hash_frame(*plain[i].image));
        }
        // Nor does anything change for who did not ask for the card.
        CHECK(decode_all(folder / "plain.mp4", {.stay_on = Device{kNoCard}}).size() == 60);
        CHECK(log.count("decoding on the CPU, ") == 1);
    }

    TEST_CASE("rotation is told in clockwise degrees to upright") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        // ffmpeg counts in the opposite direction.
        for (const auto& [turn, rotation] : {std::pair{90, 270}, {180, 180}, {270, 90}, {0, 0}}) {
            const std::string path =
                make_clip({"turned.mp4", turned_copy("{dir}/plain.mp4", turn) + "{out}"}, folder);
            Decode decode(path);
            CHECK(decode.info()->orientation == Orientation{rotation});
            CHECK(decode.next()->orientation == Orientation{rotation});
        }
    }

    TEST_CASE("still pictures are clips of one frame") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        for (const char* name : {"still.png", "still.jpg", "still.webp", "still%03d.bmp"}) {
            CAPTURE(std::string(name));
            ffmpeg("-f lavfi -i testsrc=s=161x119 -frames:v 1 -update 1 -c:v " +
                   std::string(std::string(name).ends_with("webp")  ? "libwebp"
                               : std::string(name).ends_with("png") ? "png"
                               : std::string(name).ends_with("jpg") ? "mjpeg"
                                                                    : "bmp") +
                   " -f image2 " + folder / "made");
            fs::rename(folder / "made", folder / name);
            Decode decode(folder / name, {.start_s = 3.0});  // a range means nothing to a picture
            CHECK(decode.info()->is_still_picture);
            CHECK(decode.info()->estimated_frames == 1);
            const std::optional<Frame> frame = decode.next();
            REQUIRE(frame);
            CHECK(frame->width() == 161);
            CHECK(frame->height() == 119);
            CHECK(!decode.next());
            CHECK(!decode.next());
        }
    }

    TEST_CASE("formats that nothing paints on are converted once and said so") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        const std::string path = make_clip({"deep.mkv",
                                            "-f lavfi -i testsrc2=s=160x120:r=30:d=0.2 "
                                            "-pix_fmt yuv440p12le -c:v ffv1 "
                                            "-colorspace bt709 -color_range tv {out}"},
                                           folder);
        const LogCapture log;
        const auto frames = decode_all(path);
        REQUIRE(frames.size() == 6);
        CHECK(format_name(*frames[0].image) == "yuv444p12le");
        CHECK(frames[0].image->colorspace == AVCOL_SPC_BT709);
        CHECK(frames[0].image->color_range == AVCOL_RANGE_MPEG);
        CHECK(log.count("converting yuv440p12le to yuv444p12le") == 1);
    }
}

}  // namespace closet::test
