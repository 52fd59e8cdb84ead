#include "pipeline/byte_budget.h"

#include <algorithm>

namespace closet {

std::shared_ptr<const void> ByteBudget::take(const std::shared_ptr<ByteBudget>& budget,
                                             std::size_t bytes) {
    const std::lock_guard lock(budget->mutex_);
    budget->bytes_ += bytes;
    budget->peak_ = std::max(budget->peak_, budget->bytes_);
    return {static_cast<const void*>(budget.get()),
            [budget, bytes](const void*) { budget->release(bytes); }};
}

void ByteBudget::release(std::size_t bytes) {
    {
        const std::lock_guard lock(mutex_);
        bytes_ -= bytes;
    }
    room_.notify_all();
}

void ByteBudget::wait_for_room() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return bytes_ < limit_ || idle_ >= followers_ || closed_; });
    if (bytes_ >= limit_) {
        limit_ = bytes_ + bytes_ / 4 + 1;
    }
}

void ByteBudget::idle(bool begins) {
    bool starves = false;
    {
        const std::lock_guard lock(mutex_);
        idle_ += begins ? 1 : std::size_t{0} - 1;
        starves = idle_ >= followers_;
    }
    if (starves) {
        room_.notify_all();
    }
}

void ByteBudget::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    room_.notify_all();
}

std::size_t ByteBudget::peak() const {
    const std::lock_guard lock(mutex_);
    return peak_;
}

}  // namespace closet
