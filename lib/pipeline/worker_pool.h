#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace closet {

/// Threads that share the jobs of one call; those that last for a run are ThreadGroup's.
///
/// Inference uses it to keep as many single-threaded calls in flight as there are cores, which was
/// measured to be faster than one call with several spinning threads (docs/pipeline.md).
class WorkerPool {
  public:
    /// `threads` helpers beside the calling thread; 0 runs every job on the caller.
    explicit WorkerPool(unsigned threads);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    WorkerPool(WorkerPool&&) = delete;
    WorkerPool& operator=(WorkerPool&&) = delete;

    /// Calls job(0) ... job(count - 1), each exactly once, in any order and on any thread; returns
    /// when all are done. The first exception is rethrown after the others have ended. One caller
    /// at a time: a second one waits.
    void for_each(std::size_t count, const std::function<void(std::size_t)>& job);

    /// How many jobs run at the same time: the helpers and the caller.
    unsigned concurrency() const { return static_cast<unsigned>(threads_.size()) + 1; }

  private:
    void serve();
    void take_jobs(std::unique_lock<std::mutex>& lock);

    std::mutex caller_;  ///< held for the length of a call
    std::mutex mutex_;   ///< guards everything below
    std::condition_variable work_;
    std::condition_variable done_;
    const std::function<void(std::size_t)>* job_ = nullptr;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
    std::size_t running_ = 0;
    std::exception_ptr error_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace closet
