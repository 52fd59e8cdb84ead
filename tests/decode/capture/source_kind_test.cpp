#include <doctest/doctest.h>
#include <sys/stat.h>

#include "decode/capture/open_source.h"
#include "decode/capture/take.h"
#include "support/log_capture.h"
#include "support/shell.h"
#include "support/temporary_folder.h"

namespace closet::test {

TEST_SUITE("capture") {
    TEST_CASE("the kind of a source follows from its name") {
        const TemporaryFolder folder;
        write_file(folder / "clip.mp4", "x");
        REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
        CHECK(kind_of_source("/dev/video0") == SourceKind::kCamera);
        CHECK(kind_of_source("v4l2:/dev/something") == SourceKind::kCamera);
        CHECK(kind_of_source("/dev/null") == SourceKind::kCamera);  // a device, though no camera
        CHECK(kind_of_source("-") == SourceKind::kPipe);
        CHECK(kind_of_source(folder / "fifo") == SourceKind::kPipe);
        CHECK(kind_of_source("lavfi:testsrc") == SourceKind::kLavfi);
        CHECK(kind_of_source("rtsp://camera.local/stream") == SourceKind::kNetwork);
        CHECK(kind_of_source("udp://239.0.0.1:1234") == SourceKind::kNetwork);
        CHECK(kind_of_source("file:///tmp/clip.mp4") == SourceKind::kFile);
        CHECK(kind_of_source(folder / "clip.mp4") == SourceKind::kFile);
        CHECK(kind_of_source("absent.mp4") == SourceKind::kFile);
        CHECK(to_string(SourceKind::kLavfi) == "lavfi");
    }

    TEST_CASE("options that make no sense are refused before anything is opened") {
        CHECK(contains(refusal({.input = ""}), "no input"));
        CHECK(contains(refusal({.input = "lavfi:testsrc", .width = 640}), "go together"));
        CHECK(contains(refusal({.input = "lavfi:testsrc", .rate = 0}), "--rate 0"));
        CHECK(contains(refusal({.input = "lavfi:testsrc", .timeout_s = 0}), "--timeout 0"));
    }

    TEST_CASE("graphs with a source that opens files are refused however it is written") {
        for (const char* graph :
             {"movie=a.mp4", "amovie=a.mp4", " movie = a.mp4", "movie@x=a.mp4", "mo\\vie=a.mp4",
              "'movie'=a.mp4", "testsrc[a];movie=a.mp4[b];[a][b]overlay",
              "testsrc,null[a]; [a]null, movie=x"}) {
            CAPTURE(graph);
            CHECK_THROWS_AS(check_graph(graph), ConfigError);
        }
        for (const char* graph :
             {"testsrc", "testsrc=size=64x48:rate=30", "testsrc,drawtext=text='a, movie=b'",
              "testsrc[a];[a]split[b][c];[b][c]hstack", "", "[", "a=b'", ";;,,=="}) {
            CAPTURE(graph);
            CHECK_NOTHROW(check_graph(graph));
        }
        CHECK(contains(refusal({.input = "lavfi:movie=a.mp4"}), "name that file"));
    }

    TEST_CASE("sources that cannot be opened are refused in one sentence") {
        const LogCapture log;
        const TemporaryFolder folder;
        CHECK(contains(refusal({.input = folder / "absent.mp4"}), "there is no such file"));
        write_file(folder / "noise.mp4", std::string(5000, '\x5a'));
        CHECK(contains(refusal({.input = folder / "noise.mp4"}), "not a video"));
        CHECK(contains(refusal({.input = "lavfi:nosuchfilter"}), "nosuchfilter"));
        CHECK(contains(refusal({.input = "lavfi:anullsrc"}), "no video"));
        CHECK(contains(refusal({.input = "http://127.0.0.1:1/x", .timeout_s = 1}), "refused"));
        CHECK(contains(refusal({.input = "lavfi:testsrc", .extra = {{"nosuchoption", "1"}}}),
                       "nosuchoption"));
    }
}

}  // namespace closet::test
