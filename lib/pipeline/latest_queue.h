#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/frame.h"

namespace closet {

/// Where two threads of a live run meet: the sender never waits, the oldest item is dropped and
/// counted when there is no room. Safe for several senders and receivers; items are destroyed
/// outside the lock.
template <class T>
class LatestQueue {
  public:
    /// Throws ConfigError for a capacity of 0.
    explicit LatestQueue(std::size_t capacity) : capacity_(capacity) {
        if (capacity == 0) {
            throw ConfigError("a queue between two threads needs a capacity of at least 1");
        }
    }

    /// False, with the item dropped, once the queue is closed.
    bool push(T item) {
        std::optional<T> oldest;
        {
            const std::lock_guard lock(mutex_);
            if (closed_) {
                return false;
            }
            if (items_.size() == capacity_) {
                oldest = take_front();
                ++dropped_;
            }
            items_.push_back(std::move(item));
        }
        filled_.notify_one();
        return true;
    }

    /// Waits for the oldest item. Nothing once a stop is requested, or once the queue is closed and
    /// what was left in it is taken.
    std::optional<T> pop(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, stop, [this] { return has_news(); });
        return stop.stop_requested() ? std::nullopt : take_front();
    }

    /// The same, but nothing after `deadline` either; what waits is taken in any case.
    std::optional<T> pop_until(const std::stop_token& stop, LiveClock::time_point deadline) {
        std::unique_lock lock(mutex_);
        filled_.wait_until(lock, stop, deadline, [this] { return has_news(); });
        return stop.stop_requested() ? std::nullopt : take_front();
    }

    /// All that wait, oldest first; never blocks.
    std::vector<T> take_all() {
        std::deque<T> taken;
        {
            const std::lock_guard lock(mutex_);
            taken.swap(items_);
        }
        return {std::make_move_iterator(taken.begin()), std::make_move_iterator(taken.end())};
    }

    /// The sender has nothing more. May be called more than once.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        filled_.notify_all();
    }

    bool closed() const {
        const std::lock_guard lock(mutex_);
        return closed_;
    }

    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

    std::size_t capacity() const { return capacity_; }

    /// Items that gave way to newer ones.
    std::int64_t dropped() const {
        const std::lock_guard lock(mutex_);
        return dropped_;
    }

  private:
    bool has_news() const { return !items_.empty() || closed_; }

    std::optional<T> take_front() {
        std::optional<T> item;
        if (!items_.empty()) {
            item.emplace(std::move(items_.front()));
            items_.pop_front();
        }
        return item;
    }

    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable_any filled_;  ///< notified of items and of the end
    std::deque<T> items_;
    std::int64_t dropped_ = 0;
    bool closed_ = false;
};

}  // namespace closet
