#include <doctest/doctest.h>

#include <random>

#include "core/error.h"
#include "decode/decode.h"
#include "support/clips.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

/// What the user reads when the input is opened and read to its end; empty where that works.
std::string sentence(const std::string& path, DecodeOptions options = {}) {
    try {
        Decode decode(path, options);
        while (decode.next()) {
        }
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("decode") {
    TEST_CASE("files that are no video are refused in one sentence that names them") {
        const LogCapture log;
        const TemporaryFolder folder;
        CHECK(contains(sentence(folder / "none.mp4"), "none.mp4: there is no such file"));
        write_file(folder / "empty.mp4", "");
        CHECK(contains(sentence(folder / "empty.mp4"), "empty.mp4: the file is empty"));
        CHECK(contains(sentence(folder.path()), "it is a folder"));
        write_file(folder / "notes.txt", "a text that is not a video\n");
        CHECK(contains(sentence(folder / "notes.txt"), "notes.txt: it is not a video"));
        write_file(folder / "noise.mp4", std::string(5000, '\x5a'));
        CHECK(contains(sentence(folder / "noise.mp4"), "not a video or picture"));
        CHECK(contains(sentence("gopher://example/x.mp4"), "gopher"));
    }

    TEST_CASE("lists of other files are not followed") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        write_file(folder / "list.mp4", "ffconcat version 1.0\nfile plain.mp4\n");
        CHECK(contains(sentence(folder / "list.mp4"), "list of other files"));
        ffmpeg("-i " + folder / "plain.mp4" + " -c copy -f hls -hls_time 1 " +
               folder / "list.m3u8");
        CHECK(!sentence(folder / "list.m3u8").empty());
    }

    TEST_CASE("sound alone and covers alone are refused") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        ffmpeg("-i " + folder / "plain.mp4" + " -map 0:a -c copy " + folder / "sound.m4a");
        CHECK(contains(sentence(folder / "sound.m4a"), "no video stream, only sound"));
        ffmpeg("-i " + folder / "plain.mp4" +
               " -f lavfi -i color=red:s=64x64:d=0.04 -map 0:a -map 1 -c:a copy -c:v png "
               "-frames:v 1 -disposition:v attached_pic " +
               folder / "album.m4a");
        CHECK(contains(sentence(folder / "album.m4a"), "cover"));
    }

    TEST_CASE("a stream without a single frame is refused") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        ffmpeg("-i " + folder / "plain.mp4" + " -map 0:v -c copy -frames:v 0 -f mp4 " +
               folder / "zero.mp4");
        CHECK(!sentence(folder / "zero.mp4").empty());
        const std::string cut = truncate_clip(folder / "plain.mp4", 0.3, folder);
        CHECK(contains(sentence(cut), "damaged"));  // an mp4 keeps its index at the end
    }

    TEST_CASE("a change of size says when and what to do") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        ffmpeg("-f lavfi -i testsrc2=s=160x120:r=30:d=1 -c:v libx264 -bf 0 " + folder / "a.ts");
        ffmpeg("-f lavfi -i testsrc2=s=320x240:r=30:d=1 -c:v libx264 -bf 0 -output_ts_offset 1 " +
               folder / "b.ts");
        write_file(folder / "ab.ts", read_file(folder / "a.ts") + read_file(folder / "b.ts"));
        const std::string text = sentence(folder / "ab.ts");
        CHECK(contains(text, "from 160x120 to 320x240 at 1.0"));
        CHECK(contains(text, "--start"));
    }

    TEST_CASE("impossible ranges name the flag") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string path = folder / "plain.mp4";
        CHECK_THROWS_AS(Decode(path, {.start_s = -1.0}), ConfigError);
        CHECK_THROWS_AS(Decode(path, {.start_s = 2.0, .end_s = 1.0}), ConfigError);
        CHECK_THROWS_AS(Decode(path, {.end_s = std::nan("")}), ConfigError);
        CHECK(contains(sentence(path, {.start_s = 50.0}), "no frame between --start and --end"));
    }

    TEST_CASE("a header that claims a giant picture is refused before memory is taken") {
        const LogCapture log;
        const TemporaryFolder folder;
        // A PNG of 60000 x 60000, header only.
        const std::string png(
            "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0\0\0\0\0\0\0\0\0IDA"
            "T",
            41);
        write_file(folder / "giant.png", png);
        CHECK(!sentence(folder / "giant.png").empty());
    }

    TEST_CASE("mutated clips neither crash nor hang") {
        if (!have_ffmpeg()) {
            return;
        }
        log::set_sink({});
        const TemporaryFolder folder;
        const std::vector<std::string> seeds{"s.mp4 -c:v libx264 -preset ultrafast -c:a aac",
                                             "s.mkv -c:v libx264 -c:a aac",
                                             "s.ts -c:v libx264 -c:a aac",
                                             "s.avi -c:v mpeg4 -c:a mp3",
                                             "s.webm -c:v libvpx-vp9 -cpu-used 8 -an",
                                             "s.gif -an"};
        std::mt19937 random(20260117);
        for (const std::string& seed : seeds) {
            const std::size_t space = seed.find(' ');
            const std::string name = seed.substr(0, space);
            ffmpeg("-f lavfi -i testsrc2=s=48x32:r=10:d=0.5 -f lavfi -i sine=d=0.5 " +
                   seed.substr(space) + " " + folder / name);
            const std::string whole = read_file(folder / name);
            for (int round = 0; round < 60; ++round) {
                std::string bytes = whole;
                const std::size_t changes = 1 + random() % 20;
                for (std::size_t i = 0; i < changes; ++i) {
                    bytes[random() % bytes.size()] = static_cast<char>(random());
                }
                if (round % 4 == 0) {
                    bytes.resize(random() % bytes.size());
                }
                write_file(folder / ("x" + name), bytes);
                CAPTURE(name);
                CAPTURE(round);
                sentence(folder / ("x" + name),
                         round % 3 == 0 ? DecodeOptions{.start_s = 0.2} : DecodeOptions{});
                CHECK(true);  // reached: an Error is an answer, anything else ends the test
            }
        }
    }
}

}  // namespace closet::test
