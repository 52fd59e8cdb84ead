#include <doctest/doctest.h>

#include "encode/transcode.h"
#include "support/clips.h"
#include "support/log_capture.h"
#include "support/probe.h"

namespace closet::test {
namespace {

using nlohmann::json;

std::string codecs_of(const std::string& path) {
    std::string names;
    const json file = probe(path);
    for (const json& stream : file.at("streams")) {
        names += stream.value("codec_name", "?") + " ";
    }
    return names;
}

/// Names and values of all tags of a stream, for searching.
std::string tags_of_stream(const std::string& path, std::size_t stream) {
    return probe(path).at("streams").at(stream).value("tags", json::object()).dump();
}

}  // namespace

TEST_SUITE("encode") {
    TEST_CASE("what a muxer calls experimental is kept") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const char* codec : {"flac", "truehd"}) {
            CAPTURE(std::string(codec));
            const std::string input =
                make_clip({std::string(codec) + ".mkv",
                           std::string("-i {dir}/plain.mp4 -c:v copy -ar 48000 -strict -2 -c:a ") +
                               codec + " {out}"},
                          folder);
            const LogCapture log;
            transcode(input, folder / "out.mp4", lossless_x264());
            CHECK(codecs_of(folder / "out.mp4") == std::string("h264 ") + codec + " ");
            CHECK(log.count("left out") == 0);
        }
    }

    TEST_CASE("no stream that a muxer refuses stops the others") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::vector<Clip> clips{
            {"flac.mkv", "-i {dir}/plain.mp4 -c:v copy -c:a flac {out}"},
            {"vorbis.mkv", "-i {dir}/plain.mp4 -c:v copy -ac 2 -strict -2 -c:a vorbis {out}"},
            {"pcm.mkv", "-i {dir}/plain.mp4 -c:v copy -c:a pcm_s24le {out}"},
            {"dts.mkv", "-i {dir}/plain.mp4 -c:v copy -ar 48000 -strict -2 -c:a dca {out}"},
            {"wma.mkv", "-i {dir}/plain.mp4 -c:v copy -c:a wmav2 {out}"},
            {"two.mkv",
             "-i {dir}/plain.mp4 -i {dir}/plain.mp4 -map 0 -map 1:a -map 1:v -c copy -c:a:1 flac "
             "-c:v:1 vp9 -cpu-used 8 -deadline realtime {out}"},
            {"subs.mkv", "-i {dir}/plain.mp4 -i {dir}/text.srt -map 0 -map 1 -c copy {out}"},
        };
        for (const Clip& clip : clips) {
            CAPTURE(clip.name);
            const std::string input = make_clip(clip, folder);
            const std::size_t streams = probe(input).at("streams").size();
            for (const char* name :
                 {"out.mp4", "out.mov", "out.mkv", "out.ts", "out.avi", "out.flv", "out.3gp"}) {
                CAPTURE(std::string(name));
                const LogCapture log;
                CHECK(sentence(input, folder / name, lossless_x264()).empty());
                const std::size_t kept = probe(folder / name).at("streams").size();
                CHECK(kept >= 1);
                CHECK(kept + static_cast<std::size_t>(log.count("is left out")) == streams);
                CHECK(log.count("-strict") == 0);
            }
        }
    }

    TEST_CASE("attached files stay in Matroska and are told of elsewhere") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        write_file(folder / "font.ttf", std::string(3000, 'f'));
        write_file(folder / "notes.bin", "what is this");
        const std::string input = make_clip(
            {"font.mkv",
             "-i {dir}/plain.mp4 -i {dir}/text.srt -map 0 -map 1 -c copy -c:s ass -attach "
             "{dir}/font.ttf -attach {dir}/notes.bin -metadata:s:t:0 "
             "mimetype=application/x-truetype-font -metadata:s:t:1 mimetype=application/x-notes "
             "{out}"},
            folder);
        {
            const LogCapture log;
            transcode(input, folder / "out.mkv", lossless_x264());
            CHECK(log.count("left out") == 0);
            CHECK(probe(folder / "out.mkv").at("streams").size() == 5);
            CHECK(contains(tags_of_stream(folder / "out.mkv", 3), "font.ttf"));
            CHECK(contains(tags_of_stream(folder / "out.mkv", 4), "application/x-notes"));
            const std::string font = folder / "again.ttf";
            shell("ffmpeg -v quiet -y -dump_attachment:3 " + font + " -i " + folder / "out.mkv" +
                  " -t 0 -f null - || true");
            CHECK(read_file(font) == std::string(3000, 'f'));
        }
        const LogCapture log;
        transcode(input, folder / "out.mp4", lossless_x264());
        CHECK(log.count("(attachment) is left out") == 2);
        CHECK(probe(folder / "out.mp4").at("streams").size() == 2);
    }

    TEST_CASE("statistics and settings of the old file are not handed on") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input =
            make_clip({"stats.mkv",
                       "-i {dir}/plain.mp4 -c copy -metadata:s BPS=1234567 -metadata:s "
                       "BPS-eng=1234567 -metadata:s NUMBER_OF_FRAMES=1234567 -metadata:s "
                       "NUMBER_OF_BYTES-eng=1234567 -metadata:s _STATISTICS_TAGS=1234567 "
                       "-metadata:s:v ENCODER_SETTINGS=1234567 -metadata:s:v ALPHA_MODE=1234567 "
                       "-metadata:s NAME=kept -metadata BPS=1234567 {out}"},
                      folder);
        for (const char* name : {"out.mkv", "out.mov"}) {
            CAPTURE(std::string(name));
            transcode(input, folder / name, lossless_x264());
            CHECK(!contains(probe(folder / name).dump(), "1234567"));
        }
        for (const std::size_t stream : {0U, 1U}) {
            CHECK(contains(tags_of_stream(folder / "out.mkv", stream), "kept"));
        }
    }

    TEST_CASE("no transparency is promised that is not there") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string input = make_clip(
            {"alpha.webm",
             "-f lavfi -i testsrc2=s=160x120:r=30:d=0.2 -vf format=yuva420p -c:v libvpx-vp9 "
             "-cpu-used 8 -deadline realtime {out}"},
            folder);
        REQUIRE(contains(tags_of_stream(input, 0), "alpha_mode"));
        transcode(input, folder / "out.mkv", lossless_x264());
        CHECK(log.count("its transparency is lost") == 1);
        CHECK(!contains(tags_of_stream(folder / "out.mkv", 0), "alpha_mode"));
        CHECK(!contains(tags_of_stream(folder / "out.mkv", 0), "ALPHA_MODE"));
    }
}

}  // namespace closet::test
