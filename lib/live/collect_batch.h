#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "pipeline/latest_queue.h"
#include "pipeline/part_clock.h"

namespace closet {

/// How long the first view of a batch waits for others, from when it was taken out of the queue.
struct CollectOptions {
    LiveClock::duration frame_timeout = std::chrono::microseconds(25'000);  ///< others come
    LiveClock::duration batch_timeout = std::chrono::microseconds(12'500);  ///< none came so far
};

/// Views for one call of the networks.
template <class View>
struct Collected {
    std::vector<View> views;  ///< at least one, in the order in which they were queued
    std::size_t waiting = 0;  ///< views that were there when it was put together, stale ones too
    std::int64_t stale = 0;   ///< views that gave way to newer ones here
};

/// Puts batches together from the queue of views. The newest views go, older ones that do not fit
/// are dropped: latest wins. A batch that is full goes at once; one that is not waits for more, but
/// no longer than its views lose by it. For one thread.
///
/// `Queue` is LatestQueue<View> but in tests.
template <class View, class Queue = LatestQueue<View>>
class CollectBatch {
  public:
    using Now = std::function<LiveClock::time_point()>;

    explicit CollectBatch(Queue& queue, CollectOptions options = {}, Now now = &LiveClock::now)
        : queue_(queue), options_(options), now_(std::move(now)) {}

    /// Waits for the first view, then for more, up to `size` (at least 1; 1 never waits for more).
    /// Nothing once a stop is requested or the queue is closed and empty.
    std::optional<Collected<View>> next(std::size_t size, const std::stop_token& stop);

    /// Views that grew stale since the start; safe from any thread.
    std::int64_t stale() const { return stale_.load(std::memory_order_relaxed); }

  private:
    void take_what_waits(std::vector<View>& views) {
        std::vector<View> more = queue_.take_all();
        std::move(more.begin(), more.end(), std::back_inserter(views));
    }

    Queue& queue_;
    CollectOptions options_;
    Now now_;
    std::atomic<std::int64_t> stale_{0};
};

template <class View, class Queue>
std::optional<Collected<View>> CollectBatch<View, Queue>::next(std::size_t size,
                                                               const std::stop_token& stop) {
    std::optional<View> first = queue_.pop(stop);
    if (!first) {
        return std::nullopt;
    }
    const PartTimer timer(Part::kBatchWait);
    const LiveClock::time_point begun = now_();
    Collected<View> batch;
    std::vector<View>& views = batch.views;
    views.push_back(std::move(*first));
    take_what_waits(views);
    while (views.size() < size) {
        const bool alone = views.size() == 1;
        const auto timeout = alone ? options_.batch_timeout : options_.frame_timeout;
        std::optional<View> view = queue_.pop_until(stop, begun + timeout);
        if (!view) {
            break;  // time is up, or nothing more will come
        }
        views.push_back(std::move(*view));
        take_what_waits(views);
    }
    if (stop.stop_requested()) {
        return std::nullopt;
    }
    batch.waiting = views.size();
    const std::size_t stale = views.size() - std::min(views.size(), std::max<std::size_t>(size, 1));
    views.erase(views.begin(), views.begin() + static_cast<std::ptrdiff_t>(stale));
    batch.stale = static_cast<std::int64_t>(stale);
    stale_ += batch.stale;
    return batch;
}

}  // namespace closet
