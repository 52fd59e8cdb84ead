#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "decode/capture/camera_mode.h"
#include "decode/capture/fake_v4l2.h"
#include "decode/capture/take.h"
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

int luma(const CapturedFrame& frame) {
    return frame.frame.image->data[0][0];
}

}  // namespace

TEST_SUITE("capture") {
    TEST_CASE("a camera gives frames with the kernel's stamps") {
        const LogCapture log;
        const TemporaryFolder folder;
        const FakeCamera camera(folder / "video0");
        Capture capture(camera_options(folder / "video0"));
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

    TEST_CASE("a camera is asked around the time of its next picture and not all the time") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCameraSettings settings;
        settings.modes = {{V4L2_PIX_FMT_YUYV, 64, 48, {10}}};
        const FakeCamera camera(folder / "video0", settings);
        Capture capture(camera_options(folder / "video0"));
        for (int i = 0; i < 4; ++i) {
            CHECK(capture.next({}));
        }
        const int before = camera.calls();
        std::vector<CapturedFrame> frames;
        for (int i = 0; i < 5; ++i) {
            frames.push_back(capture.next({}).value());
        }
        CHECK((camera.calls() - before) / 5 < 40);  // every millisecond would be 100
        CHECK(std::abs(seconds_between(frames.front(), frames.back()) - 0.4) < 0.15);
    }

    TEST_CASE("frames of a camera outlive it") {
        const LogCapture log;
        const TemporaryFolder folder;
        FakeCameraSettings settings;
        settings.modes = {{V4L2_PIX_FMT_NV12, 64, 48, {100}}};  // not converted: no copy but ours
        const FakeCamera camera(folder / "video0", settings);
        std::optional<CapturedFrame> frame;
        {
            Capture capture(camera_options(folder / "video0"));
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
            Capture capture(camera_options(folder / "video0"));
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
        Capture capture(camera_options(folder / "video0"));
        take(capture, 2);
        std::this_thread::sleep_for(400ms);  // the driver's six buffers fill up in 60 ms
        const std::optional<CapturedFrame> frame = capture.next({});
        REQUIRE(frame);
        CHECK(LiveClock::now() - frame->captured < 300ms);
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
        CaptureOptions options = camera_options(folder / "video0");
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
        CaptureOptions options = camera_options(folder / "video0");
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
            CHECK(contains(refusal(camera_options(path)), path + ": "));
            CHECK(contains(refusal(camera_options(path)), text));
        }
        camera.change([](FakeCameraSettings& settings) {
            settings.open_error = 0;
            settings.is_busy = true;
        });
        CHECK(contains(refusal(camera_options(path)), "another program is using it"));
        camera.change([](FakeCameraSettings& settings) {
            settings.is_busy = false;
            settings.abilities = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
        });
        CHECK(contains(refusal(camera_options(path)), "not a camera"));
        CHECK(contains(refusal({.input = "/dev/null"}), "not a camera"));
        write_file(folder / "plain", "text");
        CHECK(contains(refusal({.input = "v4l2:" + folder / "plain"}), "not a camera"));
    }
}

}  // namespace closet::test
