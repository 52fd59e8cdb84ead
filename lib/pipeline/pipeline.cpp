#include "pipeline/pipeline.h"

namespace closet {

Pipeline::~Pipeline() {
    if (!finished()) {
        fail(nullptr);
    }
    threads_.clear();  // joins
}

void Pipeline::wait() {
    for (auto& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
    const std::lock_guard lock(error_mutex_);
    if (error_) {
        std::rethrow_exception(error_);
    }
}

bool Pipeline::wait_for(Clock::duration time) {
    std::unique_lock lock(ended_mutex_);
    return ended_.wait_for(lock, time, [this] { return finished(); });
}

std::vector<StageMetrics> Pipeline::metrics() const {
    std::vector<StageMetrics> result;
    for (const auto& clock : clocks_) {
        result.push_back(clock->read());
    }
    for (std::size_t i = 0; i < peaks_.size(); ++i) {
        result.at(i + 1).peak_queue = peaks_[i]();
    }
    return result;
}

StageClock& Pipeline::add_clock(std::string_view name) {
    ++alive_;
    return *clocks_.emplace_back(std::make_unique<StageClock>(name));
}

void Pipeline::guard(StageClock& clock, const std::function<void()>& body) {
    const PartScope parts(&clock.parts());
    try {
        body();
    } catch (...) {
        fail(std::current_exception());
    }
    clock.sample_cpu();
    const std::lock_guard lock(ended_mutex_);
    --alive_;
    ended_.notify_all();
}

void Pipeline::fail(std::exception_ptr error) {
    {
        const std::lock_guard lock(error_mutex_);
        if (!error_) {
            error_ = std::move(error);
        }
    }
    failed_ = true;
    stop_.request_stop();
    for (const auto& close : closers_) {
        close();
    }
}

}  // namespace closet
