#include "pipeline/byte_budget.h"

#include <algorithm>
#include <utility>

namespace closet {

class ByteBudget::Share final : public MemoryShare {
  public:
    Share(std::shared_ptr<ByteBudget> budget, std::size_t bytes) : budget_(std::move(budget)) {
        Share::become(bytes);
    }
    ~Share() override { Share::become(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    void become(std::size_t bytes) override {
        budget_->change(std::exchange(bytes_, bytes), bytes);
    }
    bool is_scarce() const override { return budget_->is_scarce(); }

  private:
    std::shared_ptr<ByteBudget> budget_;
    std::size_t bytes_ = 0;
};

std::shared_ptr<MemoryShare> ByteBudget::take(std::shared_ptr<ByteBudget> budget,
                                              std::size_t bytes) {
    return std::make_shared<Share>(std::move(budget), bytes);
}

void ByteBudget::change(std::size_t from, std::size_t to) {
    {
        const std::lock_guard lock(mutex_);
        bytes_ = bytes_ - from + to;
        peak_ = std::max(peak_, bytes_);
    }
    if (to < from) {
        room_.notify_all();
    }
}

bool ByteBudget::is_scarce() const {
    const std::lock_guard lock(mutex_);
    return bytes_ > limit_ / 2;
}

void ByteBudget::wait_for_room() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return bytes_ < limit_ || idle_ >= followers_ || closed_; });
    if (bytes_ >= limit_) {
        limit_ = bytes_ + bytes_ / 16 + 1;
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
