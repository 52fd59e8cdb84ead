#include <doctest/doctest.h>

#include "encode/transcode.h"
#include "support/clips.h"
#include "support/log_capture.h"

namespace closet::test {

namespace {

std::string of(const nlohmann::json& stream, const char* key) {
    return stream.contains(key) ? stream.at(key).get<std::string>() : "";
}

/// Five frames of a test picture, half transparent at the left where the format has alpha.
void make_source(const std::string& path, const std::string& format, const std::string& tags) {
    ffmpeg(
        "-f lavfi -i testsrc2=s=160x120:r=30:d=0.1666,format=rgba,colorchannelmixer=aa=0.5 -c:v "
        "ffv1 -pix_fmt " +
        format + " " + tags + " " + path);
}

}  // namespace

TEST_SUITE("encode") {
    TEST_CASE("depth, matrix, range and where possible alpha are those of the source") {
        if (!have_ffmpeg()) {
            return;
        }
        struct Case {
            const char *from, *codec, *file, *to;
            bool tells_alpha = false;
        };
        const TemporaryFolder folder;
        for (const Case& c : {
                 Case{"yuva444p10le", "libx264", "out.mp4", "yuv444p10le", true},
                 Case{"yuva444p10le", "libx265", "out.mp4", "yuv444p10le", true},
                 Case{"yuva444p10le", "ffv1", "out.mkv", "yuva444p10le"},
                 Case{"yuva444p10le", "prores_ks", "out.mov", "yuva444p12le"},
                 Case{"yuva444p10le", "libvpx-vp9", "out.webm", "yuv444p10le", true},
                 Case{"yuva420p", "libvpx-vp9", "out.webm", "yuva420p"},
                 Case{"yuva420p", "prores_ks", "out.mov", "yuva444p12le"},
                 Case{"yuva422p16le", "ffv1", "out.mkv", "yuva422p16le"},
                 Case{"yuv420p12le", "libx265", "out.mp4", "yuv420p12le"},
                 Case{"yuv420p12le", "libx264", "out.mp4", "yuv420p10le"},
                 Case{"yuv422p12le", "libvpx-vp9", "out.mkv", "yuv422p12le"},
                 Case{"yuv444p14le", "ffv1", "out.mkv", "yuv444p14le"},
                 Case{"gray10le", "libx264", "out.mp4", "yuv420p10le"},
                 Case{"gray12le", "libx265", "out.mp4", "gray12le"},
                 Case{"gray12le", "libvpx-vp9", "out.webm", "yuv420p12le"},
                 Case{"gray16le", "ffv1", "out.mkv", "gray16le"},
                 Case{"ya8", "ffv1", "out.mkv", "ya8"},
                 Case{"gbrp10le", "libx265", "out.mp4", "gbrp10le"},
                 Case{"gbrp12le", "libx264", "out.mp4", "yuv444p10le"},
                 Case{"gbrap12le", "ffv1", "out.mkv", "gbrap12le"},
                 Case{"gbrap10le", "prores_ks", "out.mov", "yuva444p12le"},
                 Case{"rgba64le", "ffv1", "out.mkv", "gbrap16le"},
                 Case{"bgra", "qtrle", "out.mov", "argb"},
                 Case{"bgr0", "libx264", "out.mp4", "yuv444p"},
                 Case{"yuv420p", "libx264", "out.mp4", "yuv420p"},
             }) {
            const std::string from = c.from, to = c.to;
            CAPTURE(from);
            CAPTURE(std::string(c.codec));
            const bool is_rgb =
                from.find("rgb") != std::string::npos || from[0] == 'b' || from.starts_with("gb");
            const std::string tags = is_rgb || from[0] == 'g' || from.starts_with("ya")
                                         ? ""
                                         : "-colorspace bt709 -color_range tv";
            make_source(folder / "in.mkv", from, tags);
            const LogCapture log;
            transcode(folder / "in.mkv", folder / c.file,
                      {.codec = c.codec, .preset = {}, .extra = {}});
            const auto source = video_of(probe(folder / "in.mkv"));
            const auto result = video_of(probe(folder / c.file));
            // What libav's own decoders make of it: VP9's does not see alpha, that of ProRes gives
            // 12 bits, that of H.264 gray of 10 bits as YUV.
            CHECK(of(result, "pix_fmt") == (to == "yuva420p" ? "yuv420p" : to));
            CHECK(log.count("transparency of the input is lost") == (c.tells_alpha ? 1 : 0));
            if (!is_rgb && to != "yuva444p12le") {
                CHECK(of(result, "color_space") == of(source, "color_space"));
            }
            if (!tags.empty() && std::string(c.codec) != "prores_ks") {  // which has one range only
                CHECK(of(result, "color_range") == "tv");
            }
        }
    }

    TEST_CASE("pixels of deep formats with alpha come back bit for bit") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        const LogCapture log;
        for (const char* format :
             {"yuva444p10le", "yuva420p", "yuv420p12le", "yuv444p16le", "gray12le", "ya8",
              "gbrp14le", "gbrap12le", "rgb48le", "rgba64le", "yuv440p12le", "yuv411p"}) {
            CAPTURE(std::string(format));
            make_source(folder / "in.mkv", format, "");
            transcode(folder / "in.mkv", folder / "out.mkv", ffv1());
            // Chroma is converted where the garment cannot be painted on it.
            const std::string name = format;
            const std::string own = name == "yuv411p"       ? "gray"
                                    : name == "yuv440p12le" ? "gray12le"
                                                            : name;
            const auto before = hash_frames(folder / "in.mkv", own);
            const auto after = hash_frames(folder / "out.mkv", own);
            REQUIRE(before.size() == 5);
            REQUIRE(after.size() == 5);
            for (std::size_t i = 0; i < before.size(); ++i) {
                CHECK(after[i].md5 == before[i].md5);
            }
        }
    }

    TEST_CASE("transparency that nobody sees is lost without a word and -e pixel_format decides") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        ffmpeg("-f lavfi -i testsrc2=s=160x120:r=30:d=0.1,format=yuva444p10le -c:v ffv1 " +
               folder / "opaque.mkv");
        {
            const LogCapture log;
            transcode(folder / "opaque.mkv", folder / "out.mp4", {});
            CHECK(log.count("transparency") == 0);
        }
        make_source(folder / "in.mkv", "yuva444p10le", "");
        const LogCapture log;
        transcode(folder / "in.mkv", folder / "out.webm",
                  {.codec = "libvpx-vp9", .preset = {}, .extra = {{"pixel_format", "yuva420p"}}});
        CHECK(log.count("transparency") == 0);
        CHECK(of(video_of(probe(folder / "out.webm")).value("tags", nlohmann::json::object()),
                 "alpha_mode") == "1");
        CHECK(contains(
            sentence(folder / "in.mkv", folder / "out.mp4", {.extra = {{"pixel_format", "rgb24"}}}),
            "libx264 does not take it"));
    }

    TEST_CASE("mastering display and content light level of frames are kept by x264 and x265") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        ffmpeg(
            "-f lavfi -i testsrc2=s=160x120:r=30:d=0.2 -pix_fmt yuv420p10le -c:v libx265 "
            "-preset ultrafast -x265-params "
            "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:"
            "master-display='G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,"
            "50)':max-cll='1000,400' -tag:v hvc1 " +
            folder / "in.mp4");
        const auto metadata = [](const std::string& file) {
            const auto frames = nlohmann::json::parse(
                shell("ffprobe -v error -read_intervals %+#1 -show_frames -show_streams -of json " +
                      file));
            std::string found;
            const auto add = [&found](const nlohmann::json& owner) {
                for (const auto& side : owner.value("side_data_list", nlohmann::json::array())) {
                    if (side.contains("max_luminance")) {
                        found += "G" + side.at("green_x").get<std::string>().substr(0, 5) + " L" +
                                 side.at("max_luminance").get<std::string>().substr(0, 4) + " ";
                    }
                    if (side.contains("max_content")) {
                        found += std::to_string(side.at("max_content").get<int>()) + "," +
                                 std::to_string(side.at("max_average").get<int>()) + " ";
                    }
                }
            };
            add(frames.at("streams").at(0));
            add(frames.at("frames").at(0));
            return found;
        };
        const LogCapture log;
        for (const char* file : {"x265.mp4", "x265.mkv", "x265.ts", "x264.mp4", "x264.mkv"}) {
            CAPTURE(std::string(file));
            const std::string codec = "lib" + std::string(file).substr(0, 4);
            transcode(folder / "in.mp4", folder / file,
                      {.codec = codec, .preset = "ultrafast", .extra = {}});
            const std::string found = metadata(folder / file);
            CHECK(contains(found, "L1000"));
            CHECK(contains(found, "1000,400"));
        }
        // What the user says wins.
        transcode(folder / "in.mp4", folder / "own.mkv",
                  {.codec = "libx265",
                   .preset = "ultrafast",
                   .extra = {{"x265-params", "log-level=error:max-cll=700,300"}}});
        CHECK(contains(
            shell("ffprobe -v error -read_intervals %+#1 -show_frames " + folder / "own.mkv"),
            "max_content=700"));
    }
}

}  // namespace closet::test
