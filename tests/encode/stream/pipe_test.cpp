#include <chrono>
#include <csignal>

#include <fcntl.h>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "encode/stream/borrowed_stdout.h"
#include "encode/stream/outputs.h"
#include "support/log_capture.h"
#include "support/shell.h"

namespace closet::test {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// What `write` of each picture makes of standard output.
std::string through_stdout(const std::vector<AvFrame>& pictures, LiveOutputOptions options,
                           int rotation = 0) {
    const LogCapture log;
    BorrowedStdout borrowed;
    borrowed.read_on();
    {
        const std::unique_ptr<LiveOutput> output = open_live_output(options);
        std::int64_t time = 0;
        for (const AvFrame& picture : pictures) {
            output->write(make_frame(reference(*picture), time += 40000, {1, 1000000}, rotation));
        }
        output->finish();
    }
    return borrowed.finish();
}

std::vector<AvFrame> one(AVPixelFormat format, int width = 64, int height = 48) {
    std::vector<AvFrame> pictures;
    pictures.push_back(make_picture(format, width, height, 3));
    return pictures;
}

}  // namespace

TEST_SUITE("stream.pipe") {
    TEST_CASE("y4m and raw frames are byte for byte what was put in") {
        for (const auto& [width, height] : {std::pair{64, 48}, {33, 17}, {640, 480}}) {
            CAPTURE(width);
            std::vector<AvFrame> pictures;
            std::string plain, y4m;
            for (unsigned i = 0; i < 4; ++i) {
                pictures.push_back(make_picture(AV_PIX_FMT_YUV420P, width, height, i));
                plain += bytes_of(*pictures.back());
                y4m += "FRAME\n" + bytes_of(*pictures.back());
            }
            CHECK(through_stdout(pictures, to("-", "raw")) == plain);
            const std::string bytes = through_stdout(pictures, to("-"));
            const std::size_t header = bytes.find('\n') + 1;
            CHECK(bytes.starts_with("YUV4MPEG2 W" + std::to_string(width) + " H" +
                                    std::to_string(height) + " F30:1 "));
            CHECK(bytes.substr(header) == y4m);
        }
    }

    TEST_CASE("the rate of television is told as a fraction") {
        LiveOutputOptions options = to("-");
        options.rate = 29.97;
        CHECK(contains(through_stdout(one(AV_PIX_FMT_YUV420P), options), " F30000:1001 "));
        options.rate = 30;
        CHECK(contains(through_stdout(one(AV_PIX_FMT_YUV420P), options), " F30:1 "));
        options.rate = 12.5;
        CHECK(contains(through_stdout(one(AV_PIX_FMT_YUV420P), options), " F25:2 "));
    }

    TEST_CASE("y4m keeps the formats that it knows and others become yuv420p") {
        const std::pair<AVPixelFormat, std::string> cases[]{
            {AV_PIX_FMT_YUV422P, "C422"},      {AV_PIX_FMT_YUV444P, "C444"},
            {AV_PIX_FMT_GRAY8, "Cmono"},       {AV_PIX_FMT_YUV420P10LE, "C420p10"},
            {AV_PIX_FMT_P010LE, "C420p10"},    {AV_PIX_FMT_NV12, "C420jpeg"},
            {AV_PIX_FMT_RGB24, "C420jpeg"},    {AV_PIX_FMT_GBRP, "C420jpeg"},
            {AV_PIX_FMT_YUVJ420P, "C420jpeg"}, {AV_PIX_FMT_YUV422P10LE, "C422p10"},
        };
        for (const auto& [format, tag] : cases) {
            CAPTURE(std::string(av_get_pix_fmt_name(format)));
            const std::vector<AvFrame> pictures = one(format);
            const std::string bytes = through_stdout(pictures, to("-"));
            CHECK(contains(bytes.substr(0, bytes.find('\n')) + " ", " " + tag + " "));
            if (tag != "C420jpeg" && format != AV_PIX_FMT_P010LE) {
                CHECK(bytes.ends_with("FRAME\n" + bytes_of(*pictures[0])));
            }
        }
    }

    TEST_CASE("a y4m stream is what lib/decode reads and deep and turned pictures come upright") {
        const TemporaryFolder folder;
        const std::vector<AvFrame> pictures = one(AV_PIX_FMT_YUV420P10LE);
        write_file(folder / "deep.y4m", through_stdout(pictures, to("-")));
        const std::vector<Frame> deep = read_back(folder / "deep.y4m");
        REQUIRE(deep.size() == 1);
        CHECK(bytes_of(*deep[0].image) == bytes_of(*pictures[0]));
        write_file(folder / "turned.y4m", through_stdout(pictures, to("-"), 90));
        const std::vector<Frame> turned = read_back(folder / "turned.y4m");
        REQUIRE(turned.size() == 1);
        CHECK(turned[0].width() == 48);
        CHECK(turned[0].height() == 64);
    }

    TEST_CASE("a size that changes on the way is fitted into the first") {
        std::vector<AvFrame> pictures = one(AV_PIX_FMT_YUV420P);
        pictures.push_back(make_picture(AV_PIX_FMT_YUV420P, 100, 30));
        pictures.push_back(make_picture(AV_PIX_FMT_NV12, 64, 48));
        pictures.push_back(make_picture(AV_PIX_FMT_YUV420P, 64, 48, 9));
        const std::string bytes = through_stdout(pictures, to("-", "raw"));
        const std::size_t frame = 64 * 48 * 3 / 2;
        REQUIRE(bytes.size() == 4 * frame);
        CHECK(bytes.substr(3 * frame) == bytes_of(*pictures[3]));
    }

    TEST_CASE("each frame is out when write returns") {
        const std::size_t pixels = 64 * 48 * 3 / 2, mark = std::string("FRAME\n").size();
        for (const auto& [format, size] : {std::pair{"y4m", pixels + mark}, {"raw", pixels}}) {
            BorrowedStdout borrowed;
            const std::unique_ptr<LiveOutput> output = open_live_output(to("-", format));
            const std::vector<AvFrame> pictures = one(AV_PIX_FMT_YUV420P);
            for (int i = 0; i < 3; ++i) {
                output->write(make_frame(reference(*pictures[0]), i));
                const std::string bytes = borrowed.read_now(1 << 16);
                CHECK(bytes.substr(bytes.size() - std::min(bytes.size(), size)).size() == size);
                CHECK((i == 0 || bytes.size() == size));
            }
        }
    }

    TEST_CASE("no encoder for streams holds a frame back") {
        for (const std::string codec : {"libx264", "libx265", "mpeg4", "mjpeg", "libvpx-vp9"}) {
            CAPTURE(codec);
            BorrowedStdout borrowed;
            LiveOutputOptions options = to("-", "matroska");
            options.encode.codec = codec;
            options.encode.threads = 0;
            const std::unique_ptr<LiveOutput> output = open_live_output(options);
            for (unsigned i = 0; i < 3; ++i) {
                output->write(
                    make_frame(make_picture(AV_PIX_FMT_YUV420P, 64, 48, i * 7), 40000 * i));
                CHECK(borrowed.has_bytes());
                borrowed.read_now(1 << 16);
            }
        }
    }

    TEST_CASE("encoded formats go through a pipe as well") {
        const TemporaryFolder folder;
        std::vector<AvFrame> pictures;
        for (unsigned i = 0; i < 5; ++i) {
            pictures.push_back(make_picture(AV_PIX_FMT_YUV420P, 64, 48, i));
        }
        for (const std::string format : {"mpegts", "matroska", "mp4"}) {
            CAPTURE(format);
            write_file(folder / "piped", through_stdout(pictures, lossless("-", format)));
            const std::vector<Frame> frames = read_back(folder / "piped");
            REQUIRE(frames.size() == 5);
            CHECK(bytes_of(*frames[4].image) == bytes_of(*pictures[4]));
        }
    }

    TEST_CASE("a reader that goes away gives one sentence and the end is harmless") {
        std::signal(SIGPIPE, SIG_IGN);
        std::string sentence;
        {
            BorrowedStdout borrowed;
            const std::unique_ptr<LiveOutput> output = open_live_output(to("-"));
            put(*output, {0});
            borrowed.stop_reading();
            sentence = sentence_of([&] { put(*output, {40000}, 640, 480); });
            output->finish();
            output->finish();
        }
        CHECK(sentence == "cannot write -: the program that reads it has closed the pipe");
    }

    TEST_CASE("a reader that takes nothing is waited for until the run is stopped") {
        std::stop_source stop;
        std::string sentence;
        double waited = 0;
        {
            BorrowedStdout borrowed;
            LiveOutputOptions options = to("-");
            options.stop = stop.get_token();
            const std::unique_ptr<LiveOutput> output = open_live_output(options);
            Clock::time_point stopped;
            const std::jthread stopper([&] {
                std::this_thread::sleep_for(std::chrono::milliseconds(300));
                stopped = Clock::now();
                stop.request_stop();
            });
            sentence = sentence_of([&] { put(*output, {0, 1, 2}, 640, 480); });
            waited = seconds_since(stopped);
            output->finish();
        }
        CHECK(sentence == "cannot write -: the program that reads it takes nothing more");
        CHECK(waited < 2);
    }

    TEST_CASE("a FIFO is a pipe too and needs its reader") {
        const TemporaryFolder folder;
        const std::string path = folder / "fifo";
        REQUIRE(mkfifo(path.c_str(), 0600) == 0);
        CHECK(sentence_of(to(path)) ==
              "cannot write " + path + ": no program reads it, start the reader first");
        const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK);
        put(*open_live_output(to(path, "raw")), {0});
        std::string bytes(1 << 14, '\0');
        CHECK(read(reader, bytes.data(), bytes.size()) == 64 * 48 * 3 / 2);
        close(reader);
    }

    TEST_CASE("none counts and drops") {
        const std::unique_ptr<LiveOutput> output = open_live_output(to("none"));
        put(*output, {0, 1, 2});
        output->finish();
        CHECK(output->describe() == "none");
    }
}

}  // namespace closet::test
