#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "encode/in_units.h"
#include "support/clips.h"
#include "support/log_capture.h"
#include "support/probe.h"

namespace closet::test {
namespace {

using nlohmann::json;

/// Everything that a file tells but its size, its rate and what follows from them.
json described(const std::string& path) {
    json file = probe(path);
    for (const char* key : {"filename", "size", "bit_rate", "probe_score"}) {
        file.at("format").erase(key);
    }
    for (json& stream : file.at("streams")) {
        for (const char* key : {"bit_rate", "max_bit_rate", "level"}) {
            stream.erase(key);
        }
        stream.value("tags", json::object()).erase("BPS");
    }
    return file;
}

/// Times, descriptions and the packets of other streams are the same, and frames where the codec
/// loses nothing.
void check_same(const std::string& whole, const std::string& joined, bool is_lossless) {
    const json one = described(whole), other = described(joined);
    CHECK(other == one);
    const std::string format = video_of(one).at("pix_fmt");
    const auto expected = hash_frames(whole, format), actual = hash_frames(joined, format);
    REQUIRE(!expected.empty());
    REQUIRE(actual.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK((!is_lossless || actual[i].md5 == expected[i].md5));
        CHECK(std::abs(actual[i].seconds - expected[i].seconds) < 1e-9);
    }
    for (const json& stream : one.at("streams")) {
        const int index = stream.at("index");
        if (stream != video_of(one)) {
            CAPTURE(index);
            CHECK(hash_packets(joined, index) == hash_packets(whole, index));
            CHECK(shell("ffprobe -v error -select_streams " + std::to_string(index) +
                        " -show_entries packet=pts,dts,duration -of csv '" + joined + "'") ==
                  shell("ffprobe -v error -select_streams " + std::to_string(index) +
                        " -show_entries packet=pts,dts,duration -of csv '" + whole + "'"));
        }
    }
}

/// Renders both ways and compares.
void check_units(const std::string& input, const std::string& folder, const std::string& ending,
                 const EncodeOptions& options, std::int64_t length = 7,
                 const DecodeOptions& range = {}) {
    CAPTURE(input);
    CAPTURE(ending);
    const std::string whole = folder + "/whole" + ending, joined = folder + "/joined" + ending;
    transcode(input, whole, options, range);
    transcode_in_units(input, joined, options, length, range);
    check_same(whole, joined, !options.crf);
}

/// Frames are coded in another order than they are shown; x264 knows no such ones without loss.
EncodeOptions with_b_frames() {
    EncodeOptions options;
    options.preset = "veryfast";
    options.extra = {{"bf", "3"}, {"b_strategy", "0"}};  // as many as are allowed
    return options;
}

/// See lossless_x264, ffv1; a quality that is left out tells that nothing is lost.
EncodeOptions lossless(EncodeOptions options) {
    options.crf.reset();
    return options;
}

EncodeOptions realtime(const std::string& codec) {
    EncodeOptions options;
    options.codec = codec;
    options.extra = {{"deadline", "realtime"}, {"cpu-used", "8"}};
    return options;
}

std::string end_of_join(const Units& units, const std::string& input, const std::string& output) {
    try {
        join(units, input, output, lossless_x264());
    } catch (const MediaError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_SUITE("encode") {
    TEST_CASE("a clip in units has the frames, times, tags and streams of one in a piece") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const Clip& clip : exactness_clips()) {
            if (clip.name.ends_with(".gif") || clip.name.find("10") != std::string::npos ||
                clip.name == "odd_420.mkv" || clip.name == "nv12.nut") {
                continue;  // x264 does not keep these without loss, as in exactness_test.cpp
            }
            const std::string input = make_clip(clip, folder);
            const bool is_copied = clip.name.ends_with(".mkv") || clip.name.ends_with(".mov");
            check_units(input, folder.path(), is_copied ? fs::path(clip.name).extension() : ".mp4",
                        lossless(lossless_x264()));
        }
    }

    TEST_CASE("units are joined into every container") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input = folder / "plain.mp4";
        for (const char* ending : {".mov", ".mkv", ".ts", ".flv"}) {
            check_units(input, folder.path(), ending, with_b_frames(), 13);
        }
        check_units(input, folder.path(), ".mkv", lossless(ffv1()));
        check_units(input, folder.path(), ".avi", lossless(ffv1()));
    }

    TEST_CASE("HDR metadata and ten bits are the same in units") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const Clip& clip : exactness_clips()) {
            if (clip.name == "hdr_420p10.mp4") {
                const std::string input = make_clip(clip, folder);
                check_units(input, folder.path(), ".mkv", lossless(ffv1()));
            }
        }
        const std::string master = make_clip(
            {"master.mp4",
             "-f lavfi -i testsrc2=s=160x120:r=30:d=0.6 -pix_fmt yuv420p10le -c:v libx265 "
             "-x265-params \"log-level=none:master-display=G(13250,34500)B(7500,3000)R(34000,16000)"
             "WP(15635,16450)L(10000000,1):max-cll=1000,400:colorprim=9:transfer=16:colormatrix="
             "9\" "
             "{out}"},
            folder);
        check_units(master, folder.path(), ".mkv", lossless(ffv1()));
        check_units(master, folder.path(), ".mp4", with_b_frames());
        CHECK(contains(probe(folder / "joined.mp4").dump(), "max_luminance"));
    }

    TEST_CASE("units of WebM have as many frames and the sound of one piece") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input =
            make_clip({"opus.mkv", "-i {dir}/plain.mp4 -c:v copy -c:a libopus {out}"}, folder);
        for (const char* codec : {"libvpx", "libvpx-vp9"}) {
            CAPTURE(std::string(codec));
            transcode(input, folder / "whole.webm", realtime(codec));
            transcode_in_units(input, folder / "joined.webm", realtime(codec), 20);
            CHECK(described(folder / "joined.webm") == described(folder / "whole.webm"));
            CHECK(frame_count(folder / "joined.webm") == 60);
            CHECK(hash_packets(folder / "joined.webm", 1) ==
                  hash_packets(folder / "whole.webm", 1));
        }
    }

    TEST_CASE("units of a clip with gaps and bursts are joined in order of decoding") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        // One second of 60 frames, then one of 6, again and again: a unit that begins slowly
        // reaches back with its times of decoding.
        const std::string input = make_clip(
            {"bursts.mp4",
             "-f lavfi -i testsrc2=s=160x120:r=60:d=4 -f lavfi -i sine=440:d=4 -vf "
             "\"select='lt(mod(n,120),60)+not(mod(n,10))',settb=1/90000\" -vsync passthrough "
             "-enc_time_base -1 -c:v libx264 -preset veryfast -c:a aac -video_track_timescale "
             "90000 {out}"},
            folder);
        for (const char* ending : {".mp4", ".mkv", ".ts"}) {
            for (const int length : {60, 6, 11}) {
                CAPTURE(length);
                check_units(input, folder.path(), ending, with_b_frames(), length);
            }
        }
    }

    TEST_CASE("units of one frame each are joined") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const char* ending : {".mp4", ".mkv", ".ts"}) {
            check_units(folder / "plain.mp4", folder.path(), ending, lossless(lossless_x264()), 1);
        }
    }

    TEST_CASE("a part of a clip, and a clip that begins hours later, are the same in units") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string plain = folder / "plain.mp4";
        for (const char* ending : {".mp4", ".mkv", ".ts"}) {
            check_units(plain, folder.path(), ending, with_b_frames(), 9,
                        {.start_s = 0.5, .end_s = 1.5});
        }
        const std::vector<Clip> late{
            {"hour.mkv", "-i {dir}/plain.mp4 -c copy -output_ts_offset 3600 {out}"},
            {"broadcast.ts", "-i {dir}/plain.mp4 -c copy -output_ts_offset 50000 {out}"},
            {"wrap.ts",
             "-i {dir}/plain.mp4 -c copy -muxdelay 0 -muxpreload 0 -output_ts_offset 95442.9 "
             "{out}"}};
        for (const Clip& clip : late) {
            const std::string input = make_clip(clip, folder);
            for (const char* ending : {".mp4", ".mkv", ".ts"}) {
                check_units(input, folder.path(), ending, with_b_frames(), 17);
            }
        }
    }

    TEST_CASE("a clip whose fields, colors and shape change midway is joined") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string mpeg = " -c:v mpeg2video -q:v 3 -g 10 -f mpegts ";
        const std::string source = "-f lavfi -i testsrc2=s=160x128:r=25:d=1 ";
        ffmpeg(source + "-vf setsar=1 -color_primaries bt709 -color_trc bt709 -colorspace bt709" +
               mpeg + folder / "a.ts");
        ffmpeg(
            "-f lavfi -i testsrc2=s=160x128:r=50:d=1 -vf interlace,setfield=tff,setsar=4/3 "
            "-flags +ildct+ilme -top 1 -color_primaries smpte170m -color_trc smpte170m "
            "-colorspace smpte170m" +
            mpeg + folder / "b.ts");
        write_file(folder / "both.ts", read_file(folder / "a.ts") + read_file(folder / "b.ts"));
        write_file(folder / "other.ts", read_file(folder / "b.ts") + read_file(folder / "a.ts"));
        for (const char* name : {"both.ts", "other.ts"}) {
            check_units(folder / name, folder.path(), ".mkv", lossless(ffv1()));
            check_units(folder / name, folder.path(), ".mp4", with_b_frames());
        }
    }

    TEST_CASE("the sound of the first frames ends with them") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input = folder / "plain.mp4", output = folder / "out.mp4";
        Units units;
        encode_units(units, input, output, lossless_x264(), 10, {}, 25);
        CHECK(units.files.size() == 3);
        CHECK(units.frames == 25);
        join(units, input, output, lossless_x264(), {}, true);
        CHECK(frame_count(output) == 25);
        const double sound_s =
            std::stod(probe(output).at("streams")[1].at("duration").get<std::string>());
        CHECK(std::abs(sound_s - 25.0 / 30) < 0.03);
    }

    TEST_CASE("units that are not those that were written are refused at the join by name") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input = folder / "plain.mp4", output = folder / "out.mp4";
        Units units;
        encode_units(units, input, output, lossless_x264(), 20);
        REQUIRE(units.files.size() == 3);
        const std::string middle = units.files[1].file;
        SUBCASE("other bytes") {
            std::string bytes = read_file(middle);
            bytes[bytes.size() - 20] ^= 1;
            write_file(middle, bytes);
            CHECK(contains(end_of_join(units, input, output), middle + ": it is not what was"));
        }
        SUBCASE("a packet less") {
            UnitReader reader(middle);
            UnitWriter writer(folder / "shorter", reader.video());
            writer.write(**reader.next());
            writer.publish();
            fs::copy_file(folder / "shorter", middle, fs::copy_options::overwrite_existing);
            CHECK(contains(end_of_join(units, input, output), middle + ": it is not what was"));
        }
        SUBCASE("cut") {
            fs::resize_file(middle, fs::file_size(middle) - 1);
            CHECK(contains(end_of_join(units, input, output), middle + ": it is no whole unit"));
        }
        SUBCASE("gone") {
            fs::remove(middle);
            CHECK(contains(end_of_join(units, input, output), "cannot read " + middle));
        }
        SUBCASE("of another stream") {
            Units others;
            EncodeOptions options = lossless_x264();
            options.extra.emplace_back("refs", "5");
            options.preset = "slow";
            encode_units(others, input, output, options, 20);
            units.files[1] = others.files[1];
            CHECK(contains(end_of_join(units, input, output),
                           "cannot join " + others.files[1].file.string()));
        }
        CHECK_FALSE(fs::exists(output));
        CHECK_FALSE(fs::exists(output + ".partial"));
    }

    TEST_CASE("no units are made of a picture, nor of nothing") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        Units units;
        CHECK_THROWS_AS(
            encode_units(units, folder / "plain.mp4", folder / "out.png", EncodeOptions{}, 20),
            ConfigError);
        CHECK_THROWS_AS(encode_units(units, folder / "plain.mp4", folder / "out.mp4",
                                     lossless_x264(), 20, {}, 0),
                        MediaError);
        CHECK(units.files.empty());
    }
}

}  // namespace closet::test
