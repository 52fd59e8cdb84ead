#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

#include "core/frame.h"

namespace closet {

/// Note [Bytes in flight]
/// Queues count items, and an item may be a dozen frames, so what bounds a pipeline's memory is
/// this: each frame is counted from the source on until it is destroyed, and the source waits while
/// more than `limit` bytes are on their way. How many frames the stages hold back before anything
/// comes out (a batch, the next key frame, a smoother's window) is nobody's knowledge, so there is
/// one exception: where every stage waits for input and every queue is empty, nothing can move but
/// by another frame, and the source goes on. So a run never stands still, however small the limit.
/// What was in flight then is what the stages need, or less; the limit becomes a sixteenth more
/// than that, so that they soon work side by side again.
class ByteBudget {
  public:
    /// `limit`: bytes. `followers`: the threads behind the source that wait for input, each of
    /// which tells of it by `idle`.
    ByteBudget(std::size_t limit, std::size_t followers) : followers_(followers), limit_(limit) {}

    /// Counts so many bytes, or as many as they become, until the last copy of the result is gone.
    /// The budget may go first.
    static std::shared_ptr<MemoryShare> take(std::shared_ptr<ByteBudget> budget, std::size_t bytes);

    /// Waits until the source may make another item: see the note.
    void wait_for_room();

    /// One more follower (or less) waits in front of an empty queue.
    void idle(bool begins);

    /// Nobody waits any more.
    void close();

    std::size_t peak() const;  ///< the most bytes that were ever in flight

  private:
    class Share;
    void change(std::size_t from, std::size_t to);
    bool is_scarce() const;

    const std::size_t followers_;
    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::size_t limit_;
    std::size_t bytes_ = 0, peak_ = 0, idle_ = 0;
    bool closed_ = false;
};

}  // namespace closet
