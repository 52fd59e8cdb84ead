#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "core/captured_frame.h"
#include "core/error.h"

namespace closet {

/// Where two threads of a live run meet: the sender never waits, the oldest item is dropped and
/// counted when there is no room. Safe for several senders and receivers.
template <class T>
class LatestQueue {
  public:
    /// Throws ConfigError for a capacity of 0.
    explicit LatestQueue(std::size_t capacity);

    /// False, with the item dropped, once the queue is closed.
    bool push(T item);

    /// Waits for an item. Nothing once the queue is closed (what is left may still be taken) or a
    /// stop is requested.
    std::optional<T> pop(const std::stop_token& stop);
    /// The same, but nothing after `deadline` either.
    std::optional<T> pop_until(const std::stop_token& stop, LiveClock::time_point deadline);
    /// All that wait, oldest first; never blocks.
    std::vector<T> take_all();

    /// The sender has nothing more.
    void close();
    bool closed() const;

    std::size_t size() const;
    std::size_t capacity() const;
    std::int64_t dropped() const;  ///< items that gave way to newer ones
};

}  // namespace closet
