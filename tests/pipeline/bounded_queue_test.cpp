#include "pipeline/bounded_queue.h"

#include <doctest/doctest.h>

#include <memory>
#include <thread>

using closet::BoundedQueue;

TEST_CASE("queue: a finished queue is drained before its end is seen") {
    BoundedQueue<int> queue(3);
    CHECK(queue.push(1));
    CHECK(queue.push(2));
    queue.finish();
    CHECK_FALSE(queue.push(3));
    CHECK(queue.pop() == 1);
    CHECK(queue.pop() == 2);
    CHECK_FALSE(queue.pop());
    CHECK(queue.peak() == 2);
}

TEST_CASE("queue: a closed queue drops what waits and refuses more") {
    BoundedQueue<std::shared_ptr<int>> queue(3);
    auto item = std::make_shared<int>(1);
    CHECK(queue.push(item));
    queue.close();
    CHECK(item.use_count() == 1);
    CHECK_FALSE(queue.push(item));
    CHECK_FALSE(queue.pop());
}

TEST_CASE("queue: a full queue holds its sender back until there is room") {
    BoundedQueue<int> queue(1);
    CHECK(queue.push(0));
    std::jthread sender([&] {
        for (int i = 1; i < 1000; ++i) {
            queue.push(i);
        }
        queue.finish();
    });
    int expected = 0;
    while (auto item = queue.pop()) {
        CHECK(*item == expected++);
    }
    CHECK(expected == 1000);
    CHECK(queue.peak() == 1);
}

TEST_CASE("queue: closing wakes a sender that waits for room") {
    BoundedQueue<int> queue(1);
    CHECK(queue.push(0));
    bool accepted = true;
    {
        std::jthread sender([&] { accepted = queue.push(1); });
        queue.close();
    }
    CHECK_FALSE(accepted);
}

TEST_CASE("queue: a capacity of zero is refused") {
    CHECK_THROWS_AS(BoundedQueue<int>(0), closet::ConfigError);
}
