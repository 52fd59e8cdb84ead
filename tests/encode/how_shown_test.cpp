#include <array>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/picture_geometry.h"
#include "encode/transcode.h"
#include "support/clips.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

/// The filters of ffmpeg that show what an EXIF value asks for.
constexpr std::array<const char*, 9> kFilters{"",
                                              "null",
                                              "hflip",
                                              "hflip,vflip",
                                              "vflip",
                                              "transpose=cclock_flip",
                                              "transpose=clock",
                                              "transpose=clock_flip",
                                              "transpose=cclock"};

/// A copy of a clip that says of itself how it is to be shown.
void tell(const std::string& input, const std::string& output, Orientation orientation) {
    Decode decode(input);
    Encode encode(output, decode.info(), lossless_x264());
    while (std::optional<Frame> frame = decode.next()) {
        frame->orientation = orientation;
        encode.consume(std::move(*frame));
    }
    encode.finish();
    encode.file().publish();
}

std::vector<std::string> shown(const std::string& clip, const std::string& filter,
                               const std::string& result) {
    ffmpeg("-noautorotate -i " + clip + " -vf " + filter + " -c:v ffv1 " + result);
    std::vector<std::string> hashes;
    for (const auto& frame : hash_frames(result, "yuv420p")) {
        hashes.push_back(frame.md5);
    }
    return hashes;
}

TEST_CASE("how a clip is shown is told on in mp4 and mov, and done in mkv and webm's family") {
    if (!have_ffmpeg()) {
        return;
    }
    const TemporaryFolder folder;
    ffmpeg("-f lavfi -i testsrc2=s=128x96:r=10 -frames:v 4 -c:v libx264 -qp 0 -pix_fmt yuv420p " +
           folder / "plain.mp4");
    for (int tag = 1; tag <= 8; ++tag) {
        CAPTURE(tag);
        const LogCapture log;
        const Orientation orientation = orientation_of_exif(tag);
        tell(folder / "plain.mp4", folder / "told.mp4", orientation);
        CHECK(Decode(folder / "told.mp4").info()->orientation == orientation);
        CHECK(Decode(folder / "told.mp4").next()->orientation == orientation);
        const auto expected = shown(folder / "plain.mp4", kFilters[static_cast<std::size_t>(tag)],
                                    folder / fmt::format("expected{}.mkv", tag));
        REQUIRE(expected.size() == 4);
        for (const char* name : {"out.mp4", "out.mov"}) {
            transcode(folder / "told.mp4", folder / name, lossless_x264());
            CHECK(Decode(folder / name).info()->orientation == orientation);
        }
        CHECK(log.count("cannot tell") == 0);
        transcode(folder / "told.mp4", folder / "out.mkv", ffv1());
        CHECK(Decode(folder / "out.mkv").info()->orientation.is_upright());
        CHECK(log.count("cannot tell") == (tag == 1 ? 0 : 1));
        std::vector<std::string> done;
        for (const auto& frame : hash_frames(folder / "out.mkv", "yuv420p")) {
            done.push_back(frame.md5);
        }
        CHECK(done == expected);
    }
}

TEST_CASE("pictures of all EXIF orientations are written upright and readable") {
    if (!have_ffmpeg()) {
        return;
    }
    const LogCapture log;
    const TemporaryFolder folder;
    ffmpeg("-f lavfi -i testsrc=s=161x119 -frames:v 1 -q:v 2 -pix_fmt yuvj422p " +
           folder / "in.jpg");
    transcode(folder / "in.jpg", folder / "lying.png", {});
    const std::string jpeg = read_file(folder / "in.jpg");
    for (int tag = 1; tag <= 8; ++tag) {
        CAPTURE(tag);
        std::string exif(
            "\xff\xe1\0\x22"
            "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0",
            36);
        exif[exif.find('\x06')] = static_cast<char>(tag);
        write_file(folder / "phone.jpg", jpeg.substr(0, 2) + exif + jpeg.substr(2));
        CHECK(Decode(folder / "phone.jpg").next()->orientation == orientation_of_exif(tag));
        transcode(folder / "phone.jpg", folder / "phone.png", {});
        ffmpeg("-i " + folder / "lying.png" + " -vf " + kFilters[static_cast<std::size_t>(tag)] +
               " " + folder / "expected.png");
        CHECK(hash_frames(folder / "phone.png", "rgb24").at(0).md5 ==
              hash_frames(folder / "expected.png", "rgb24").at(0).md5);
    }
}

TEST_CASE("pixels that are not square stay so, and lie on their side where the picture is turned") {
    if (!have_ffmpeg()) {
        return;
    }
    const LogCapture log;
    const TemporaryFolder folder;
    ffmpeg("-f lavfi -i testsrc2=s=96x96:r=10 -frames:v 2 -vf setsar=4/3 -c:v libx264 -qp 0 " +
           folder / "wide.mp4");
    const auto aspect = [](const std::string& clip) {
        const AVRational value = Decode(clip).next()->image->sample_aspect_ratio;
        return std::pair(value.num, value.den);
    };
    CHECK(aspect(folder / "wide.mp4") == std::pair(4, 3));
    tell(folder / "wide.mp4", folder / "told.mp4", {90});
    CHECK(aspect(folder / "told.mp4") == std::pair(4, 3));
    transcode(folder / "told.mp4", folder / "out.mkv", ffv1());
    CHECK(aspect(folder / "out.mkv") == std::pair(3, 4));
}

}  // namespace
}  // namespace closet::test
