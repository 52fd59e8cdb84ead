#include "pipeline/worker_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>

using closet::WorkerPool;

TEST_CASE("worker pool: every job runs exactly once whatever the number of threads") {
    for (const unsigned threads : {0U, 1U, 3U}) {
        WorkerPool pool(threads);
        CHECK(pool.concurrency() == threads + 1);
        for (std::size_t count = 0; count < 40; ++count) {
            std::vector<std::atomic<int>> calls(count);
            pool.for_each(count, [&](std::size_t i) { ++calls[i]; });
            for (const auto& times : calls) {
                CHECK(times == 1);
            }
        }
    }
}

TEST_CASE("worker pool: the first exception reaches the caller and the pool stays usable") {
    WorkerPool pool(2);
    std::atomic<int> ended{0};
    CHECK_THROWS_WITH(pool.for_each(10,
                                    [&](std::size_t i) {
                                        ++ended;
                                        if (i == 3) {
                                            throw std::runtime_error("job 3");
                                        }
                                    }),
                      "job 3");
    CHECK(ended == 10);
    pool.for_each(5, [&](std::size_t) { ++ended; });
    CHECK(ended == 15);
}
