#include <filesystem>

#include <doctest/doctest.h>

#include "encode/stream/outputs.h"
#include "support/full_disk.h"
#include "support/log_capture.h"
#include "support/shell.h"

/// libx264 does not free its settings where it refuses to open.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libx264";
}

namespace closet::test {
namespace {

/// Not one distance is like the next, and the clock does not begin at 0.
const std::vector<std::int64_t> kUneven{5000000, 5033000, 5070000, 5071000, 5200000, 5900000};

}  // namespace

TEST_SUITE("stream.file") {
    TEST_CASE("frames come back with their own times from 0 on") {
        const TemporaryFolder folder;
        for (const std::string name : {"out.mp4", "out.mov", "out.mkv", "out.nut", "out.ts"}) {
            CAPTURE(name);
            const std::string path = folder / name;
            const std::unique_ptr<LiveOutput> output = open_live_output(lossless(path));
            put(*output, kUneven);
            CHECK(!fs::exists(path));
            CHECK(fs::exists(path + ".partial"));
            output->finish();
            CHECK(!fs::exists(path + ".partial"));
            const std::vector<Frame> frames = read_back(path);
            REQUIRE(frames.size() == kUneven.size());
            const double start = name == "out.ts" ? frames[0].seconds() : 0;
            for (std::size_t i = 0; i < frames.size(); ++i) {
                const double expected = static_cast<double>(kUneven[i] - kUneven[0]) * 1e-6;
                CHECK(frames[i].seconds() - start ==
                      doctest::Approx(expected).epsilon(1e-9 + 1e-3));
                CHECK(
                    bytes_of(*frames[i].image) ==
                    bytes_of(*make_picture(AV_PIX_FMT_YUV420P, 64, 48, static_cast<unsigned>(i))));
            }
        }
    }

    TEST_CASE("encoders with frames of their own kind of delay lose none") {
        const TemporaryFolder folder;
        for (const auto& [codec, name] : {std::pair<std::string, std::string>{"mpeg4", "a.mp4"},
                                          {"mpeg4", "a.avi"},
                                          {"libx265", "b.mkv"},
                                          {"libvpx-vp9", "c.webm"},
                                          {"ffv1", "d.mkv"}}) {
            CAPTURE(codec);
            LiveOutputOptions options = to(folder / name);
            options.encode.codec = codec;
            const std::unique_ptr<LiveOutput> output = open_live_output(options);
            CHECK(contains(output->describe(), codec));
            put(*output, {0, 33333, 66667, 100000, 133333, 166667});
            output->finish();
            CHECK(read_back(folder / name).size() == 6);
        }
    }

    TEST_CASE("B-frames that the user asks for keep the order and the begin") {
        const TemporaryFolder folder;
        LiveOutputOptions options = lossless(folder / "out.mp4");
        options.encode.preset = "medium";
        options.encode.extra = {{"qp", "0"}, {"tune", "film"}, {"bf", "3"}};
        const std::unique_ptr<LiveOutput> output = open_live_output(options);
        std::vector<std::int64_t> times;
        for (int i = 0; i < 60; ++i) {
            times.push_back(i * 33333);
        }
        put(*output, times);
        output->finish();
        const std::vector<Frame> frames = read_back(folder / "out.mp4");
        REQUIRE(frames.size() == 60);
        CHECK(frames.front().seconds() == doctest::Approx(0));
        CHECK(frames.back().seconds() == doctest::Approx(59 * 0.033333).epsilon(1e-3));
    }

    TEST_CASE("times that round to the same tick or stand still are moved apart") {
        const TemporaryFolder folder;
        const std::unique_ptr<LiveOutput> output = open_live_output(lossless(folder / "out.mp4"));
        const std::vector<std::int64_t> times{10, 11, 12, 12, 5, 100000};
        put(*output, times);
        output->finish();
        const std::vector<Frame> frames = read_back(folder / "out.mp4");
        REQUIRE(frames.size() == times.size());
        for (std::size_t i = 1; i < frames.size(); ++i) {
            CHECK(frames[i].pts > frames[i - 1].pts);
        }
        CHECK(frames.back().seconds() == doctest::Approx(0.09999).epsilon(1e-3));
    }

    TEST_CASE("what is written so far can be played before the end") {
        const TemporaryFolder folder;
        for (const std::string name : {"out.mp4", "out.mkv", "out.ts"}) {
            CAPTURE(name);
            const std::string path = folder / name, torn = folder / ("torn_" + name);
            LiveOutputOptions options = lossless(path);
            options.rate = 10;  // a key frame, and with it a fragment, every 20 frames
            const std::unique_ptr<LiveOutput> output = open_live_output(options);
            std::vector<std::int64_t> times;
            for (int i = 0; i < 130; ++i) {
                times.push_back(i * 100000);
            }
            put(*output, times, 320, 240);
            fs::copy_file(path + ".partial", torn);
            const LogCapture log;
            CHECK(read_back(torn).size() > 30);
        }
    }

    TEST_CASE("a run that ends early leaves a file and one without frames leaves none") {
        const TemporaryFolder folder;
        const std::unique_ptr<LiveOutput> output = open_live_output(lossless(folder / "one.mp4"));
        put(*output, {77});
        output->finish();
        output->finish();
        CHECK(read_back(folder / "one.mp4").size() == 1);
        CHECK_THROWS_AS(put(*output, {99}), MediaError);
        output->finish();
        {
            const LogCapture log;
            const std::unique_ptr<LiveOutput> empty = open_live_output(to(folder / "none.mp4"));
            empty->finish();
            CHECK(log.count("not one frame") == 1);
        }
        CHECK(!fs::exists(folder / "none.mp4"));
        CHECK(!fs::exists(folder / "none.mp4.partial"));
    }

    TEST_CASE("a full disk gives one sentence and keeps what came before under the partial name") {
        const TemporaryFolder folder;
        for (const std::string name : {"out.mkv", "out.mp4", "out.y4m"}) {
            CAPTURE(name);
            const std::string path = folder / name;
            const std::unique_ptr<LiveOutput> output =
                open_live_output(name == "out.y4m" ? to(path) : lossless(path));
            std::string sentence;
            {
                const FullDisk disk(2000000);
                sentence = sentence_of([&] {
                    for (int i = 0; i < 300; ++i) {
                        output->write(make_frame(
                            make_picture(AV_PIX_FMT_YUV420P, 640, 480, static_cast<unsigned>(i)),
                            i * 33333));
                    }
                });
                CHECK(contains(sentence, path + ": File too large"));
                CHECK(contains(sentence, "(what came before is in " + path + ".partial)"));
                output->finish();
            }
            CHECK(!fs::exists(path));
            CHECK(read_back(path + ".partial").size() > 1);
        }
    }

    TEST_CASE("a disk that is full only at the end is told too") {
        const TemporaryFolder folder;
        const std::string path = folder / "out.mkv";
        const std::unique_ptr<LiveOutput> output = open_live_output(lossless(path));
        put(*output, {0, 40000, 80000});
        const FullDisk disk(100);
        CHECK(contains(sentence_of([&] { output->finish(); }), "out.mkv: File too large"));
        output->finish();
        CHECK(!fs::exists(path));
    }

    TEST_CASE("an output that is dropped without an end leaves no file") {
        const TemporaryFolder folder;
        { put(*open_live_output(lossless(folder / "out.mp4")), {0, 40000}); }
        CHECK(fs::is_empty(folder.path()));
    }

    TEST_CASE("turned frames leave upright") {
        const TemporaryFolder folder;
        for (const AVPixelFormat format :
             {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10LE}) {
            for (const int rotation : {0, 90, 180, 270}) {
                CAPTURE(rotation);
                const std::string path = folder / "out.nut";
                LiveOutputOptions options = to(path);
                options.encode.codec = "ffv1";
                const std::unique_ptr<LiveOutput> output = open_live_output(options);
                const AvFrame source = make_picture(format, 64, 48);
                output->write(make_frame(reference(*source), 0, {1, 1000000}, rotation));
                output->finish();
                const std::vector<Frame> frames = read_back(path);
                REQUIRE(frames.size() == 1);
                const AVFrame& shown = *frames[0].image;
                const bool quarter = rotation % 180 != 0;
                CHECK(frames[0].orientation.is_upright());
                REQUIRE(shown.width == (quarter ? 48 : 64));
                REQUIRE(shown.height == (quarter ? 64 : 48));
                // The stored top left corner lies where the clockwise turn carries it.
                const int x = rotation == 90 || rotation == 180 ? shown.width - 1 : 0;
                const int y = rotation == 180 || rotation == 270 ? shown.height - 1 : 0;
                const int step = format == AV_PIX_FMT_YUV422P10LE ? 2 : 1;
                CHECK(shown.data[0][y * shown.linesize[0] + x * step] == source->data[0][0]);
            }
        }
    }

    TEST_CASE("color tags carry over") {
        const TemporaryFolder folder;
        AvFrame picture = make_picture(AV_PIX_FMT_YUV420P10LE, 64, 48);
        picture->color_range = AVCOL_RANGE_MPEG;
        picture->colorspace = AVCOL_SPC_BT2020_NCL;
        picture->color_primaries = AVCOL_PRI_BT2020;
        picture->color_trc = AVCOL_TRC_SMPTE2084;
        const std::unique_ptr<LiveOutput> output = open_live_output(lossless(folder / "out.mp4"));
        output->write(make_frame(reference(*picture), 0));
        output->finish();
        const std::vector<Frame> frames = read_back(folder / "out.mp4");
        REQUIRE(frames.size() == 1);
        CHECK(frames[0].image->format == AV_PIX_FMT_YUV420P10LE);
        CHECK(frames[0].image->colorspace == AVCOL_SPC_BT2020_NCL);
        CHECK(frames[0].image->color_primaries == AVCOL_PRI_BT2020);
        CHECK(frames[0].image->color_trc == AVCOL_TRC_SMPTE2084);
        CHECK(bytes_of(*frames[0].image) == bytes_of(*picture));
    }

    TEST_CASE("settings and targets that cannot be are named at once and leave nothing") {
        const TemporaryFolder folder;
        const std::string path = folder / "out.mp4";
        LiveOutputOptions options = to(path);
        options.encode.codec = "libx265000";
        CHECK(contains(sentence_of(options), "--vcodec libx265000"));
        options = to(path);
        options.encode.preset = "glacial";
        CHECK(contains(sentence_of([&] { put(*open_live_output(options), {0}); }), "glacial"));
        options = to(path);
        options.encode.extra = {{"speling", "1"}};
        CHECK(contains(sentence_of(options), "-e speling=1"));
        CHECK(contains(sentence_of(to(path, "nonsense")), "--output-format nonsense"));
        CHECK(contains(sentence_of(to(path, "v4l2")), "--output-format v4l2"));
        CHECK(contains(sentence_of(to(path, "rtsp")), "--output-format rtsp"));
        options = to(path);
        options.rate = 0;
        CHECK(contains(sentence_of(options), "frames a second"));
        CHECK(contains(sentence_of(to(folder / "out.webm")), "cannot hold h264"));
        CHECK(contains(sentence_of(to(folder / "out.xyz")), "names no container"));
        CHECK(contains(sentence_of(to(folder / "out.png")), "a picture holds one frame"));
        CHECK(contains(sentence_of(to(folder / "no/out.mp4")), "its folder has to exist"));
        CHECK(contains(sentence_of(to(folder.path().string(), "matroska")), "it is a folder"));
        CHECK(fs::is_empty(folder.path()));
    }

    TEST_CASE("what the user sets wins over the live defaults") {
        const TemporaryFolder folder;
        LiveOutputOptions options = to(folder / "out.mkv");
        options.encode.preset = "medium";
        options.encode.extra = {{"tune", "film"}, {"g", "7"}};
        const std::unique_ptr<LiveOutput> given = open_live_output(options);
        put(*given, {0, 40000});
        given->finish();
        const std::string text = read_file(folder / "out.mkv");  // x264 tells its settings
        CHECK(contains(text, "keyint=7"));
        CHECK(contains(text, "me=hex subme=7"));
        CHECK(!contains(text, "bframes=0"));
        const std::unique_ptr<LiveOutput> usual = open_live_output(to(folder / "live.mkv"));
        put(*usual, {0, 40000});
        usual->finish();
        const std::string live = read_file(folder / "live.mkv");
        CHECK(contains(live, "keyint=60"));
        CHECK(contains(live, "mbtree=0"));
        CHECK(contains(live, "bframes=0"));
        CHECK(contains(live, "subme=2"));
    }
}

}  // namespace closet::test
