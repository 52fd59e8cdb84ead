#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "capture/fake_v4l2.h"
#include "capture/take.h"
#include "decode/capture/camera_mode.h"
#include "support/clips.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

using namespace std::chrono_literals;
using Clock = FakeCameraSettings::Clock;
using Enumeration = FakeCameraSettings::Enumeration;

/// 1280x720 in YUYV at 10 and in MJPEG at 30 frames a second, as USB cameras have it.
FakeCameraSettings usb_camera() {
    FakeCameraSettings settings;
    settings.modes = {{V4L2_PIX_FMT_YUYV, 64, 48, {100, 50}},
                      {V4L2_PIX_FMT_YUYV, 1280, 720, {10}},
                      {V4L2_PIX_FMT_MJPEG, 64, 48, {100}},
                      {V4L2_PIX_FMT_MJPEG, 1280, 720, {30, 60}}};
    return settings;
}

CaptureOptions options_for(const std::string& path) {
    CaptureOptions options;
    options.input = "v4l2:" + path;
    options.first_backoff_s = 0.02;
    options.max_backoff_s = 0.05;
    options.timeout_s = 0.5;
    return options;
}

int luma(const CapturedFrame& frame) {
    return frame.frame.image->data[0][0];
}

}  // namespace

TEST_SUITE("capture") {
    TEST_CASE("a camera gives frames with the kernel's stamps") {
        const LogCapture log;
        const TemporaryFolder folder;
        const FakeCamera camera(folder / "video0");
        Capture capture(options_for(folder / "video0"));
        CHECK(capture.facts().kind == SourceKind::kCamera);
        CHECK(capture.facts().codec == "rawvideo");
        CHECK(capture.facts().width == 64);
        CHECK(capture.facts().rate == doctest::Approx(100));
        CHECK(capture.facts().pixel_format == "yuv422p");
        std::vector<CapturedFrame> frames;
        for (int i = 0; i < 10; ++i) {
            frames.push_back(capture.next({}).value());
            CHECK(frames.back().captured <= LiveClock::now());
        }
        CHECK(stamps_grow(frames));
        CHECK(frames.front().frame.scene_start);
        CHECK_FALSE(frames.back().frame.scene_start);
        for (const CapturedFrame& each : frames) {
            const int pictures = (luma(each) - luma(frames.front()) + 256) % 256;
            CHECK(std::abs(seconds_between(frames.front(), each) - pictures * 0.01) < 2e-4);
            CHECK(each.frame.image->format == AV_PIX_FMT_YUV422P);
        }
        CHECK(capture.counts().frames == 10);
    }

    TEST_CASE("frames of a camera outlive it") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCameraSettings settings;
        settings.modes = {{V4L2_PIX_FMT_NV12, 64, 48, {100}}};  // not converted: no copy but ours
        const FakeCamera camera(folder / "video0", settings);
        std::optional<CapturedFrame> frame;
        {
            Capture capture(options_for(folder / "video0"));
            frame = capture.next({});
        }
        REQUIRE(frame);
        CHECK(frame->frame.image->format == AV_PIX_FMT_NV12);
        CHECK(frame->frame.image->data[1][0] == 128);
    }

    TEST_CASE("a camera's stamps of another clock are not believed") {
        for (const Clock clock : {Clock::kWall, Clock::kNone}) {
            const LogCapture log;
            const TemporaryFolder folder;
            FakeCameraSettings settings;
            settings.clock = clock;
            const FakeCamera camera(folder / "video0", settings);
            Capture capture(options_for(folder / "video0"));
            const auto before = LiveClock::now();
            const auto frames = take(capture, 3);
            REQUIRE(frames.size() == 3);
            CHECK(frames.back().captured > before);
            CHECK(frames.back().captured <= LiveClock::now());
            CHECK(stamps_grow(frames));
            CHECK(log.count("not of the monotonic clock") == 1);
        }
    }

    TEST_CASE("what a camera took while nobody asked is late") {
        const LogCapture log;
        const TemporaryFolder folder;
        const FakeCamera camera(folder / "video0");
        Capture capture(options_for(folder / "video0"));
        take(capture, 2);
        std::this_thread::sleep_for(400ms);  // the driver's six buffers fill up in 60 ms
        const std::optional<CapturedFrame> frame = capture.next({});
        REQUIRE(frame);
        CHECK(LiveClock::now() - frame->captured < 150ms);
        CHECK(capture.counts().late >= 3);
    }

    TEST_CASE("size rate and pixel format are those that are asked for") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        ffmpeg("-f lavfi -i testsrc=s=1280x720 -frames:v 1 -q:v 5 -pix_fmt yuvj420p " +
               folder / "picture.jpg");
        FakeCameraSettings settings = usb_camera();
        settings.jpeg = read_file(folder / "picture.jpg");
        const FakeCamera camera(folder / "video0", settings);
        CaptureOptions options = options_for(folder / "video0");
        options.width = 1280;
        options.height = 720;
        options.rate = 30;
        {
            Capture capture(options);
            CHECK(capture.facts().codec == "mjpeg");  // YUYV has that size at 10 a second only
            CHECK(capture.facts().width == 1280);
            CHECK(capture.facts().rate == doctest::Approx(30));
            CHECK(capture.facts().pixel_format == "yuvj420p");
            CHECK(take(capture, 2).size() == 2);
            CHECK(capture.counts().damaged == 0);
        }
        options.pixel_format = "yuyv422";
        options.rate = 10;
        CHECK(Capture(options).facts().codec == "rawvideo");
    }

    TEST_CASE("a mode that a camera does not have is refused with those that it has") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCamera camera(folder / "video0", usb_camera());
        CaptureOptions options = options_for(folder / "video0");
        options.width = 800;
        options.height = 600;
        const std::string text = refusal(options);
        CHECK(contains(text, "no pictures of 800x600; it has yuyv422 64x48 at 100 or 50"));
        CHECK(contains(text, "mjpeg 1280x720 at 60 or 30"));
        CHECK_THROWS_AS(Capture{options}, ConfigError);
        options.width = 1280;
        options.height = 720;
        options.rate = 120;
        CHECK(contains(refusal(options), "at 120 frames a second"));
        options.rate.reset();
        options.pixel_format = "nv12";
        CHECK(contains(refusal(options), "no nv12 of 1280x720"));
        options.pixel_format.clear();
        camera.change([](FakeCameraSettings& settings) { settings.changes_size = true; });
        CHECK(contains(refusal(options), "gives 640x720 pixels, not the 1280x720"));
        options.extra = {{"nosuchoption", "1"}};
        camera.change([](FakeCameraSettings& settings) { settings.changes_size = false; });
        CHECK(contains(refusal(options), "nosuchoption"));
    }

    TEST_CASE("the choice among modes prefers the wanted rate and then less work") {
        const std::vector<DeviceMode> modes{{"yuyv422", 640, 480, 640, 480, {{30, 1}}},
                                            {"yuyv422", 1280, 720, 1280, 720, {{10, 1}}},
                                            {"mjpeg", 640, 480, 640, 480, {{30, 1}}},
                                            {"mjpeg", 1280, 720, 1280, 720, {{30, 1}}},
                                            {"mjpeg", 1920, 1080, 1920, 1080, {{30, 1}}}};
        CaptureOptions options;
        CHECK(choose_mode(modes, options).pixel_format.empty());  // nothing asked: as it is
        options.width = 640;
        options.height = 480;
        CHECK(choose_mode(modes, options).pixel_format == "yuyv422");
        options.width = 1280;
        options.height = 720;
        CHECK(choose_mode(modes, options).pixel_format == "mjpeg");
        options.width.reset();
        options.height.reset();
        options.rate = 29.97;
        CHECK(choose_mode(modes, options).width == 1280);
        CHECK(av_q2d(choose_mode(modes, options).rate.value()) == 30);
        options.rate = 25;
        CHECK_THROWS_AS(choose_mode(modes, options), ConfigError);
        CHECK(av_q2d(choose_mode({}, options).rate.value()) == 25);
        const std::vector<DeviceMode> range{{"nv12", 16, 16, 1920, 1080, {{60, 1}, {1, 1}}, true}};
        CHECK(av_q2d(choose_mode(range, options).rate.value()) == 25);
    }

    TEST_CASE("a camera that cannot be opened is refused in one clear sentence") {
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string path = folder / "video0";
        CHECK(contains(refusal({.input = "/dev/video4242"}), "no such camera"));
        FakeCamera camera(path);
        for (const auto& [code, text] : {std::pair{EBUSY, "another program is using it"},
                                         {EACCES, "join the group"},
                                         {EPERM, "may not open it"},
                                         {ENXIO, "no such camera"},
                                         {EIO, "Input/output"}}) {
            camera.change(
                [code = code](FakeCameraSettings& settings) { settings.open_error = code; });
            CHECK(contains(refusal(options_for(path)), path + ": "));
            CHECK(contains(refusal(options_for(path)), text));
        }
        camera.change([](FakeCameraSettings& settings) {
            settings.open_error = 0;
            settings.is_busy = true;
        });
        CHECK(contains(refusal(options_for(path)), "another program is using it"));
        camera.change([](FakeCameraSettings& settings) {
            settings.is_busy = false;
            settings.abilities = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
        });
        CHECK(contains(refusal(options_for(path)), "not a camera"));
        CHECK(contains(refusal({.input = "/dev/null"}), "not a camera"));
        write_file(folder / "plain", "text");
        CHECK(contains(refusal({.input = "v4l2:" + folder / "plain"}), "not a camera"));
    }

    TEST_CASE("a camera that never gives a picture is refused after its time") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCameraSettings settings;
        settings.is_stuck = true;
        const FakeCamera camera(folder / "video0", settings);
        CaptureOptions options = options_for(folder / "video0");
        options.timeout_s = 0.2;
        const auto begin = LiveClock::now();
        CHECK(contains(refusal(options), "nothing for 0.2 s"));
        CHECK(LiveClock::now() - begin < 1s);
    }

    TEST_CASE("a camera that is unplugged is waited for and may come back as another one") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCamera camera(folder / "video0");
        Capture capture(options_for(folder / "video0"));
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
        CaptureOptions options = options_for(folder / "video0");
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
        CaptureOptions options = options_for(folder / "video0");
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
        CaptureOptions options = options_for(folder / "video0");
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
        CaptureOptions options = options_for(folder / "video0");
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
