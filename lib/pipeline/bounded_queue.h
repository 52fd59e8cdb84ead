#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/error.h"
#include "pipeline/byte_budget.h"

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
    /// Throws ConfigError for a capacity of 0. `budget`, if any, is told while a receiver waits in
    /// front of the empty queue.
    explicit BoundedQueue(std::size_t capacity, std::shared_ptr<ByteBudget> budget = nullptr)
        : capacity_(capacity), budget_(std::move(budget)) {
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
            set_idle(false);
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
            set_idle(items_.empty() && !ended());
            filled_.wait(lock, [this] { return !items_.empty() || ended(); });
            set_idle(false);
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

    /// Under the lock: an item ends the receiver's idleness when it comes, not when the receiver
    /// wakes up.
    void set_idle(bool idle) {
        if (budget_ != nullptr && idle != idle_) {
            budget_->idle(idle);
        }
        idle_ = idle;
    }

    const std::size_t capacity_;
    const std::shared_ptr<ByteBudget> budget_;
    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<T> items_;
    std::size_t peak_ = 0;
    bool finished_ = false;
    bool closed_ = false;
    bool idle_ = false;  ///< the receiver waits in front of the empty queue
};

}  // namespace closet
