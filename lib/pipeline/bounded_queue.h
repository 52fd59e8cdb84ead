#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "core/error.h"

namespace closet {

/// The one place where two threads of a pipeline meet: first in, first out, at most `capacity`
/// items.
///
/// It ends from both sides. The sender's `finish` lets the receiver drain what is queued and then
/// see the end; the receiver's `close` drops what is queued and turns the sender's next push into
/// "nobody wants it", so that a shutdown travels up as well as down.
template <class T>
class BoundedQueue {
  public:
    /// Throws ConfigError for a capacity of 0.
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {
        if (capacity == 0) {
            throw ConfigError("a queue between two stages needs a capacity of at least 1");
        }
    }

    /// Waits for room. False, with the item dropped, once either side has ended.
    bool push(T item) {
        {
            std::unique_lock lock(mutex_);
            room_.wait(lock, [this] { return items_.size() < capacity_ || ended(); });
            if (ended()) {
                return false;
            }
            items_.push_back(std::move(item));
            peak_ = std::max(peak_, items_.size());
        }
        filled_.notify_one();
        return true;
    }

    /// Waits for an item. Nothing once the queue is empty and finished, or closed.
    std::optional<T> pop() {
        std::optional<T> item;
        {
            std::unique_lock lock(mutex_);
            filled_.wait(lock, [this] { return !items_.empty() || ended(); });
            if (items_.empty()) {
                return std::nullopt;
            }
            item.emplace(std::move(items_.front()));
            items_.pop_front();
        }
        room_.notify_one();
        return item;
    }

    /// The sender has nothing more. May be called more than once.
    void finish() {
        {
            const std::lock_guard lock(mutex_);
            finished_ = true;
        }
        wake_all();
    }

    /// The receiver wants nothing more. Items that wait are destroyed here.
    void close() {
        std::deque<T> dropped;  // destroyed after the lock is released
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            dropped.swap(items_);
        }
        wake_all();
    }

    /// The number of items that wait now.
    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

    /// The largest number of items that ever waited.
    std::size_t peak() const {
        const std::lock_guard lock(mutex_);
        return peak_;
    }

  private:
    bool ended() const { return finished_ || closed_; }
    void wake_all() {
        room_.notify_all();
        filled_.notify_all();
    }

    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<T> items_;
    std::size_t peak_ = 0;
    bool finished_ = false;
    bool closed_ = false;
};

}  // namespace closet
