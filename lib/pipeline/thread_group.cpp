#include "pipeline/thread_group.h"

#include <string>
#include <utility>

#include <pthread.h>

#include "core/error.h"

namespace closet {

ThreadGroup::~ThreadGroup() {
    stop();
    threads_.clear();  // joins
}

void ThreadGroup::add(std::string_view name, Body body) {
    const std::lock_guard lock(mutex_);  // the new thread does not end while it is held
    clocks_.reserve(clocks_.size() + 1);
    auto clock = std::make_unique<StageClock>(name);
    constexpr std::size_t kLongestName = 15;  // of Linux
    threads_.emplace_back([this, body = std::move(body), counted = clock.get(),
                           shown = std::string(name.substr(0, kLongestName))] {
        pthread_setname_np(pthread_self(), shown.c_str());
        run(body, *counted);
    });
    clocks_.push_back(std::move(clock));
    ++alive_;
}

void ThreadGroup::on_stop(std::function<void()> close) {
    auto closer = std::make_unique<Closer>(stop_.get_token(), std::move(close));
    const std::lock_guard lock(mutex_);
    closers_.push_back(std::move(closer));
}

void ThreadGroup::fail(std::exception_ptr error) {
    {
        const std::lock_guard lock(mutex_);
        if (!error_) {
            error_ = std::move(error);
        }
    }
    stop();
}

void ThreadGroup::wait() {
    for (auto& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
    const std::lock_guard lock(mutex_);
    if (error_) {
        std::rethrow_exception(error_);
    }
}

bool ThreadGroup::wait_for(Clock::duration time) {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, time, [this] { return finished(); });
}

std::vector<StageMetrics> ThreadGroup::metrics() const {
    const std::lock_guard lock(mutex_);
    std::vector<StageMetrics> result;
    for (const auto& clock : clocks_) {
        result.push_back(clock->read());
    }
    return result;
}

void ThreadGroup::run(const Body& body, StageClock& clock) {
    const PartScope parts(&clock.parts());
    try {
        body(stop_token(), clock);
    } catch (...) {
        fail(current_error());
    }
    clock.sample_cpu();
    const std::lock_guard lock(mutex_);
    --alive_;
    ended_.notify_all();
}

}  // namespace closet
