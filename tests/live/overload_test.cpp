// What is too slow must not slow down the rest. Counts and ages are compared with each other: how
// fast the machine is does not matter.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/doctest_with_torch.h"

#include "live/live_run.h"

namespace closet::test {
namespace {

constexpr double kRate = 60;  ///< of kBlack

TEST_SUITE("live") {
    TEST_CASE("a network that hangs never blocks rendering") {
        LiveRun run(options_for(kBlack), {"white"});
        run.model->gate.close();
        run->start();
        REQUIRE(run.model->gate.wait_for_somebody());
        const LiveStatistics before = run->total();
        CHECK(run.renders(60));  // a second's frames
        const LiveStatistics after = run->total();
        CHECK(after.inferred == before.inferred);
        CHECK(after.drops.inference > before.drops.inference);
        CHECK(after.queue_depth == 10);
        CHECK(after.poses_missing >= 60);
        run.model->gate.open();
        CHECK(eventually([&] { return run->total().inferred > after.inferred; }));
        CHECK(eventually([&] { return run->total().poses_predicted > 0; }));
    }

    TEST_CASE("a network that hangs later leaves people dressed as it saw them last") {
        LiveOptions options = options_for(kBlack);
        options.window = true;
        LiveRun run(options, {"white"});
        run->start();
        REQUIRE(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
        run.model->gate.close();
        REQUIRE(run.model->gate.wait_for_somebody());
        run.model->x = 0.3;
        REQUIRE(run.renders(60));
        CHECK(run.shows([](const Frame& frame) { return chest(frame) > kWhite; }));
        run.model->gate.open();
        CHECK(run.shows([](const Frame& frame) { return chest(frame, 0.3) > kWhite; }));
    }

    TEST_CASE("a network three times too slow costs views and not frames and recovers") {
        LiveOptions options = options_for(kBlack);
        options.load = {.min_batch = 1, .max_batch = 2, .min_interval_s = 0, .max_interval_s = 0.2};
        LiveRun run(options);
        run.model->ms_per_input = 50;
        run->start();
        REQUIRE(eventually([&] { return run->total().inferred > 0; }));
        run->since_last();
        REQUIRE(eventually([&] { return run->total().interval_s > 2 / kRate; }));
        REQUIRE(run.renders(60));
        const LiveStatistics slow = run->since_last();
        CHECK(slow.drops.inference > 0);
        CHECK(slow.rendered > 2 * slow.inferred);
        // Latency of frames knows nothing of the network, and that of poses does not pile up.
        CHECK(slow.latency.p50_ms < 50);
        CHECK(slow.pose_latency.p50_ms < 500 * slow.time_s);
        CHECK(slow.captured <= slow.rendered + slow.drops.render + 2);

        run.model->ms_per_input = 0;
        CHECK(eventually([&] { return run->total().interval_s < 1.01 / kRate; }));
        run->since_last();
        REQUIRE(run.renders(60));
        const LiveStatistics fast = run->since_last();
        CHECK(2 * fast.inferred > fast.rendered);
        CHECK(fast.drops.inference <= slow.drops.inference);
        CHECK(fast.pose_latency.p50_ms < slow.pose_latency.p50_ms);
    }

    TEST_CASE("batch and interval stay as they are told where they must not adapt") {
        LiveOptions options = options_for(kBlack);
        options.adaptive = false;
        options.load = {
            .min_batch = 1, .max_batch = 3, .min_interval_s = 0.02, .max_interval_s = 0.2};
        LiveRun run(options);
        run.model->ms_per_input = 40;
        run->start();
        REQUIRE(eventually([&] { return run->total().drops.inference > 5; }));
        CHECK(run->total().batch == 3);
        CHECK(run->total().interval_s == 0.02);
    }

    TEST_CASE("an output whose reader sleeps costs frames of the output alone") {
        const TemporaryFolder folder;
        const std::string fifo = folder / "fifo";
        REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
        const int reader = open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
        LiveOptions options = options_for(kBlack);
        options.output.target = fifo;
        options.output.format = "y4m";
        LiveRun run(options);
        run->start();
        CHECK(eventually([&] { return run->total().drops.output > 0; }));
        const LiveStatistics before = run->total();
        CHECK(run.renders(30));
        const LiveStatistics after = run->total();
        CHECK(after.put_out == before.put_out);
        CHECK(after.inferred > before.inferred);
        CHECK(after.drops.render - before.drops.render <= after.rendered - before.rendered);
        run->stop();
        CHECK(run.ends());
        close(reader);
    }

    TEST_CASE("a window that is not looked at costs nothing but its own frames") {
        LiveOptions options = options_for(kBlack);
        options.window = true;
        LiveRun run(options);
        run->start();
        REQUIRE(run.renders(30));
        CHECK(run->total().drops.display > 20);
        const auto newest = run->next_to_show(LiveClock::now() + kPatience);
        REQUIRE(newest);
        CHECK(newest->frame.index + 10 > run->total().captured);
    }
}

}  // namespace
}  // namespace closet::test
