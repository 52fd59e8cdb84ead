#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "decode/capture/fake_v4l2.h"
#include "decode/capture/take.h"
#include "support/clips.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_SUITE("capture") {
    TEST_CASE("a camera that never gives a picture is refused after its time") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCameraSettings settings;
        settings.is_stuck = true;
        const FakeCamera camera(folder / "video0", settings);
        CaptureOptions options = camera_options(folder / "video0");
        options.timeout_s = 0.2;
        const auto begin = LiveClock::now();
        CHECK(contains(refusal(options), "nothing for 0.2 s"));
        CHECK(LiveClock::now() - begin < 1s);
    }

    TEST_CASE("a camera that is unplugged is waited for and may come back as another one") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCamera camera(folder / "video0");
        Capture capture(camera_options(folder / "video0"));
        auto frames = take(capture, 3);
        camera.change([](FakeCameraSettings& settings) { settings.is_gone = true; });
        const std::jthread hand([&] {
            while (capture.connected()) {
                std::this_thread::sleep_for(1ms);
            }
            std::this_thread::sleep_for(150ms);
            camera.change([](FakeCameraSettings& settings) {
                settings.is_gone = false;
                settings.modes = {{V4L2_PIX_FMT_NV12, 128, 96, {100}}};
            });
        });
        for (CapturedFrame& each : take(capture, 5)) {
            frames.push_back(std::move(each));
        }
        CHECK(capture.connected());
        CHECK(capture.counts().reconnections == 1);
        CHECK(stamps_grow(frames));
        CHECK(frames.back().frame.width() == 128);
        CHECK(frames.back().frame.image->format == AV_PIX_FMT_NV12);
        CHECK(capture.facts().width == 128);
        CHECK(capture.facts().pixel_format == "nv12");
        const auto starts = std::count_if(frames.begin(), frames.end(),
                                          [](const auto& each) { return each.frame.scene_start; });
        CHECK(starts == 2);
        CHECK(log.count("waiting for it to come back") == 1);
        CHECK(log.count("still waiting: cannot read") >= 1);
        CHECK(log.count("is back after") == 1);
        CHECK(log.count("128x96") == 1);
    }

    TEST_CASE("a camera that gets stuck is opened again") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCamera camera(folder / "video0");
        CaptureOptions options = camera_options(folder / "video0");
        options.timeout_s = 0.1;
        Capture capture(options);
        take(capture, 2);
        camera.change([](FakeCameraSettings& settings) { settings.is_stuck = true; });
        const std::jthread hand([&] {
            while (capture.connected()) {
                std::this_thread::sleep_for(1ms);
            }
            camera.change([](FakeCameraSettings& settings) { settings.is_stuck = false; });
        });
        CHECK(take(capture, 10).size() == 10);
        CHECK(capture.counts().reconnections == 1);
        CHECK(log.count("nothing for 0.1 s") == 1);
    }

    TEST_CASE("without reconnection a camera that goes away is an error") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCameraSettings settings;
        settings.vanishes_after = 5;
        const FakeCamera camera(folder / "video0", settings);
        CaptureOptions options = camera_options(folder / "video0");
        options.reconnect = false;
        Capture capture(options);
        CHECK_THROWS_AS(take(capture, 100), MediaError);
    }

    TEST_CASE("a camera's broken pictures are counted and a camera of nothing else is gone") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        ffmpeg("-f lavfi -i testsrc=s=64x48 -frames:v 1 -pix_fmt yuvj420p " +
               folder / "picture.jpg");
        FakeCameraSettings settings;
        settings.modes = {{V4L2_PIX_FMT_MJPEG, 64, 48, {100}}};
        settings.jpeg = read_file(folder / "picture.jpg");
        FakeCamera camera(folder / "video0", settings);
        CaptureOptions options = camera_options(folder / "video0");
        options.timeout_s = 0.2;
        Capture capture(options);
        take(capture, 2);
        camera.change([](FakeCameraSettings& now) { now.jpeg = std::string(500, '\x5a'); });
        const std::jthread hand([&] {
            while (capture.connected()) {
                std::this_thread::sleep_for(1ms);
            }
            camera.change([&](FakeCameraSettings& now) { now.jpeg = settings.jpeg; });
        });
        CHECK(take(capture, 5).size() == 5);
        CHECK(capture.counts().damaged >= 5);
        CHECK(capture.counts().reconnections == 1);
        CHECK(log.count("can be decoded") == 1);
    }

    TEST_CASE("a stop ends the wait for a stuck camera and for one that is gone") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCamera camera(folder / "video0");
        CaptureOptions options = camera_options(folder / "video0");
        options.timeout_s = 60;
        options.first_backoff_s = options.max_backoff_s = 60;
        Capture capture(options);
        take(capture, 2);
        const auto stopped_within = [&](bool FakeCameraSettings::*trouble) {
            camera.change([=](FakeCameraSettings& settings) { settings.*trouble = true; });
            std::stop_source source;
            const std::jthread stopper([&] {
                std::this_thread::sleep_for(100ms);
                source.request_stop();
            });
            const auto begin = LiveClock::now();
            while (capture.next(source.get_token())) {
            }
            return LiveClock::now() - begin;
        };
        CHECK(stopped_within(&FakeCameraSettings::is_stuck) < 300ms);
        CHECK(stopped_within(&FakeCameraSettings::is_gone) < 300ms);
        CHECK_FALSE(capture.connected());
    }
}

}  // namespace closet::test
