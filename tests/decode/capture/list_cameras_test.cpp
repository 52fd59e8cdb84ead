#include "decode/capture/camera_mode.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

#include "decode/capture/fake_v4l2.h"
#include "support/log_capture.h"
#include "support/shell.h"
#include "support/temporary_folder.h"

namespace closet::test {
namespace {

using Enumeration = FakeCameraSettings::Enumeration;

FakeCameraSettings with(Enumeration enumeration) {
    FakeCameraSettings settings;
    settings.modes = {{V4L2_PIX_FMT_YUYV, 640, 480, {30, 15}},
                      {V4L2_PIX_FMT_MJPEG, 1920, 1080, {30}}};
    settings.enumeration = enumeration;
    return settings;
}

}  // namespace

TEST_SUITE("capture") {
    TEST_CASE("cameras are listed in the order of their numbers with all their modes") {
        const TemporaryFolder folder;
        FakeCameraSettings settings = with(Enumeration::kHonest);
        settings.card = "Camera \x1b[31mred";
        const FakeCamera second(folder / "video10");
        const FakeCamera first(folder / "video2", settings);
        FakeCameraSettings metadata;
        metadata.abilities = V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING;
        const FakeCamera no_camera(folder / "video3", metadata);
        write_file(folder / "video4", "no device");
        write_file(folder / "videos", "no device");
        write_file(folder / "audio0", "no device");
        const std::vector<Camera> cameras = list_cameras(folder.path().string());
        REQUIRE(cameras.size() == 2);
        CHECK(cameras[0].path == folder / "video2");
        CHECK(cameras[1].path == folder / "video10");
        CHECK(cameras[0].name == "Camera ?[31mred");
        CHECK(cameras[0].problem.empty());
        REQUIRE(cameras[0].modes.size() == 2);
        CHECK(cameras[0].modes[0].pixel_format == "yuyv422");
        CHECK(cameras[0].modes[0].width == 640);
        CHECK(cameras[0].modes[0].rates == std::vector<double>{30, 15});
        CHECK(cameras[0].modes[1].pixel_format == "mjpeg");
    }

    TEST_CASE("cameras that cannot be used are listed with the reason") {
        const TemporaryFolder folder;
        FakeCameraSettings denied, busy;
        denied.open_error = EACCES;
        busy.is_busy = true;
        const FakeCamera first(folder / "video0", denied);
        const FakeCamera second(folder / "video1", busy);
        const std::vector<Camera> cameras = list_cameras(folder.path().string());
        REQUIRE(cameras.size() == 2);
        CHECK(cameras[0].problem.find("may not open it") != std::string::npos);
        CHECK(cameras[1].problem.find("another program") != std::string::npos);
        CHECK(cameras[1].modes.size() == 1);
    }

    TEST_CASE("a range of sizes is shown by its largest and the usual ones") {
        const TemporaryFolder folder;
        const FakeCamera camera(folder / "video0", with(Enumeration::kRange));
        const std::vector<Camera> cameras = list_cameras(folder.path().string());
        REQUIRE(cameras.size() == 1);
        REQUIRE(cameras[0].modes.size() == 4);  // 640x480 and 1920x1080, 1280x720, 640x480
        CHECK(cameras[0].modes[1].width == 1920);
        CHECK(cameras[0].modes[2].width == 1280);
        CHECK(cameras[0].modes[0].rates == std::vector<double>{30, 1});
    }

    TEST_CASE("drivers that enumerate nonsense or without end do no harm") {
        const LogCapture log;
        for (const Enumeration odd : {Enumeration::kEndless, Enumeration::kNonsense,
                                      Enumeration::kUntold, Enumeration::kVanishing}) {
            const TemporaryFolder folder;
            const FakeCamera camera(folder / "video0", with(odd));
            const std::vector<Camera> cameras = list_cameras(folder.path().string());
            REQUIRE(cameras.size() == 1);
            CHECK(cameras[0].modes.size() <= 256);
            CHECK(camera.calls() < 20'000);
            CHECK(std::all_of(
                cameras[0].modes.begin(), cameras[0].modes.end(),
                [](const CameraMode& mode) { return mode.width > 0 && mode.width <= 16384; }));
        }
    }

    TEST_CASE("a folder that is not there has no cameras") {
        CHECK(list_cameras("/no/such/folder").empty());
    }
}

}  // namespace closet::test
