#include <cmath>

#include <doctest/doctest.h>

#include "encode/transcode.h"
#include "support/clips.h"
#include "support/log_capture.h"
#include "support/probe.h"

namespace closet::test {
namespace {

using nlohmann::json;

/// Frame by frame, by ffmpeg's own decoder. Time stamps may move as a whole: sound that starts
/// before the pictures (AAC priming) cannot have a negative time in every container.
void check_frames(const std::string& input, const std::string& output, double tolerance_s,
                  bool has_time_stamps) {
    const std::string format = video_of(probe(input)).at("pix_fmt");
    const auto expected = hash_frames(input, format);
    const auto actual = hash_frames(output, format);
    REQUIRE(!expected.empty());
    REQUIRE(actual.size() == expected.size());
    const double shift = actual.front().seconds - expected.front().seconds;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(actual[i].md5 == expected[i].md5);
        if (has_time_stamps) {
            CHECK(std::abs(actual[i].seconds - expected[i].seconds - shift) <= tolerance_s);
        }
    }
}

/// What players and editors read off the video beside its pixels.
void check_tags(const json& input, const json& output) {
    const json before = video_of(input), after = video_of(output);
    for (const char* key : {"width", "height", "sample_aspect_ratio", "color_space",
                            "color_transfer", "color_primaries"}) {
        CAPTURE(std::string(key));
        CHECK(after.value(key, json()) == before.value(key, json()));
    }
    if (before.value("color_range", "tv") != "tv") {  // "tv" is what an untagged stream means
        CHECK(after.value("color_range", "") == before.value("color_range", ""));
    }
    if (before.value("field_order", "progressive") != "progressive") {
        CHECK(after.value("field_order", "") == before.value("field_order", ""));
    }
}

void check_chapters(const json& input, const json& output) {
    REQUIRE(output.at("chapters").size() == input.at("chapters").size());
    for (std::size_t i = 0; i < input.at("chapters").size(); ++i) {
        const json& before = input.at("chapters")[i];
        const json& after = output.at("chapters")[i];
        CHECK(after.at("start_time") == before.at("start_time"));
        CHECK(after.at("end_time") == before.at("end_time"));
        CHECK(after.at("tags").at("title") == before.at("tags").at("title"));
    }
}

/// Every other stream: there, with the same bytes, language and disposition.
void check_other_streams(const std::string& input, const std::string& output) {
    const json before = probe(input), after = probe(output);
    REQUIRE(after.at("streams").size() == before.at("streams").size());
    for (std::size_t i = 0; i < before.at("streams").size(); ++i) {
        const json &a = before.at("streams")[i], &b = after.at("streams")[i];
        if (a == video_of(before)) {
            continue;
        }
        const int index = static_cast<int>(i);
        CHECK(b.value("codec_name", "") == a.value("codec_name", ""));
        CHECK(b.at("disposition") == a.at("disposition"));
        CHECK(b.value("/tags/language"_json_pointer, "") ==
              a.value("/tags/language"_json_pointer, ""));
        CHECK(hash_packets(output, index) == hash_packets(input, index));
    }
}

/// The container that the clip is handed back in: its own, where that holds h264.
std::string ending_for(const std::string& name) {
    const std::string ending = fs::path(name).extension().string();
    if (ending == ".h264") {
        return ".mp4";
    }
    if (ending == ".mpg") {
        return ".ts";
    }
    const bool is_own = ending == ".mp4" || ending == ".mkv" || ending == ".mov" || ending == ".ts";
    return is_own ? ending : ".mkv";
}

}  // namespace

TEST_SUITE("encode") {
    TEST_CASE("every clip comes back with its frames and time stamps and streams through x264") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const Clip& clip : exactness_clips()) {
            CAPTURE(clip.name);
            // qp 0 is not lossless in 10 bit, x264 takes no RGB, and needs another
            // pixel format for odd sizes (its own case below).
            if (clip.name.find("10") != std::string::npos || clip.name.ends_with(".gif") ||
                clip.name == "odd_420.mkv") {
                continue;
            }
            const std::string input = make_clip(clip, folder);
            const std::string ending = ending_for(clip.name);
            const std::string output = folder / ("out" + ending);
            transcode(input, output, lossless_x264());
            const bool keeps_time_base = ending != ".mkv";
            check_frames(input, output, keeps_time_base ? 2e-5 : 1.01e-3, clip.name != "raw.h264");
            check_tags(probe(input), probe(output));
            check_chapters(probe(input), probe(output));
            check_other_streams(input, output);
        }
    }

    TEST_CASE("every clip comes back with its frames and time stamps through ffv1") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const Clip& clip : exactness_clips()) {
            CAPTURE(clip.name);
            if (clip.name == "rotated.mp4") {
                continue;  // Matroska has its pixels turned: how_shown_test.cpp
            }
            const std::string input = make_clip(clip, folder);
            const std::string output = folder / "out.mkv";
            transcode(input, output, ffv1());
            check_frames(input, output, 1.01e-3, clip.name != "raw.h264");
            check_tags(probe(input), probe(output));
        }
    }

    TEST_CASE("an odd size that h264 cannot hold keeps its size and luma") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        const std::string input =
            make_clip({"odd.mkv",
                       "-f lavfi -i testsrc=s=161x119:r=30:d=0.3 -pix_fmt yuv420p -c:v ffv1 {out}"},
                      folder);
        const LogCapture log;
        transcode(input, folder / "out.mp4", lossless_x264());
        CHECK(log.count("converting yuv420p to yuv444p") == 1);
        const json after = video_of(probe(folder / "out.mp4"));
        CHECK(after.at("width") == 161);
        CHECK(after.at("height") == 119);
        const auto luma = [](const std::string& path) {
            return shell("ffmpeg -nostdin -v error -i " + path +
                         " -vf extractplanes=y -f rawvideo - | md5sum");
        };
        CHECK(luma(folder / "out.mp4") == luma(input));
    }

    TEST_CASE("truncated clips come back as far as they go") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        for (const char* name : {"whole.mkv", "whole.ts"}) {
            CAPTURE(std::string(name));
            const std::string whole = make_clip({name, "-i {dir}/plain.mp4 -c copy {out}"}, folder);
            const std::string input = truncate_clip(whole, 0.6, folder);
            transcode(input, folder / "out.mkv", ffv1());
            check_frames(input, folder / "out.mkv", 1.01e-3, true);
        }
    }

    TEST_CASE("rotation and frame rate and title survive in mp4") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input =
            make_clip({"turned.mp4", turned_copy("{dir}/plain.mp4", 90) + "{out}"}, folder);
        transcode(input, folder / "out.mp4", lossless_x264());
        const json before = probe(input), after = probe(folder / "out.mp4");
        CHECK(video_of(after).at("side_data_list") == video_of(before).at("side_data_list"));
        CHECK(video_of(after).at("avg_frame_rate") == "30/1");
        CHECK(after.at("format").at("tags").at("title") == "plain");
        CHECK(after.at("format").at("duration") == before.at("format").at("duration"));
    }

    TEST_CASE("a cover becomes an attached file in Matroska") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input =
            make_clip({"cover.mp4",
                       "-i {dir}/plain.mp4 -f lavfi -i color=red:s=64x64:d=0.04 -map 0 -map 1 "
                       "-c copy -c:v:1 png -frames:v:1 1 -disposition:v:1 attached_pic {out}"},
                      folder);
        transcode(input, folder / "out.mkv", lossless_x264());
        const json cover = probe(folder / "out.mkv").at("streams").at(2);
        CHECK(cover.at("disposition").at("attached_pic") == 1);
        CHECK(cover.at("codec_name") == "png");
        CHECK(hash_packets(folder / "out.mkv", 2) == hash_packets(input, 2));
    }

    TEST_CASE("a range becomes a clip that starts where the whole one does") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input =
            make_clip({"range.mkv",
                       "-i {dir}/plain.mp4 -i {dir}/chapters.txt -map 0 -map_chapters 1 -c copy "
                       "-avoid_negative_ts make_zero {out}"},
                      folder);
        DecodeOptions range;
        range.start_s = 0.5;
        range.end_s = 1.5;
        transcode(input, folder / "out.mp4", lossless_x264(), range);
        const auto all = hash_frames(input, "yuv420p");
        const auto part = hash_frames(folder / "out.mp4", "yuv420p");
        REQUIRE(part.size() == 30);
        std::size_t first = 0;
        while (all.at(first).md5 != part.front().md5) {
            ++first;
        }
        for (std::size_t i = 0; i < part.size(); ++i) {
            CHECK(part[i].md5 == all.at(first + i).md5);
            CHECK(std::abs(all[first + i].seconds - part[i].seconds - 0.5) < 1.01e-3);
        }
        const json after = probe(folder / "out.mp4");
        CHECK(after.at("chapters").size() == 2);
        CHECK(after.at("chapters")[0].at("start_time") == "0.000000");
        CHECK(after.at("chapters")[0].at("end_time") == "0.400000");
        CHECK(std::stod(after.at("format").at("duration").get<std::string>()) ==
              doctest::Approx(1.0).epsilon(0.05));
    }

    TEST_CASE("untouched frames give the very bits that ffmpeg encodes") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        // Not smaller: on pictures below about 640x360 libx264 164 (its mbtree) reads memory that
        // it has not set, and gives other bits from run to run, in the ffmpeg tool as well.
        const std::string input =
            make_clip({"in.mp4",
                       "-f lavfi -i testsrc2=s=640x480:r=30:d=1 -f lavfi -i sine=d=1 -c:v libx264 "
                       "-preset veryfast -c:a aac {out}"},
                      folder);
        EncodeOptions options;
        options.preset = "veryfast";
        transcode(input, folder / "ours.mp4", options);
        ffmpeg("-i " + input +
               " -map 0 -c copy -c:v libx264 -preset veryfast -crf 20 -vsync passthrough "
               "-enc_time_base -1 " +
               folder / "theirs.mp4");
        const auto bits = [&](const std::string& path) {
            return shell("ffmpeg -nostdin -v error -i " + path + " -map 0:v -c copy -f md5 -");
        };
        CHECK(bits(folder / "ours.mp4") == bits(folder / "theirs.mp4"));
    }
}

}  // namespace closet::test
