#include "encode/encode.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include <doctest/doctest.h>

#include "core/error.h"
#include "encode/discard.h"
#include "encode/libav_facts.h"
#include "encode/transcode.h"
#include "pipeline/concepts.h"
#include "support/clips.h"
#include "support/frame_hash.h"
#include "support/log_capture.h"
#include "support/probe.h"

/// libx264 does not free its settings where it refuses to open.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libx264";
}

namespace closet::test {
namespace {

static_assert(Source<Decode> && Sink<Encode> && Sink<Discard>);

/// What the user reads where a transcode fails; empty where it works.
std::string sentence(const std::string& input, const std::string& output,
                     const EncodeOptions& options = {}) {
    try {
        transcode(input, output, options);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

EncodeOptions with(const std::string& key, const std::string& value) {
    EncodeOptions options;
    options.preset = "ultrafast";
    options.extra = {{key, value}};
    return options;
}

std::size_t frame_count(const std::string& path) {
    return hash_frames(path, "yuv420p").size();
}

}  // namespace

TEST_SUITE("encode") {
    TEST_CASE("the last frames of a stream with B-frames are not lost") {
        if (!have_ffmpeg()) {
            return;
        }
        const TempFolder folder;
        make_ingredients(folder);
        EncodeOptions options;
        options.preset = "medium";  // three B-frames and 40 frames of look-ahead
        transcode(folder / "plain.mp4", folder / "out.mp4", options);
        CHECK(frame_count(folder / "out.mp4") == 60);
    }

    TEST_CASE("the final name appears with publish and not before") {
        if (!have_ffmpeg()) {
            return;
        }
        const TempFolder folder;
        make_ingredients(folder);
        const std::string output = folder / "out.mp4";
        Decode decode(folder / "plain.mp4");
        Encode encode(output, decode.info(), lossless_x264());
        CHECK(fs::exists(output + ".partial"));
        while (std::optional<Frame> frame = decode.next()) {
            encode.consume(std::move(*frame));
        }
        CHECK(encode.frames() == 60);
        CHECK(!fs::exists(output));
        encode.finish();
        CHECK(!fs::exists(output));
        CHECK(frame_count(output + ".partial") == 60);
        encode.publish();
        CHECK(fs::exists(output));
        CHECK(!fs::exists(output + ".partial"));
    }

    TEST_CASE("an interrupted run leaves a playable partial file") {
        if (!have_ffmpeg()) {
            return;
        }
        const TempFolder folder;
        make_ingredients(folder);
        const std::string output = folder / "out.mp4";
        {
            Decode decode(folder / "plain.mp4");
            Encode encode(output, decode.info(), lossless_x264());
            for (int i = 0; i < 25; ++i) {
                encode.consume(std::move(*decode.next()));
            }
            encode.finish();
        }
        CHECK(!fs::exists(output));
        CHECK(frame_count(output + ".partial") == 25);
    }

    TEST_CASE("a failed run leaves nothing and an older result stays") {
        if (!have_ffmpeg()) {
            return;
        }
        const TempFolder folder;
        make_ingredients(folder);
        const std::string output = folder / "out.mp4";
        write_file(output, "older");
        {
            Decode decode(folder / "plain.mp4");
            Encode encode(output, decode.info(), lossless_x264());
            encode.consume(std::move(*decode.next()));
        }
        CHECK(read_file(output) == "older");
        CHECK(!fs::exists(output + ".partial"));
    }

    TEST_CASE("targets that cannot be written are refused before the first frame") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TempFolder folder;
        make_ingredients(folder);
        const std::string input = folder / "plain.mp4";
        CHECK(contains(sentence(input, folder / "none/out.mp4"), "none/out.mp4: No such file"));
        CHECK(contains(sentence(input, folder.path()), "folder"));
        CHECK(contains(sentence(input, folder / "out.xyz"), "names no container"));
        CHECK(contains(sentence(input, folder / "out"), "names no container"));
        CHECK(contains(sentence(input, input), "it is the input itself"));
        fs::create_symlink(input, folder / "soft.mp4");
        CHECK(contains(sentence(input, folder / "soft.mp4"), "it is the input itself"));
        fs::create_hard_link(input, folder / "hard.mp4");
        CHECK(contains(sentence(input, folder / "hard.mp4"), "it is the input itself"));
        fs::copy_file(input, folder / "x.mp4.partial");
        CHECK(contains(sentence(folder / "x.mp4.partial", folder / "x.mp4"), "input itself"));
        CHECK(frame_count(input) == 60);
        CHECK(fs::exists(folder / "x.mp4.partial"));
    }

    TEST_CASE("settings that an encoder does not know are named") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TempFolder folder;
        make_ingredients(folder);
        const std::string input = folder / "plain.mp4", output = folder / "out.mkv";
        CHECK(contains(sentence(input, output, with("speling", "1")), "-e speling=1"));
        CHECK(contains(sentence(input, output, with("g", "many")), "-e g=many"));
        EncodeOptions options;
        options.codec = "libx265000";
        CHECK(contains(sentence(input, output, options), "--vcodec libx265000"));
        options = ffv1();
        options.crf = 12;
        CHECK(contains(sentence(input, output, options), "--crf 12"));
        options = ffv1();
        options.preset = "slow";
        CHECK(contains(sentence(input, output, options), "--preset slow"));
        options = EncodeOptions{};
        options.preset = "glacial";
        CHECK(contains(sentence(input, output, options), "glacial"));
        options = EncodeOptions{};
        CHECK(contains(sentence(input, folder / "out.webm", options), "cannot hold h264"));
        CHECK(contains(sentence(input, folder / "out.webm", options), "--vcodec libvpx-vp9"));
        CHECK(!fs::exists(output));
        CHECK(!fs::exists(output + ".partial"));
    }

    TEST_CASE("free options reach the encoder and the muxer") {
        if (!have_ffmpeg()) {
            return;
        }
        const TempFolder folder;
        make_ingredients(folder);
        transcode(folder / "plain.mp4", folder / "g.mp4", with("g", "5"));
        const std::string keys =
            shell("ffprobe -v error -select_streams v -show_entries packet=flags -of csv " +
                  folder / "g.mp4" + " | grep -c K");
        CHECK(std::stoi(keys) == 12);
        transcode(folder / "plain.mp4", folder / "fast.mp4", with("movflags", "+faststart"));
        const std::string bytes = read_file(folder / "fast.mp4");
        CHECK(bytes.find("moov") < bytes.find("mdat"));
        CHECK(frame_count(folder / "fast.mp4") == 60);
    }

    TEST_CASE("streams that a container cannot hold are left out with the remedy") {
        if (!have_ffmpeg()) {
            return;
        }
        const TempFolder folder;
        make_ingredients(folder);
        const std::string input = make_clip(
            {"subs.mkv", "-i {dir}/plain.mp4 -i {dir}/text.srt -map 0 -map 1 -c copy {out}"},
            folder);
        const LogCapture log;
        transcode(input, folder / "out.mp4", lossless_x264());
        CHECK(log.count("stream 2 (subtitle) is left out") == 1);
        CHECK(log.count(".mkv") == 1);
        CHECK(probe(folder / "out.mp4").at("streams").size() == 2);
    }

    TEST_CASE("pictures come back as pictures and upright") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TempFolder folder;
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
        CHECK(phone.next()->rotation == 90);
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
        const TempFolder folder;
        make_ingredients(folder);
        CHECK(contains(sentence(folder / "plain.mp4", folder / "out.png"), "holds one frame"));
        CHECK(!fs::exists(folder / "out.png"));
    }

    TEST_CASE("pictures taken from a video keep its colours") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TempFolder folder;
        // Limited range and BT.709 become full range and BT.601 (JPEG) or RGB (PNG): shown as they
        // are, the samples would give other colours.
        for (const auto& [colour, rgb] :
             {std::pair{"white", 0xffffff}, {"0xc04020", 0xc04020}, {"0x20a0e0", 0x20a0e0}}) {
            ffmpeg(std::string("-f lavfi -i color=") + colour +
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

    TEST_CASE("a full disk gives one sentence and leaves nothing") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TempFolder folder;
        make_ingredients(folder);
        const std::string disk = folder / "disk";
        fs::create_directory(disk);
        if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
            MESSAGE("SKIPPED: mounting a small file system needs root");
            return;
        }
        EncodeOptions options = lossless_x264();
        const std::string text = sentence(folder / "plain.mp4", disk + "/out.mp4", options);
        const bool is_empty = fs::is_empty(disk);
        umount(disk.c_str());
        CHECK(contains(text, "disk/out.mp4: No space left on device"));
        CHECK(is_empty);
    }

    TEST_CASE("a file that may not grow fails at the write that did not fit") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TempFolder folder;
        make_ingredients(folder);
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        rlimit small = before;
        std::signal(SIGXFSZ, SIG_IGN);
        // The last bytes only: all of the file but its end fits, so only the trailer fails.
        transcode(folder / "plain.mp4", folder / "whole.mp4", lossless_x264());
        small.rlim_cur = fs::file_size(folder / "whole.mp4") - 100;
        setrlimit(RLIMIT_FSIZE, &small);
        const std::string text =
            sentence(folder / "plain.mp4", folder / "out.mp4", lossless_x264());
        setrlimit(RLIMIT_FSIZE, &before);
        CHECK(contains(text, "out.mp4: File too large"));
        CHECK(!fs::exists(folder / "out.mp4"));
        CHECK(!fs::exists(folder / "out.mp4.partial"));
    }

    TEST_CASE("packets that go back in time do not stop a copy") {
        if (!have_ffmpeg()) {
            return;
        }
        const TempFolder folder;
        make_ingredients(folder);
        ffmpeg("-i " + folder / "plain.mp4" + " -c copy " + folder / "a.ts");
        const std::string twice = read_file(folder / "a.ts") + read_file(folder / "a.ts");
        write_file(folder / "spliced.ts", twice);
        const LogCapture log;
        CHECK(sentence(folder / "spliced.ts", folder / "out.mkv", lossless_x264()).empty());
        CHECK(log.count("were moved") >= 1);
        CHECK(frame_count(folder / "out.mkv") == frame_count(folder / "spliced.ts"));
    }

    TEST_CASE("discard counts frames") {
        Discard discard;
        discard.consume(Frame{});
        discard.consume(Frame{});
        discard.finish();
        CHECK(discard.frames() == 2);
    }

    TEST_CASE("the list of encoders names ffv1 and versions are told") {
        const std::vector<std::string> encoders = available_encoders();
        CHECK(std::find(encoders.begin(), encoders.end(), "ffv1") != encoders.end());
        REQUIRE(libav_versions().size() == 4);
        CHECK(contains(libav_versions()[1].version, "."));
    }
}

}  // namespace closet::test
