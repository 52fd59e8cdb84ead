#include "core/frame_packer.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>

#include <doctest/doctest.h>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include "core/error.h"
#include "core/pixel_format.h"

namespace closet {
namespace {

/// A picture whose bytes are a function of the place in their plane.
AvFrame picture_of(AVPixelFormat format, int width, int height,
                   const std::function<unsigned(int x, int y)>& byte) {
    FramePool pool;
    AvFrame image = pool.get(format, width, height);
    for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
        const int rows = plane == 1 || plane == 2 ? height / 2 : height;  // the least there may be
        for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < av_image_get_linesize(format, width, plane); ++x) {
                image->data[plane][y * image->linesize[plane] + x] =
                    static_cast<std::uint8_t>(byte(x, y));
            }
        }
    }
    image->sample_aspect_ratio = {4, 3};
    image->color_range = AVCOL_RANGE_JPEG;
    return image;
}

std::vector<std::uint8_t> pixels_of(const AVFrame& image) {
    const auto format = static_cast<AVPixelFormat>(image.format);
    const int size = av_image_get_buffer_size(format, image.width, image.height, 1);
    REQUIRE(size > 0);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(size));
    av_image_copy_to_buffer(pixels.data(), size, image.data, image.linesize, format, image.width,
                            image.height, 1);
    return pixels;
}

/// Packs the picture and unpacks it; returns its packed size as a share of its pixels.
double check_same(AvFrame image) {
    const std::vector<std::uint8_t> before = pixels_of(*image);
    FramePacker packer;
    FramePool pool;
    Frame frame;
    frame.image = std::move(image);
    const AVPixelFormat format = static_cast<AVPixelFormat>(frame.image->format);
    packer.pack(frame);
    CHECK(frame.image->buf[0] == nullptr);
    CHECK_FALSE(is_placeholder(frame));
    const double share =
        static_cast<double>(frame.bytes()) / static_cast<double>(std::max(before.size(), 1UL));
    unpack(frame, pool);
    CHECK(frame.packed.empty());
    CHECK(frame.image->format == format);
    CHECK(frame.image->sample_aspect_ratio.num == 4);
    CHECK(frame.image->color_range == AVCOL_RANGE_JPEG);
    CHECK(av_frame_is_writable(frame.image.get()) == 1);
    CHECK(pixels_of(*frame.image) == before);
    return share;
}

TEST_CASE("frame packer: pixels of every format come back, whatever they are") {
    std::mt19937 random(1);
    const AVPixFmtDescriptor* descriptor = nullptr;
    int formats = 0;
    while ((descriptor = av_pix_fmt_desc_next(descriptor)) != nullptr) {
        const AVPixelFormat format = av_pix_fmt_desc_get_id(descriptor);
        if (!is_paintable(format)) {
            continue;
        }
        INFO(descriptor->name);
        ++formats;
        for (const auto& [width, height] : {std::pair(2, 2), std::pair(33, 17), std::pair(96, 8)}) {
            check_same(picture_of(format, width, height, [&](int, int) { return random(); }));
        }
    }
    CHECK(formats > 30);
}

TEST_CASE(
    "frame packer: each number of bits comes back, in whole blocks and in the rest of a row") {
    for (unsigned bits = 0; bits <= 8; ++bits) {
        for (const int width : {32, 64, 79}) {
            // Differences of up to so many bits, of both signs, and steps over 0 and 255.
            std::mt19937 random(bits);
            std::vector<unsigned> row(79, 250);
            check_same(picture_of(AV_PIX_FMT_GRAY8, width, 24, [&](int x, int) {
                const unsigned difference = static_cast<unsigned>(random()) & ((1U << bits) - 1);
                unsigned& byte = row[static_cast<std::size_t>(x)];
                byte += difference / 2 * ((difference & 1) == 0 ? 1U : ~0U);
                return byte;
            }));
        }
    }
}

TEST_CASE("frame packer: the smoother a picture is, the less memory it takes") {
    std::mt19937 random(1);
    const auto share = [&](const std::function<unsigned(int, int)>& byte) {
        return check_same(picture_of(AV_PIX_FMT_YUV420P, 1920, 1080, byte));
    };
    CHECK(share([](int x, int) { return static_cast<unsigned>(x); }) < 0.1);
    CHECK(share([](int x, int y) { return static_cast<unsigned>(x + y / 2); }) < 0.2);
    // Noise of 2 bits, as of a camera.
    CHECK(share([&](int x, int) { return static_cast<unsigned>(x / 8) + random() % 4; }) < 0.45);
    CHECK(share([&](int, int) { return random(); }) < 1.1);
}

TEST_CASE("frame packer: what else holds the picture keeps it, and its memory is told") {
    struct Told : MemoryShare {
        std::size_t bytes = 0;
        void become(std::size_t now) override { bytes = now; }
        bool is_scarce() const override { return true; }
    };
    const auto told = std::make_shared<Told>();
    const AvFrame original =
        picture_of(AV_PIX_FMT_YUV420P, 64, 48, [](int x, int y) { return x * 3U + y; });
    const std::vector<std::uint8_t> before = pixels_of(*original);
    Frame frame;
    frame.image = reference(*original);
    frame.counted = told;
    FramePacker packer;
    FramePool pool;
    packer.pack(frame);
    packer.pack(frame);  // nothing more happens
    CHECK(told->bytes == frame.bytes());
    CHECK(told->bytes < (std::size_t{1} << 18));
    unpack(frame, pool);
    CHECK(told->bytes == frame.bytes());
    CHECK(frame.bytes() >= before.size());
    frame.image->data[0][0] ^= 1;
    CHECK(pixels_of(*original) == before);
}

TEST_CASE("frame packer: rows may run upwards") {
    AvFrame image = picture_of(AV_PIX_FMT_RGB24, 50, 20, [](int x, int y) { return x ^ y; });
    image->data[0] += static_cast<std::ptrdiff_t>(image->linesize[0]) * (image->height - 1);
    image->linesize[0] = -image->linesize[0];
    check_same(std::move(image));
}

TEST_CASE("frame packer: a frame without pixels stays as it is") {
    FramePacker packer;
    FramePool pool;
    Frame frame;
    frame.image = make_av_frame();
    packer.pack(frame);
    unpack(frame, pool);
    CHECK(is_placeholder(frame));
}

}  // namespace
}  // namespace closet
