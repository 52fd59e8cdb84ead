// Each failure ends in one exception or one message, and what was complete stays so.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

#include "support/doctest_with_torch.h"

#include "live/live_run.h"
#include "support/full_disk.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

/// A FIFO that somebody reads until it is told not to.
class Reader {
  public:
    explicit Reader(const std::string& path) {
        std::signal(SIGPIPE, SIG_IGN);
        if (mkfifo(path.c_str(), 0600) != 0) {
            throw std::runtime_error("cannot make a FIFO");
        }
        descriptor_ = open(path.c_str(), O_RDONLY | O_NONBLOCK);
    }
    ~Reader() { leave(); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    Reader(Reader&&) = delete;
    Reader& operator=(Reader&&) = delete;

    void leave() {
        if (descriptor_ >= 0) {
            close(std::exchange(descriptor_, -1));
        }
    }

  private:
    int descriptor_ = -1;
};

TEST_SUITE("live") {
    TEST_CASE("a network that throws ends the run with its message and a complete file") {
        const TemporaryFolder folder;
        LiveRun run(into_file(options_for(kBlack), folder / "out.mkv"));
        run->start();
        REQUIRE(eventually([&] { return run->total().put_out > 5; }));
        run.model->is_broken = true;
        REQUIRE(run.ends());
        CHECK(run.failure() == "the network broke");
        CHECK(run.failure() == "the network broke");  // for everybody who asks
        CHECK(frames_of(folder / "out.mkv").size() > 5);
        CHECK(!run->next_to_show(LiveClock::now() + kPatience));
    }

    TEST_CASE("a network that fails at once ends the run as well") {
        LiveRun run(options_for(kBlack));
        run.model->is_broken = true;
        run->start();
        REQUIRE(run.ends());
        CHECK(run.failure() == "the network broke");
    }

    TEST_CASE("an output whose reader goes away ends the run and finishes the recording") {
        const TemporaryFolder folder;
        const std::string fifo = folder / "fifo";
        Reader reader(fifo);
        LiveOptions options = options_for("lavfi:color=black:size=32x24:rate=60");
        options.output.target = fifo;
        options.output.format = "y4m";
        LiveRun run(options);
        run->record(folder / "recorded.mkv");
        run->start();
        REQUIRE(eventually([&] { return run->total().put_out > 5; }));
        reader.leave();
        REQUIRE(run.ends());
        CHECK(run.failure().find(fifo) != std::string::npos);
        CHECK(frames_of(folder / "recorded.mkv").size() > 5);
        CHECK(run->recording().empty());
    }

    TEST_CASE("a full disk ends the run with one sentence") {
        const TemporaryFolder folder;
        const std::string out = folder / "out.y4m";
        const FullDisk disk(400'000);
        LiveOptions options = options_for(kBlack);
        options.output.target = out;
        LiveRun run(options);
        run->start();
        REQUIRE(run.ends());
        CHECK(run.failure().find(out + ": File too large") != std::string::npos);
    }

    TEST_CASE("a recording that fails ends alone") {
        const TemporaryFolder folder;
        LiveRun run(options_for(kBlack));
        run->start();
        REQUIRE(run.renders(2));
        run->record(folder / "no/such/folder/a.mkv");
        CHECK(run.tells("a.mkv"));
        CHECK(run->recording().empty());
        {
            const FullDisk disk(400'000);
            run->record(folder / "full.y4m");
            CHECK(run.tells("the recording ended: "));
            CHECK(eventually([&] { return run->recording().empty(); }));
        }
        CHECK(run.renders(10));
        run->record(folder / "fine.mkv");
        CHECK(run.tells("recording to "));
        CHECK(run.renders(10));
        run->end();
        REQUIRE(run.ends());
        CHECK(run.failure().empty());
        CHECK(frames_of(folder / "fine.mkv").size() > 2);
    }

    TEST_CASE("a source or an output that cannot be opened is refused before anything starts") {
        const TemporaryFolder folder;
        const auto refusal = [](const LiveOptions& options) -> std::string {
            try {
                const LiveRun run(options);
            } catch (const Error& error) {
                return error.what();
            }
            return {};
        };
        CHECK(refusal(options_for(folder / "absent.mp4")).find("absent.mp4") != std::string::npos);
        CHECK(refusal(into_file(options_for(kBlack), folder / "no/such/out.mkv")).find("out.mkv") !=
              std::string::npos);
        LiveOptions options = options_for(kBlack);
        options.warp.warp = "cape";
        CHECK(refusal(options).find("cape") != std::string::npos);
    }

    TEST_CASE("a first garment that cannot be worn is refused before anything starts") {
        CHECK_THROWS_AS(LiveRun(options_for(kBlack), {"bad"}), Error);
    }

    TEST_CASE("a source that turns to garbage ends with what was there") {
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string fifo = folder / "fifo";
        REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
        std::jthread writer([&] {
            std::ofstream pipe(fifo, std::ios::binary);
            pipe << "YUV4MPEG2 W32 H24 F60:1 Ip C420jpeg\n";
            for (int i = 0; i < 20; ++i) {
                pipe << "FRAME\n" << std::string(32 * 24 * 3 / 2, '\x20');
            }
            pipe << std::string(2000, '\x5a');
        });
        LiveOptions options = into_file(options_for(fifo), folder / "out.mkv");
        LiveRun run(options);
        writer.join();
        run->start();
        REQUIRE(run.ends());
        run.failure();  // an end or an error, both are in order
        CHECK(run->total().captured > 0);
        CHECK(static_cast<std::int64_t>(frames_of(folder / "out.mkv").size()) ==
              run->total().put_out);
    }
}

}  // namespace
}  // namespace closet::test
