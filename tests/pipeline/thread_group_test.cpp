#include "pipeline/thread_group.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <latch>
#include <stdexcept>
#include <string_view>

#include <pthread.h>

#include "core/error.h"
#include "pipeline/latest_queue.h"
#include "pipeline/stage_timing.h"

using closet::Error;
using closet::LatestQueue;
using closet::StageClock;
using closet::ThreadGroup;
using namespace std::chrono_literals;

namespace {

/// A body that waits for a stop and nothing else.
void idle(const std::stop_token& stop, StageClock&) {
    LatestQueue<int> never(1);
    never.pop(stop);
}

}  // namespace

TEST_CASE("threads: without threads a group has ended") {
    ThreadGroup group;
    CHECK(group.finished());
    CHECK(group.wait_for(0s));
    group.wait();
    CHECK(group.metrics().empty());
}

TEST_CASE("threads: tools show them by name, as far as it fits") {
    std::array<char, 64> shown{};
    ThreadGroup group;
    group.add("a name of more than 15 bytes", [&](const std::stop_token&, StageClock&) {
        pthread_getname_np(pthread_self(), shown.data(), shown.size());
    });
    group.wait();
    CHECK(std::string_view(shown.data()) == "a name of more ");
}

TEST_CASE("threads: a body that returns ends its own thread only") {
    ThreadGroup group;
    std::latch ended(1);
    group.add("short", [&](const std::stop_token&, StageClock&) { ended.count_down(); });
    group.add("long", idle);
    ended.wait();
    CHECK_FALSE(group.finished());
    CHECK_FALSE(group.stopping());
    CHECK_FALSE(group.wait_for(1ms));
    group.stop();
    group.wait();
    CHECK(group.finished());
    CHECK(group.wait_for(0s));
}

TEST_CASE("threads: a body may end all") {
    ThreadGroup group;
    group.add("idle", idle);
    group.add("idle too", idle);
    group.add("quits", [&](const std::stop_token& stop, StageClock&) {
        group.stop();
        CHECK(stop.stop_requested());
    });
    group.wait();
    CHECK(group.finished());
}

TEST_CASE("threads: an exception ends all and is rethrown") {
    ThreadGroup group;
    group.add("idle", idle);
    group.add("fails", [](const std::stop_token&, StageClock&) { throw Error("no more"); });
    CHECK_THROWS_WITH_AS(group.wait(), "no more", Error);
    CHECK(group.finished());
    CHECK_THROWS_AS(group.wait(), Error);  // and again
}

TEST_CASE("threads: the first exception is the one that counts") {
    ThreadGroup group;
    group.add("second", [](const std::stop_token& stop, StageClock& clock) {
        idle(stop, clock);
        throw Error("second");
    });
    group.add("first", [](const std::stop_token&, StageClock&) { throw Error("first"); });
    CHECK_THROWS_WITH_AS(group.wait(), "first", Error);
}

TEST_CASE("threads: an error from outside ends all") {
    ThreadGroup group;
    group.add("idle", idle);
    group.fail(std::make_exception_ptr(Error("the window is gone")));
    CHECK_THROWS_WITH_AS(group.wait(), "the window is gone", Error);
}

TEST_CASE("threads: what waits without a stop token is woken by a closer") {
    ThreadGroup group;
    LatestQueue<int> queue(1);
    std::atomic<int> closed{0};
    group.on_stop([&] {
        ++closed;
        queue.close();
    });
    group.add("waits", [&](const std::stop_token&, StageClock&) { queue.pop(std::stop_token()); });
    CHECK(closed == 0);
    group.stop();
    group.stop();
    group.wait();
    CHECK(closed == 1);
    group.on_stop([&] { ++closed; });  // late: called at once
    CHECK(closed == 2);
}

TEST_CASE("threads: a thread that is added after a stop sees it at once") {
    ThreadGroup group;
    group.stop();
    group.add("late", idle);
    group.wait();
}

TEST_CASE("threads: the destructor stops and joins and drops the error") {
    std::atomic<int> ended{0};
    {
        ThreadGroup group;
        for (int i = 0; i < 3; ++i) {
            group.add("idle", [&](const std::stop_token& stop, StageClock& clock) {
                idle(stop, clock);
                ++ended;
            });
        }
        group.add("fails", [&](const std::stop_token&, StageClock&) {
            ++ended;
            throw std::runtime_error("nobody asks");
        });
    }
    CHECK(ended == 4);
}

TEST_CASE("threads: stops from many threads at once are one") {
    for (int round = 0; round < 20; ++round) {
        ThreadGroup group;
        std::atomic<int> closed{0};
        group.on_stop([&] { ++closed; });
        for (int i = 0; i < 4; ++i) {
            group.add("both", [&group, i](const std::stop_token&, StageClock&) {
                if (i % 2 == 0) {
                    throw Error("no more");
                }
                group.stop();
            });
        }
        CHECK_THROWS_AS(group.wait(), Error);
        CHECK(closed == 1);
    }
}

TEST_CASE("threads: metrics are there by name and in order, also while threads run") {
    ThreadGroup group;
    LatestQueue<int> queue(4);
    std::latch worked(1);
    group.add("render", [&](const std::stop_token& stop, StageClock& clock) {
        const auto take = [&] { return queue.pop(stop); };
        while (closet::await_input(clock, take)) {
            {
                const closet::BusyTimer timer(clock);
                const closet::PartTimer part(closet::Part::kBlend);
            }
            clock.count_out();
            worked.count_down();
        }
    });
    group.add("output", idle);
    queue.push(1);
    worked.wait();
    auto metrics = group.metrics();
    REQUIRE(metrics.size() == 2);
    CHECK(metrics[0].name == "render");
    CHECK(metrics[1].name == "output");
    CHECK(metrics[0].items_in == 1);
    CHECK(metrics[0].items_out == 1);
    REQUIRE(metrics[0].parts.size() == 1);
    CHECK(metrics[0].parts[0].name == "blend");
    group.stop();
    group.wait();
    metrics = group.metrics();
    CHECK(metrics[0].busy_s > 0);
    CHECK(metrics[0].cpu_s > 0);
    CHECK(metrics[0].wait_input_s > 0);
    CHECK(metrics[1].items_in == 0);
}

TEST_CASE("threads: time that was waited for is not work") {
    StageClock clock("stage");
    {
        closet::BusyTimer timer(clock);
        timer.waited(1h);
    }
    CHECK(clock.read().busy_s < -3599);  // what is left of an hour that never passed
}
