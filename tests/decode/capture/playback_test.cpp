#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "decode/capture/playback.h"
#include "decode/capture/take.h"
#include "decode/decode.h"
#include "support/clips.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

using namespace std::chrono_literals;

constexpr double kTick = 1.0 / 30;

std::string make_short_clip(const TemporaryFolder& folder, const std::string& settings = "") {
    const std::string out = folder / "short.mp4";
    ffmpeg("-f lavfi -i testsrc2=s=160x120:r=30:d=0.4 -c:v libx264 -preset veryfast " + settings +
           " " + out);
    return out;
}

}  // namespace

TEST_SUITE("capture") {
    TEST_CASE(
        "a file plays at its own rate and is stamped with the times at which frames are due") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        Capture capture({.input = make_short_clip(folder)});
        const auto begin = LiveClock::now();
        std::vector<CapturedFrame> frames;
        while (std::optional<CapturedFrame> frame = capture.next({})) {
            CHECK(LiveClock::now() >= frame->captured);
            frames.push_back(std::move(*frame));
        }
        REQUIRE(frames.size() + static_cast<std::size_t>(capture.counts().late) == 12);
        CHECK(frames.front().captured >= begin);
        for (const CapturedFrame& each : frames) {
            const double at = seconds_between(frames.front(), each);
            CHECK(std::abs(at / kTick - std::round(at / kTick)) < 0.01);
            CHECK(each.frame.seconds() == doctest::Approx(at).epsilon(1e-3));
            CHECK(each.frame.passthrough.empty());
        }
        CHECK(stamps_grow(frames));
        CHECK(frames.front().frame.scene_start);
        CHECK_FALSE(frames.back().frame.scene_start);
        CHECK(frames.front().frame.duration == 33333);
        CHECK(capture.counts().frames == static_cast<std::int64_t>(frames.size()));
        CHECK(capture.facts().kind == SourceKind::kFile);
        CHECK(capture.facts().codec == "h264");
        CHECK(capture.facts().width == 160);
        CHECK(capture.facts().rate == doctest::Approx(30));
        CHECK(capture.facts().pixel_format == "yuv420p");
        CHECK(capture.info()->video().time_base.den == 1000000);
        CHECK(capture.info()->streams.size() == 1);
        CHECK_FALSE(capture.next({}));
    }

    TEST_CASE("frames whose successor is due as well are dropped and counted") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        Capture capture({.input = make_short_clip(folder)});
        REQUIRE(capture.next({}));
        std::this_thread::sleep_for(200ms);  // frames 1 to 5 go by while nobody takes them
        const std::optional<CapturedFrame> next = capture.next({});
        REQUIRE(next);
        CHECK(next->frame.seconds() > 5.5 * kTick);
        CHECK(next->frame.index == 1);
        CHECK(LiveClock::now() - next->captured < 150ms);
        CHECK(capture.counts().late >= 5);
        const auto rest = take(capture, 100);
        CHECK(capture.counts().frames + capture.counts().late == 12);
        CHECK(capture.counts().frames == static_cast<std::int64_t>(rest.size()) + 2);
    }

    TEST_CASE("what cannot be decoded as fast as it plays is played slower") {
        const LogCapture log;
        // Gives 100 frames a second of those that are due 400 times a second.
        Capture capture({.input = "lavfi:testsrc=size=16x16:rate=400,realtime=speed=0.25"});
        const auto frames = take(capture, 80);
        REQUIRE(frames.size() == 80);
        CHECK(LiveClock::now() - frames.back().captured < 200ms);
        CHECK(stamps_grow(frames));
        CHECK(capture.counts().late > 10);
        CHECK(capture.counts().late < 150);  // dropped for half a second, then shown as they come
        CHECK(log.count("played slower") == 1);
    }

    TEST_CASE("a loop goes on in time without a gap") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        Capture capture({.input = make_short_clip(folder), .realtime = false, .loop = true});
        const auto frames = take(capture, 30);
        REQUIRE(frames.size() == 30);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            CHECK(std::abs(frames[i].frame.seconds() - static_cast<double>(i) * kTick) < 0.0005);
            CHECK(frames[i].frame.scene_start == (i % 12 == 0));
        }
        CHECK(capture.counts().late == 0);
    }

    TEST_CASE("a loop at its own rate keeps its beat") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        Capture capture({.input = make_short_clip(folder), .loop = true});
        const auto frames = take(capture, 26);
        REQUIRE(frames.size() == 26);
        const double ticks = seconds_between(frames.front(), frames.back()) / kTick;
        CHECK(std::abs(ticks - 25.0 - static_cast<double>(capture.counts().late)) < 0.05);
    }

    TEST_CASE("a rotated file keeps its rotation") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        ffmpeg(turned_copy(folder / "plain.mp4", 90) + folder / "rotated.mp4");
        Capture capture({.input = folder / "rotated.mp4", .realtime = false});
        const Orientation orientation = Decode(folder / "rotated.mp4").info()->orientation;
        CHECK(orientation.swaps_sides());
        CHECK(capture.next({})->frame.orientation == orientation);
        CHECK(capture.info()->orientation == orientation);
    }

    TEST_CASE("a filter graph is a camera of its own rate") {
        const LogCapture log;
        Capture capture({.input = "lavfi:testsrc=size=64x48:rate=100"});
        CHECK(capture.facts().kind == SourceKind::kLavfi);
        const auto frames = take(capture, 10);
        REQUIRE(frames.size() == 10);
        const auto late = static_cast<double>(capture.counts().late);
        CHECK(seconds_between(frames.front(), frames.back()) ==
              doctest::Approx(0.09 + late * 0.01).epsilon(0.01));
        CHECK(frames.back().frame.width() == 64);
        CHECK(capture.facts().rate == doctest::Approx(100));
    }

    TEST_CASE("pixels that nothing can paint on are converted and that is said once") {
        const LogCapture log;
        Capture capture({.input = "lavfi:testsrc=size=64x48,format=yuyv422", .realtime = false});
        const auto frames = take(capture, 3);
        REQUIRE(frames.size() == 3);
        CHECK(frames.back().frame.image->format == AV_PIX_FMT_YUV422P);
        CHECK(capture.facts().pixel_format == "yuv422p");
        CHECK(log.count("converting yuyv422 to yuv422p") == 1);
    }

    TEST_CASE("a stop ends the wait for a frame") {
        const LogCapture log;
        Capture capture({.input = "lavfi:testsrc=size=64x48:rate=1"});
        REQUIRE(capture.next({}));
        std::stop_source source;
        const std::jthread stopper([&] {
            std::this_thread::sleep_for(50ms);
            source.request_stop();
        });
        const auto begin = LiveClock::now();
        CHECK_FALSE(capture.next(source.get_token()));
        CHECK(LiveClock::now() - begin < 300ms);
    }

    TEST_CASE("damaged packets are counted and what can be decoded is shown") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        ffmpeg("-f lavfi -i testsrc2=s=160x120:r=30:d=0.4 -c:v mjpeg " + folder / "clip.avi");
        std::string bytes = read_file(folder / "clip.avi");
        const std::size_t start = bytes.find("\xff\xd8\xff", bytes.size() / 2);
        REQUIRE(start != std::string::npos);
        bytes.replace(start, 400, std::string(400, '\x5a'));
        write_file(folder / "clip.avi", bytes);
        Capture capture({.input = folder / "clip.avi", .realtime = false});
        const auto frames = take(capture, 100);
        CHECK(frames.size() >= 10);
        CHECK(capture.counts().damaged >= 1);
        CHECK(capture.counts().damaged <= 2);
    }

    TEST_CASE("the time line bridges jumps and missing stamps") {
        Timeline timeline;
        CHECK(timeline.place(5'000'000, 40'000) == 0);
        CHECK(timeline.place(5'040'000, 40'000) == 40'000);
        CHECK(timeline.place({}, 40'000) == 80'000);
        CHECK(timeline.place(5'500'000, 40'000) == 500'000);  // a pause of a slide show
        CHECK(timeline.place(90'000'000'000, 40'000) == 540'000);
        CHECK(timeline.place(90'000'040'000, 40'000) == 580'000);
        CHECK(timeline.place(0, 40'000) == 620'000);  // joined files begin at 0 again
        CHECK(timeline.place(40'000, 40'000) == 660'000);
        timeline.begin_again();
        CHECK(timeline.place(5'000'000, 0) == 700'000);
        CHECK(timeline.place({}, 0) == 740'000);
    }
}

}  // namespace closet::test
