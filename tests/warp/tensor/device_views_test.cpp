#include "support/doctest_with_torch.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "batch/batch.h"
#include "batch/planes.h"
#include "core/device_picture.h"
#include "core/error.h"
#include "encode/codec_settings.h"
#include "encode/encode.h"
#include "support/device_frame.h"
#include "support/shell.h"
#include "support/temporary_folder.h"
#include "warp/occlusion/scene_light.h"
#include "warp/warp_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

const std::vector<AVPixelFormat> kOfCards{AV_PIX_FMT_NV12, AV_PIX_FMT_P010LE};
const std::vector<cv::Size> kSizes{{320, 176}, {318, 170}, {317, 175}, {64, 2}, {7, 5}};

Frame in_memory(AVPixelFormat format, cv::Size size, unsigned seed = 1) {
    Frame frame;
    frame.time_base = {1, 25};
    frame.pts = frame.index = seed;
    frame.image = noise_frame(format, size, seed);
    frame.image->color_range = seed % 2 == 0 ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    return frame;
}

Frame on_device(AVPixelFormat format, cv::Size size, unsigned seed = 1) {
    Frame frame = in_memory(format, size, seed);
    put_on_device(frame);
    return frame;
}

bool same(const cv::Mat& a, const cv::Mat& b) {
    return a.size() == b.size() && a.type() == b.type() &&
           cv::norm(a.reshape(1), b.reshape(1), cv::NORM_INF) == 0;
}

/// Calls check(a frame in memory, the same on a device).
template <class Check>
void for_each_frame(const Check& check) {
    for (const AVPixelFormat format : kOfCards) {
        for (const cv::Size size : kSizes) {
            for (const unsigned seed : {1U, 2U}) {
                CAPTURE(name_of(format));
                CAPTURE(size.width);
                CAPTURE(seed);
                check(in_memory(format, size, seed), on_device(format, size, seed));
            }
        }
    }
}

}  // namespace

TEST_CASE("device frames: views are those of frames in memory to the bit") {
    for_each_frame([](const Frame& memory, const Frame& device) {
        for (const double scale : {1.0, 0.5, 0.37, 0.25, 0.1}) {
            CAPTURE(scale);
            ViewMaker views(scale);
            CHECK(same(views.make(memory).rgb, views.make(device).rgb));
        }
        Frame hdr = share_picture(device), hdr_memory = share_picture(memory);
        hdr.image->color_trc = hdr_memory.image->color_trc = AVCOL_TRC_SMPTE2084;
        ViewMaker views(0.5);
        CHECK(same(views.make(hdr_memory).rgb, views.make(hdr).rgb));
    });
}

TEST_CASE("device frames: planes are halved as the processor shrinks them to the bit") {
    for_each_frame([](const Frame& memory, const Frame& device) {
        for (const int plane : {0, 1}) {
            const cv::Mat whole = plane_of(*memory.image, plane);
            for (const int times : {1, 2, 4, 8}) {
                CAPTURE(plane);
                CAPTURE(times);
                const cv::Size least((whole.cols + times - 1) / times,
                                     (whole.rows + times - 1) / times);
                cv::Mat samples;
                read_device_plane(device, plane, least, samples);
                CHECK(same(shrink(samples, least), shrink(whole, least)));
            }
        }
    });
}

TEST_CASE("device frames: a quarter of the samples comes down for a view of half the size") {
    const Frame frame = on_device(AV_PIX_FMT_NV12, {320, 176});
    cv::Mat luma, chroma;
    read_device_plane(frame, 0, {160, 88}, luma);
    read_device_plane(frame, 1, {80, 44}, chroma);
    CHECK(luma.size() == cv::Size(160, 88));
    CHECK(chroma.size() == cv::Size(80, 44));
    CHECK(chroma.type() == CV_8UC2);
    read_device_plane(frame, 0, {79, 44}, luma);
    CHECK(luma.size() == cv::Size(80, 44));
    read_device_plane(frame, 0, {161, 88}, luma);
    CHECK(luma.size() == cv::Size(320, 176));
}

TEST_CASE("device frames: brightness for scene cuts is read as in memory") {
    for_each_frame([](const Frame& memory, const Frame& device) {
        const LumaSignature a = luma_signature(memory), b = luma_signature(device);
        CHECK(a.grid == b.grid);
        CHECK(a.histogram == b.histogram);
        CHECK(a.contrast == b.contrast);
    });
}

TEST_CASE("device frames: half-size colors and light are those of frames in memory to the bit") {
    for_each_frame([](const Frame& memory, const Frame& device) {
        const cv::Size size(memory.width(), memory.height());
        const int right = (size.width + 1) / 2 * 2, bottom = (size.height + 1) / 2 * 2;
        for (const cv::Rect where : {cv::Rect(0, 0, 2, 2), cv::Rect(0, 0, right, bottom),
                                     cv::Rect(2, 2, right / 4 * 2, bottom / 4 * 2),
                                     cv::Rect(right - 4, bottom - 2, 8, 6)}) {
            CAPTURE(where.x);
            cv::Mat expected, colors;
            REQUIRE(occlusion::read_colors(memory, where, expected));
            REQUIRE(occlusion::read_colors(device, where, colors));
            CHECK(same(expected, colors));
        }
        CHECK(SceneLight().update(memory, 0, true) == SceneLight().update(device, 0, true));
    });
}

TEST_CASE("device frames: who reads planes of memory refuses them") {
    const Frame frame = on_device(AV_PIX_FMT_NV12, {64, 48});
    cv::Mat colors;
    CHECK_THROWS_AS(luma_signature(*frame.image), MediaError);
    CHECK_THROWS_AS(plane_of(*frame.image, 0), cv::Exception);
    CHECK_FALSE(occlusion::read_colors(*frame.image, {0, 0, 8, 8}, colors));
    CHECK_FALSE(occlusion::PlainColors::of(*frame.image, {0, 0, 8, 8}));
    CHECK_FALSE(is_placeholder(frame));
    CHECK(frame.bytes() == frame.on_device.surface->buf[0]->size);
    // HDR and turned pictures have to come down first.
    Frame other = share_picture(frame);
    CHECK(occlusion::read_colors(other, {0, 0, 8, 8}, colors));
    other.image->color_trc = AVCOL_TRC_SMPTE2084;
    CHECK_FALSE(occlusion::read_colors(other, {0, 0, 8, 8}, colors));
    other.image->color_trc = AVCOL_TRC_UNSPECIFIED;
    other.orientation = Orientation{90};
    CHECK_FALSE(occlusion::read_colors(other, {0, 0, 8, 8}, colors));
}

TEST_CASE("device frames: they come down as they are") {
    FramePool pool;
    for_each_frame([&](const Frame& memory, const Frame& device) {
        Frame frame = share_picture(device);
        const AVFrame* const image = frame.image.get();
        fetch(frame, pool);
        CHECK_FALSE(frame.on_device);
        CHECK(frame.image.get() == image);
        CHECK(image->color_range == memory.image->color_range);
        CHECK(same_pixels(*image, *memory.image));
        fetch(frame, pool);  // nothing
        CHECK(same_pixels(*image, *memory.image));
    });
}

TEST_CASE("device frames: a failing device is told") {
    Frame frame = on_device(AV_PIX_FMT_NV12, {64, 48});
    frame.on_device.device = Device{63};
    FramePool pool;
    CHECK_THROWS_WITH_AS(fetch(frame, pool), doctest::Contains("cannot read a frame on cuda:63"),
                         ModelError);
}

TEST_CASE("device frames: batches are those of frames in memory") {
    const auto run = [](bool device) {
        std::vector<FrameBatch> batches;
        const Emit<FrameBatch> emit = [&](FrameBatch batch) {
            batches.push_back(std::move(batch));
            return true;
        };
        Batch stage({.size = 2, .every = 3});
        for (unsigned i = 0; i < 9; ++i) {
            Frame frame = in_memory(AV_PIX_FMT_NV12, {160, 96}, i < 5 ? 1 : 2);
            frame.index = frame.pts = i;
            // Large parts, which tell scenes apart; noise does not.
            cv::Mat1b(96, 160, frame.image->data[0],
                      static_cast<std::size_t>(frame.image->linesize[0]))(
                cv::Rect(i < 5 ? 0 : 80, 10, 80, 60)) = 220;
            if (device) {
                put_on_device(frame);
            }
            stage.process(std::move(frame), emit);
        }
        stage.flush(emit);
        return batches;
    };
    const auto memory = run(false), device = run(true);
    REQUIRE(memory.size() == device.size());
    for (std::size_t i = 0; i < memory.size(); ++i) {
        REQUIRE(memory[i].frames.size() == device[i].frames.size());
        REQUIRE(memory[i].keys.size() == device[i].keys.size());
        for (std::size_t k = 0; k < memory[i].keys.size(); ++k) {
            CHECK(memory[i].keys[k].frame == device[i].keys[k].frame);
            CHECK(same(memory[i].keys[k].view.rgb, device[i].keys[k].view.rgb));
        }
        for (std::size_t k = 0; k < memory[i].frames.size(); ++k) {
            CHECK(memory[i].frames[k].scene_start == device[i].frames[k].scene_start);
            CHECK(device[i].frames[k].on_device);
        }
    }
    CHECK(std::count_if(memory.begin(), memory.end(), [](const FrameBatch& batch) {
              return batch.frames.front().scene_start;
          }) == 2);
}

TEST_CASE("device frames: encoders that know no cards get them in memory") {
    const TemporaryFolder folder;
    const auto write = [&](const char* name, bool device) {
        auto info = std::make_shared<MediaInfo>();
        info->frame_rate = {25, 1};
        info->streams.resize(1);
        info->streams[0].codec.reset(avcodec_parameters_alloc());
        EncodeOptions options;
        options.codec = "ffv1";
        Encode encode(folder / name, info, options);
        for (unsigned i = 1; i < 5; ++i) {
            Frame frame = in_memory(AV_PIX_FMT_P010LE, {64, 48}, 1 + 2 * i);
            if (device) {
                put_on_device(frame);
            }
            encode.consume(std::move(frame));
        }
        encode.finish();
        encode.file().publish();
        return read_file(folder / name);
    };
    const std::string memory = write("memory.avi", false);
    CHECK(memory.size() > 1000);
    CHECK(write("device.avi", true) == memory);
    const AVCodec* const software = avcodec_find_encoder_by_name("libx264");
    REQUIRE(software != nullptr);
    CHECK_FALSE(takes_device_frames(*software));
    if (const AVCodec* const card = avcodec_find_encoder_by_name("h264_nvenc")) {
        CHECK(takes_device_frames(*card));
    }
}
