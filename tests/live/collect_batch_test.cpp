#include "live/collect_batch.h"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <thread>

#include "live/scripted_queue.h"

using closet::CollectBatch;
using closet::LatestQueue;
using closet::test::FakeClock;
using closet::test::ScriptedQueue;
using closet::test::TimedView;

namespace {

const std::stop_token kNoStop;

/// A queue of views that come at known milliseconds, and what is made of them.
struct Scene {
    explicit Scene(std::initializer_list<double> at_ms) {
        for (const double ms : at_ms) {
            queue.expect(1e-3 * ms);
        }
    }

    /// The views of the next batch, in milliseconds.
    std::vector<double> next(std::size_t size) {
        last = collect.next(size, kNoStop);
        std::vector<double> at_ms;
        if (last) {
            for (const TimedView& view : last->views) {
                at_ms.push_back(std::round(1e3 * view.at_s));
            }
        }
        return at_ms;
    }
    double now_ms() const { return 1e3 * clock.seconds(); }

    FakeClock clock;
    ScriptedQueue queue{clock, 10};
    CollectBatch<TimedView, ScriptedQueue> collect{queue, {}, [this] { return clock.now; }};
    std::optional<closet::Collected<TimedView>> last;
};

using Times = std::vector<double>;

}  // namespace

TEST_CASE("collect batch: a size of one never waits for more") {
    Scene scene({5, 6});
    CHECK(scene.next(1) == Times{5});
    CHECK(scene.now_ms() == doctest::Approx(5));
    CHECK(scene.next(1) == Times{6});
    CHECK(scene.now_ms() == doctest::Approx(6));
}

TEST_CASE("collect batch: a full batch goes at once") {
    Scene scene({10, 14, 18, 22});
    CHECK(scene.next(3) == Times{10, 14, 18});
    CHECK(scene.now_ms() == doctest::Approx(18));
    CHECK(scene.last->waiting == 3);
}

TEST_CASE("collect batch: a view alone waits for the short time only") {
    Scene scene({10, 23});
    CHECK(scene.next(5) == Times{10});
    CHECK(scene.now_ms() == doctest::Approx(22.5));
}

TEST_CASE("collect batch: views that come one after the other wait for the long time") {
    Scene scene({10, 20, 30, 36});
    CHECK(scene.next(5) == Times{10, 20, 30});
    CHECK(scene.now_ms() == doctest::Approx(35));
    CHECK(scene.next(5) == Times{36});
}

TEST_CASE("collect batch: time counts from when the first view was taken") {
    Scene scene({10, 60, 70});
    scene.clock.advance(0.05);
    CHECK(scene.next(4) == Times{10, 60, 70});  // taken at 50: the batch goes at 75
    CHECK(scene.now_ms() == doctest::Approx(75));
}

TEST_CASE("collect batch: of views that wait the newest go and the rest is stale") {
    Scene scene({1, 2, 3, 4, 5});
    scene.clock.advance(0.01);
    CHECK(scene.next(3) == Times{3, 4, 5});
    CHECK(scene.now_ms() == doctest::Approx(10));
    CHECK(scene.last->waiting == 5);
    CHECK(scene.last->stale == 2);
    CHECK(scene.collect.stale() == 2);
    CHECK(scene.next(3).empty());
}

TEST_CASE("collect batch: stale views add up") {
    Scene scene({1, 2, 11, 12, 13});
    scene.clock.advance(0.005);
    CHECK(scene.next(1) == Times{2});
    scene.clock.advance(0.01);
    CHECK(scene.next(1) == Times{13});
    CHECK(scene.last->stale == 2);
    CHECK(scene.collect.stale() == 3);
}

TEST_CASE("collect batch: the end of the queue sends what there is") {
    LatestQueue<int> queue(4);
    CollectBatch<int> collect(queue, {std::chrono::hours(1), std::chrono::hours(1)});
    queue.push(1);
    queue.push(2);
    queue.close();
    const auto batch = collect.next(3, kNoStop);
    REQUIRE(batch);
    CHECK(batch->views == std::vector{1, 2});
    CHECK_FALSE(collect.next(3, kNoStop));
}

TEST_CASE("collect batch: a stop ends the wait for a first view and for more") {
    LatestQueue<int> queue(4);
    CollectBatch<int> collect(queue, {std::chrono::hours(1), std::chrono::hours(1)});
    bool got_any = false;
    {
        const std::jthread waits(
            [&](const std::stop_token& stop) { got_any |= collect.next(2, stop).has_value(); });
    }
    queue.push(1);
    {
        const std::jthread waits(
            [&](const std::stop_token& stop) { got_any |= collect.next(2, stop).has_value(); });
    }
    CHECK_FALSE(got_any);
}

TEST_CASE("collect batch: views may be movable only") {
    LatestQueue<std::unique_ptr<int>> queue(2);
    CollectBatch<std::unique_ptr<int>> collect(queue);
    queue.push(std::make_unique<int>(7));
    const auto batch = collect.next(1, kNoStop);
    REQUIRE(batch);
    CHECK(*batch->views.at(0) == 7);
}
