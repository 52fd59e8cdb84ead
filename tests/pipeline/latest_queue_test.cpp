#include "pipeline/latest_queue.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <thread>

using closet::LatestQueue;
using closet::LiveClock;
using namespace std::chrono_literals;

namespace {

const std::stop_token kNoStop;

/// Asks its queue for its size when it is destroyed: deadlocks where that happens under the lock.
struct Curious {
    LatestQueue<std::unique_ptr<Curious>>* queue = nullptr;
    std::size_t* seen = nullptr;
    Curious(LatestQueue<std::unique_ptr<Curious>>* asked, std::size_t* answer)
        : queue(asked), seen(answer) {}
    ~Curious() { *seen = queue->size(); }
    Curious(const Curious&) = delete;
    Curious& operator=(const Curious&) = delete;
};

}  // namespace

TEST_CASE("latest queue: items come out in order and the oldest gives way") {
    LatestQueue<int> queue(2);
    CHECK(queue.capacity() == 2);
    for (int i = 1; i <= 5; ++i) {
        CHECK(queue.push(i));
    }
    CHECK(queue.dropped() == 3);
    CHECK(queue.size() == 2);
    CHECK(queue.pop(kNoStop) == 4);
    CHECK(queue.pop(kNoStop) == 5);
    CHECK(queue.size() == 0);
}

TEST_CASE("latest queue: all that wait are taken at once") {
    LatestQueue<int> queue(3);
    CHECK(queue.take_all().empty());
    for (int i = 1; i <= 4; ++i) {
        queue.push(i);
    }
    CHECK(queue.take_all() == std::vector{2, 3, 4});
    CHECK(queue.size() == 0);
    CHECK(queue.dropped() == 1);
}

TEST_CASE("latest queue: a closed queue refuses items and hands out what is left") {
    LatestQueue<int> queue(2);
    queue.push(1);
    queue.close();
    queue.close();
    CHECK(queue.closed());
    CHECK_FALSE(queue.push(2));
    CHECK(queue.pop(kNoStop) == 1);
    CHECK_FALSE(queue.pop(kNoStop));
    CHECK(queue.dropped() == 0);
}

TEST_CASE("latest queue: nothing is handed out once a stop is requested") {
    LatestQueue<int> queue(2);
    queue.push(1);
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(queue.pop(stop.get_token()));
    CHECK_FALSE(queue.pop_until(stop.get_token(), LiveClock::time_point::max()));
    CHECK(queue.size() == 1);
}

TEST_CASE("latest queue: a deadline in the past takes what waits and nothing else") {
    LatestQueue<int> queue(2);
    const auto past = LiveClock::now() - 1s;
    CHECK_FALSE(queue.pop_until(kNoStop, past));
    queue.push(1);
    CHECK(queue.pop_until(kNoStop, past) == 1);
}

TEST_CASE("latest queue: a deadline ends the wait") {
    LatestQueue<int> queue(2);
    const auto deadline = LiveClock::now() + 2ms;
    CHECK_FALSE(queue.pop_until(kNoStop, deadline));
    CHECK(LiveClock::now() >= deadline);
}

TEST_CASE("latest queue: an item ends the wait of a receiver") {
    LatestQueue<int> queue(1);
    std::optional<int> first;
    std::optional<int> second;
    {
        std::jthread receiver([&](const std::stop_token& stop) {
            first = queue.pop(stop);
            second = queue.pop_until(stop, LiveClock::now() + 1h);
            queue.close();
        });
        queue.push(1);
        while (queue.push(2)) {  // until the receiver has taken both
            std::this_thread::yield();
        }
        receiver.join();
    }
    CHECK(first);
    CHECK(second == 2);
}

TEST_CASE("latest queue: closing and stopping end the wait of receivers") {
    LatestQueue<int> queue(1);
    bool got_any = false;
    {
        std::jthread closed([&] { got_any |= queue.pop(kNoStop).has_value(); });
        queue.close();
    }
    LatestQueue<int> open(1);
    {
        const std::jthread stopped([&](const std::stop_token& stop) {
            got_any |= open.pop(stop).has_value();
            got_any |= open.pop_until(stop, LiveClock::now() + 1h).has_value();
        });
    }  // the destructor asks for the stop
    CHECK_FALSE(got_any);
}

TEST_CASE("latest queue: dropped items are destroyed outside the lock") {
    std::size_t seen = 0;
    LatestQueue<std::unique_ptr<Curious>> queue(1);
    queue.push(std::make_unique<Curious>(&queue, &seen));
    queue.push(std::make_unique<Curious>(&queue, &seen));
    CHECK(seen == 1);  // the newer one waits already
    queue.close();
    seen = 0;
    queue.push(std::make_unique<Curious>(&queue, &seen));
    CHECK(seen == 1);
    queue.take_all();
    CHECK(seen == 0);
}

TEST_CASE("latest queue: whatever is sent is received or counted as dropped") {
    constexpr int kSenders = 2;
    constexpr int kEach = 2000;
    LatestQueue<int> queue(3);
    std::int64_t received = 0;
    bool in_order = true;
    {
        std::jthread receiver([&] {
            std::vector<int> last(kSenders, -1);
            while (const auto item = queue.pop(kNoStop)) {
                int& before = last[static_cast<std::size_t>(*item / kEach)];
                in_order &= *item > before;
                before = *item;
                ++received;
            }
        });
        std::vector<std::jthread> senders;
        for (int sender = 0; sender < kSenders; ++sender) {
            senders.emplace_back([&queue, sender] {
                for (int i = 0; i < kEach; ++i) {
                    queue.push(sender * kEach + i);
                }
            });
        }
        senders.clear();
        queue.close();
    }
    CHECK(in_order);
    CHECK(received + queue.dropped() == kSenders * kEach);
}

TEST_CASE("latest queue: a capacity of zero is refused") {
    CHECK_THROWS_AS(LatestQueue<int>(0), closet::ConfigError);
}
