#include <cerrno>

#include <linux/videodev2.h>

#include <doctest/doctest.h>

#include "encode/stream/fake_output_device.h"
#include "encode/stream/outputs.h"

namespace closet::test {
namespace {

class Plugged {
  public:
    explicit Plugged(FakeOutputDevice& device) { plug_in(&device); }
    ~Plugged() { plug_in(nullptr); }
    Plugged(const Plugged&) = delete;
    Plugged& operator=(const Plugged&) = delete;
    Plugged(Plugged&&) = delete;
    Plugged& operator=(Plugged&&) = delete;
};

FakeOutputDevice loopback() {
    FakeOutputDevice device;
    device.capabilities = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_READWRITE;
    device.pixel_formats = {V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_YUYV};
    return device;
}

}  // namespace

TEST_SUITE("stream.device") {
    TEST_CASE("a loopback camera gets each frame with one write") {
        FakeOutputDevice device = loopback();
        const Plugged plugged(device);
        const std::unique_ptr<LiveOutput> output = open_live_output(to(FakeOutputDevice::kPath));
        CHECK(output->describe() == "/dev/video-fake, loopback camera");
        for (unsigned i = 0; i < 3; ++i) {
            output->write(make_frame(make_picture(AV_PIX_FMT_YUV420P, 64, 48, i), i * 40000));
            REQUIRE(device.frames.size() == i + 1);
            CHECK(device.frames[i] == bytes_of(*make_picture(AV_PIX_FMT_YUV420P, 64, 48, i)));
        }
        output->finish();
        CHECK(device.chosen_format == V4L2_PIX_FMT_YUV420);
        CHECK(device.open == 0);
    }

    TEST_CASE("a device that keeps its size and format gets what it takes") {
        FakeOutputDevice device = loopback();
        device.pixel_formats = {V4L2_PIX_FMT_YUYV};
        device.width = 100;
        device.height = 60;
        const Plugged plugged(device);
        const std::unique_ptr<LiveOutput> output = open_live_output(to(FakeOutputDevice::kPath));
        output->write(make_frame(make_picture(AV_PIX_FMT_YUV420P, 64, 48), 0));
        output->write(make_frame(make_picture(AV_PIX_FMT_RGB24, 64, 48), 40000));
        output->finish();
        CHECK(device.chosen_format == V4L2_PIX_FMT_YUYV);
        REQUIRE(device.frames.size() == 2);
        CHECK(device.frames[0].size() == 100 * 60 * 2);
        CHECK(device.frames[1].size() == 100 * 60 * 2);
    }

    TEST_CASE("turned full range frames leave upright and in video range") {
        FakeOutputDevice device = loopback();
        const Plugged plugged(device);
        const std::unique_ptr<LiveOutput> output = open_live_output(to(FakeOutputDevice::kPath));
        AvFrame white = make_picture(AV_PIX_FMT_YUVJ420P, 64, 48);
        std::fill_n(white->data[0], white->linesize[0] * 48, std::uint8_t{255});
        white->color_range = AVCOL_RANGE_JPEG;
        output->write(make_frame(std::move(white), 0, {1, 1000000}, 90));
        output->finish();
        REQUIRE(device.frames.size() == 1);
        CHECK(device.frames[0].size() == 48 * 64 * 3 / 2);
        CHECK(static_cast<std::uint8_t>(device.frames[0][100]) ==
              doctest::Approx(235).epsilon(0.01));
    }

    TEST_CASE("devices that are no output are refused with the remedy") {
        FakeOutputDevice camera = loopback();
        camera.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        {
            const Plugged plugged(camera);
            CHECK(sentence_of(to(FakeOutputDevice::kPath)) ==
                  "--output /dev/video-fake: it is a camera, not a video output, load v4l2loopback "
                  "and name its device");
            CHECK(camera.open == 0);
        }
        CHECK(contains(sentence_of(to("/dev/null")), "/dev/null: it is no V4L2 device"));
        CHECK(
            sentence_of(to("/dev/video77")) ==
            "cannot write /dev/video77: No such file or directory, load v4l2loopback and name its "
            "device");
        CHECK(contains(sentence_of(to("/dev/video77", "mpegts")), "--output-format mpegts"));
    }

    TEST_CASE("a device that takes no usual format or goes away gives one sentence") {
        FakeOutputDevice device = loopback();
        device.pixel_formats = {V4L2_PIX_FMT_MJPEG};
        const Plugged plugged(device);
        CHECK(
            contains(sentence_of([&] { put(*open_live_output(to(FakeOutputDevice::kPath)), {0}); }),
                     "takes neither yuv420p nor yuyv422"));
        device = loopback();
        const std::unique_ptr<LiveOutput> output = open_live_output(to(FakeOutputDevice::kPath));
        put(*output, {0});
        device.fails_with = ENODEV;
        const std::string sentence = sentence_of([&] { put(*output, {40000}); });
        CHECK(contains(sentence, "cannot write /dev/video-fake"));
        CHECK(contains(sentence, "No such device"));
        output->finish();
    }

    TEST_CASE("an output that is dropped without an end closes its device") {
        FakeOutputDevice device = loopback();
        const Plugged plugged(device);
        { put(*open_live_output(to(FakeOutputDevice::kPath)), {0}); }
        CHECK(device.open == 0);
    }
}

}  // namespace closet::test
