#include "live/wardrobe.h"

#include <utility>

#include "core/foreign_error.h"

namespace closet {

std::shared_ptr<Warp> Wardrobe::make(const Outfit& look) const {
    WarpOptions options = options_;
    options.warp = look.warp;
    options.skeleton = look.skeleton;
    return std::make_shared<Warp>(look.garment, options);
}

void Wardrobe::wish(const Outfit& look) {
    {
        const std::lock_guard lock(mutex_);
        wish_ = look;
    }
    wished_.notify_one();
}

std::optional<Wardrobe::Ready> Wardrobe::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ready_, std::nullopt);
}

void Wardrobe::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wished_.wait(lock, stop, [this] { return wish_.has_value(); })) {
        Ready ready{*std::exchange(wish_, std::nullopt), nullptr, {}};
        lock.unlock();
        try {
            ready.warp = make(ready.look);
        } catch (const std::exception& error) {
            ready.problem = sentence_of(error);
        }
        lock.lock();
        ready_ = std::move(ready);
    }
}

}  // namespace closet
