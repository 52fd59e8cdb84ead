#include <doctest/doctest.h>

#include <cstdlib>

#include "encode/transcode.h"
#include "support/clips.h"
#include "support/log_capture.h"

namespace closet::test {

TEST_SUITE("encode") {
    TEST_CASE("pictures come back as pictures and upright") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        ffmpeg("-f lavfi -i testsrc=s=161x119 -frames:v 1 " + folder / "in.png");
        ffmpeg("-i " + folder / "in.png" + " -q:v 2 -pix_fmt yuvj422p " + folder / "in.jpg");
        transcode(folder / "in.png", folder / "out.png", {});
        CHECK(hash_frames(folder / "out.png", "rgb24").at(0).md5 ==
              hash_frames(folder / "in.png", "rgb24").at(0).md5);
        for (const char* name : {"out.jpg", "out.webp", "100%d.png"}) {
            CAPTURE(std::string(name));
            transcode(folder / "in.jpg", folder / name, {});
            const auto after = Decode(folder / name).info();
            CHECK(after->is_still_picture);
            CHECK(after->video().codec->width == 161);
        }
        // A telephone's portrait: stored lying, with an orientation tag (Exif value 6).
        const std::string jpeg = read_file(folder / "in.jpg");
        const std::string exif(
            "\xff\xe1\0\x22"
            "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0",
            36);
        write_file(folder / "phone.jpg", jpeg.substr(0, 2) + exif + jpeg.substr(2));
        Decode phone(folder / "phone.jpg");
        CHECK(phone.next()->orientation == Orientation{90});
        transcode(folder / "phone.jpg", folder / "phone.png", {});
        transcode(folder / "in.jpg", folder / "lying.png", {});
        ffmpeg("-i " + folder / "lying.png" + " -vf transpose=clock " + folder / "expected.png");
        CHECK(hash_frames(folder / "phone.png", "rgb24").at(0).md5 ==
              hash_frames(folder / "expected.png", "rgb24").at(0).md5);
    }

    TEST_CASE("a picture does not take a whole clip") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        CHECK(contains(sentence(folder / "plain.mp4", folder / "out.png"), "holds one frame"));
        CHECK(!fs::exists(folder / "out.png"));
    }

    TEST_CASE("pictures taken from a video keep its colors") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        // Limited range and BT.709 become full range and BT.601 (JPEG) or RGB (PNG): shown as they
        // are, the samples would give other colors.
        for (const auto& [color, rgb] :
             {std::pair{"white", 0xffffff}, {"0xc04020", 0xc04020}, {"0x20a0e0", 0x20a0e0}}) {
            ffmpeg(std::string("-f lavfi -i color=") + color +
                   ":s=64x48:d=0.04,format=gbrp,scale=out_color_matrix=bt709:out_range=tv,format="
                   "yuv420p -c:v ffv1 -colorspace bt709 -color_range tv " +
                   folder / "in.mkv");
            for (const char* name : {"out.jpg", "out.png", "out.webp"}) {
                CAPTURE(std::string(name));
                CAPTURE(rgb);
                transcode(folder / "in.mkv", folder / name, {});
                const std::string pixels = shell("ffmpeg -nostdin -v error -i " + folder / name +
                                                 " -pix_fmt rgb24 -f rawvideo -");
                const auto byte = [&pixels](std::size_t i) {
                    return static_cast<int>(static_cast<unsigned char>(pixels.at(i)));
                };
                const int found = byte(0) << 16 | byte(1) << 8 | byte(2);
                for (const int shift : {16, 8, 0}) {
                    CHECK(std::abs(((found >> shift) & 0xff) - ((rgb >> shift) & 0xff)) <= 4);
                }
            }
        }
    }
}

}  // namespace closet::test
