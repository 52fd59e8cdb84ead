// A run ends within a second, whatever it is doing.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/doctest_with_torch.h"

#include "live/live_run.h"
#include "support/clips.h"
#include "support/http_server.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

using namespace std::chrono_literals;

/// A second, and another one for a machine that does other things as well.
constexpr auto kSoon = 2s;

const std::string kHeader =
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: video/mp2t\r\n\r\n";

std::string make_stream(const TemporaryFolder& folder) {
    ffmpeg("-f lavfi -i color=black:s=160x120:r=30:d=0.5 -c:v mpeg2video -bf 0 -f mpegts " +
           (folder / "stream.ts"));
    return read_file(folder / "stream.ts");
}

LiveOptions from_network(const std::string& url) {
    LiveOptions options = options_for(url);
    options.capture.timeout_s = 60;
    options.capture.first_backoff_s = options.capture.max_backoff_s = 60;
    return options;
}

template <class Work>
LiveClock::duration time_of(Work work) {
    const auto begin = LiveClock::now();
    work();
    return LiveClock::now() - begin;
}

TEST_SUITE("live shutdown") {
    TEST_CASE("a run that never started ends at once") {
        CHECK(time_of([] { const LiveRun run(options_for(kBlack), {"white"}); }) < kSoon);
        LiveRun run(options_for(kBlack));
        run->stop();
        CHECK(run->wait_for(0s));
        CHECK(run.failure().empty());
    }

    TEST_CASE("a run that was stopped before it started ends as it starts") {
        LiveRun run(options_for(kBlack));
        run->stop();
        run->start();
        CHECK(time_of([&] { CHECK(run.ends()); }) < kSoon);
        CHECK(run.failure().empty());
    }

    TEST_CASE("a run that is left right after its start ends") {
        for (int i = 0; i < 5; ++i) {
            LiveRun run(options_for(kBlack), {"white"});
            run->start();
            CHECK(time_of([&] { run.destroy(); }) < kSoon);
        }
    }

    TEST_CASE("a stop and an end in the middle both end and may come twice") {
        for (const bool in_order : {true, false}) {
            const TemporaryFolder folder;
            LiveRun run(into_file(options_for(kBlack), folder / "out.mkv"), {"white"});
            run->start();
            REQUIRE(eventually([&] { return run->total().put_out > 3; }));
            run->record(folder / "recorded.mkv");
            REQUIRE(run.tells("recording to"));
            REQUIRE(run.renders(5));
            CHECK(time_of([&] {
                      for (int i = 0; i < 2; ++i) {
                          in_order ? run->end() : run->stop();
                      }
                      CHECK(run.ends());
                  }) < kSoon);
            CHECK(run.failure().empty());
            CHECK(frames_of(folder / "out.mkv").size() > 3);
            CHECK(frames_of(folder / "recorded.mkv").size() > 0);
        }
    }

    TEST_CASE("opening a source that does not answer is given up") {
        const HttpServer server(
            [](const HttpRequest&, HttpConnection& client) { client.wait_for_end(); });
        std::stop_source stop;
        LiveClock::time_point stopped;
        const std::jthread stopper([&] {
            std::this_thread::sleep_for(100ms);
            stopped = LiveClock::now();
            stop.request_stop();
        });
        CHECK_THROWS_AS(LiveRun(from_network(server.url("/a.ts")), {}, stop.get_token()),
                        MediaError);
        CHECK(LiveClock::now() - stopped < kSoon);
    }

    TEST_CASE("a source that stalls does not hold up the end") {
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string stream = make_stream(folder);
        const HttpServer server([&](const HttpRequest&, HttpConnection& client) {
            client.send(kHeader + stream);
            client.wait_for_end();
        });
        for (const bool in_order : {true, false}) {
            LiveRun run(into_file(from_network(server.url("/a.ts")), folder / "out.mkv"));
            run->start();
            REQUIRE(eventually([&] { return run->total().put_out > 0; }));
            CHECK(time_of([&] {
                      in_order ? run->end() : run->stop();
                      CHECK(run.ends());
                  }) < kSoon);
            CHECK(run.failure().empty());
            CHECK(frames_of(folder / "out.mkv").size() > 0);
            std::filesystem::remove(folder / "out.mkv");
        }
    }

    TEST_CASE("a source that is waited for does not hold up the end") {
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string stream = make_stream(folder);
        const HttpServer server(
            [&](const HttpRequest&, HttpConnection& client) { client.send(kHeader + stream); });
        for (const bool in_order : {true, false}) {
            LiveRun run(from_network(server.url("/a.ts")));
            run->start();
            REQUIRE(eventually([&] { return !run->connected(); }));
            CHECK(!run->total().connected);
            CHECK(time_of([&] {
                      in_order ? run->end() : run->stop();
                      CHECK(run.ends());
                  }) < kSoon);
            CHECK(run.failure().empty());
        }
    }

    TEST_CASE("frames that are enough end a run whose source stalls") {
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string stream = make_stream(folder);
        const HttpServer server([&](const HttpRequest&, HttpConnection& client) {
            client.send(kHeader + stream);
            client.wait_for_end();
        });
        LiveOptions options = from_network(server.url("/a.ts"));
        options.max_frames = 1;
        LiveRun run(options);
        run->start();
        CHECK(run.ends());
        CHECK(run->total().rendered == 1);
    }

    TEST_CASE("a network in the middle of a call is waited for and no longer") {
        LiveRun run(options_for(kBlack), {"white"});
        run.model->ms_per_input = 300;
        run->start();
        REQUIRE(eventually([&] { return run.model->calls > 1; }));
        CHECK(time_of([&] {
                  run->stop();
                  CHECK(run.ends());
              }) < kSoon);
        CHECK(run.failure().empty());
    }

    TEST_CASE("views that wait for a slow network do not hold up the end") {
        const TemporaryFolder folder;
        LiveRun run(into_file(options_for(kBlack), folder / "out.mkv"));
        run.model->ms_per_input = 300;
        run->start();
        REQUIRE(eventually([&] { return run->total().queue_depth > 5; }));
        CHECK(time_of([&] {
                  run->end();
                  CHECK(run.ends());
              }) < kSoon);
        CHECK(static_cast<std::int64_t>(frames_of(folder / "out.mkv").size()) ==
              run->total().put_out);
    }

    TEST_CASE("an output whose reader sleeps does not hold up a stop") {
        for (const bool destroyed : {true, false}) {
            const TemporaryFolder folder;
            const std::string fifo = folder / "fifo";
            REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
            const int reader = open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
            LiveOptions options = options_for(kBlack);
            options.output.target = fifo;
            options.output.format = "y4m";
            LiveRun run(options, {"white"});
            run->start();
            REQUIRE(eventually([&] { return run->total().drops.output > 0; }));
            CHECK(time_of([&] {
                      run->stop();
                      if (destroyed) {
                          run.destroy();
                      } else {
                          CHECK(run.ends());
                      }
                  }) < kSoon);
            close(reader);
        }
    }

    TEST_CASE("a window that waits for a frame is let go") {
        LiveOptions options = options_for("lavfi:color=black:size=160x120:rate=1");
        options.window = true;
        LiveRun run(options);
        run->start();
        std::jthread stopper([&] {
            std::this_thread::sleep_for(100ms);
            run->stop();
        });
        CHECK(time_of([&] {
                  while (run->next_to_show(LiveClock::now() + kPatience)) {
                  }
              }) < kSoon);
        CHECK(run.ends());
    }
}

}  // namespace
}  // namespace closet::test
