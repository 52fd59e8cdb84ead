#include "pipeline/part_clock.h"

namespace closet {
namespace {

constexpr std::array<std::string_view, kPartCount> kNames{
    "batch wait", "downscale", "pack",      "network", "upscale", "interpolate",
    "resize",     "affine",    "occlusion", "light",   "blend",   "skeleton"};

/// What the calling thread's timers add to, and the innermost of them.
struct Current {
    PartTotals* totals = nullptr;
    PartTimer* timer = nullptr;
};
thread_local Current current;

}  // namespace

std::string_view to_string(Part part) {
    return kNames[static_cast<std::size_t>(part)];
}

std::vector<PartTime> PartTotals::read() const {
    std::vector<PartTime> parts;
    for (std::size_t i = 0; i < kPartCount; ++i) {
        const std::int64_t calls = totals_[i].calls.load(std::memory_order_relaxed);
        if (calls > 0) {
            const auto total = totals_[i].nanoseconds.load(std::memory_order_relaxed);
            parts.push_back({std::string(kNames[i]), 1e-9 * static_cast<double>(total), calls});
        }
    }
    return parts;
}

PartTimer::PartTimer(Part part) : part_(part), totals_(current.totals) {
    if (totals_ == nullptr) {
        return;
    }
    since_ = Clock::now();
    outer_ = current.timer;
    if (outer_ != nullptr) {
        outer_->stop(since_);
    }
    current.timer = this;
}

PartTimer::~PartTimer() {
    if (totals_ == nullptr) {
        return;
    }
    const Clock::time_point now = Clock::now();
    stop(now);
    totals_->add(part_, spent_);
    current.timer = outer_;
    if (outer_ != nullptr) {
        outer_->since_ = now;
    }
}

PartScope::PartScope(PartTotals* totals)
    : totals_before_(current.totals), timer_before_(current.timer) {
    if (timer_before_ != nullptr) {
        timer_before_->stop(PartTimer::Clock::now());
    }
    current = {totals, nullptr};
}

PartScope::~PartScope() {
    current = {totals_before_, timer_before_};
    if (timer_before_ != nullptr) {
        timer_before_->since_ = PartTimer::Clock::now();
    }
}

void PartWait::begin() {
    if (current.totals != nullptr) {
        since_ = PartTotals::Clock::now();
    }
}

void PartWait::end() {
    if (current.totals != nullptr && since_) {
        current.totals->add(part_, PartTotals::Clock::now() - *since_);
    }
    since_.reset();
}

}  // namespace closet
