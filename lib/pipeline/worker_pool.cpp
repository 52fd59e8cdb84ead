#include "pipeline/worker_pool.h"

#include <utility>

namespace closet {

WorkerPool::WorkerPool(unsigned threads) {
    threads_.reserve(threads);
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { serve(); });
    }
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_.notify_all();
}

void WorkerPool::for_each(std::size_t count, const std::function<void(std::size_t)>& job) {
    const std::lock_guard one_caller(caller_);
    std::unique_lock lock(mutex_);
    job_ = &job;
    next_ = 0;
    count_ = count;
    error_ = nullptr;
    work_.notify_all();
    take_jobs(lock);
    done_.wait(lock, [this] { return running_ == 0; });
    job_ = nullptr;
    count_ = next_ = 0;
    if (error_) {
        std::rethrow_exception(std::exchange(error_, nullptr));
    }
}

void WorkerPool::serve() {
    std::unique_lock lock(mutex_);
    while (true) {
        work_.wait(lock, [this] { return stopping_ || next_ < count_; });
        if (stopping_) {
            return;
        }
        take_jobs(lock);
    }
}

void WorkerPool::take_jobs(std::unique_lock<std::mutex>& lock) {
    while (next_ < count_) {
        const std::size_t index = next_++;
        const auto& job = *job_;
        ++running_;
        lock.unlock();
        std::exception_ptr error;
        try {
            job(index);
        } catch (...) {
            error = std::current_exception();
        }
        lock.lock();
        --running_;
        if (error && !error_) {
            error_ = error;
        }
    }
    if (running_ == 0) {
        done_.notify_all();
    }
}

}  // namespace closet
