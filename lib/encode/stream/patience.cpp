#include "encode/stream/patience.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

/// A live run has to end within a second of its stop, whatever its outputs wait for.
constexpr auto kAfterStop = 500ms;

int interrupt(void* opaque) {
    return static_cast<Patience*>(opaque)->is_over() ? 1 : 0;
}

}  // namespace

void Patience::begin(std::optional<Clock::duration> limit) {
    due_ = limit ? Clock::now() + *limit : Clock::time_point::max();
}

bool Patience::is_over() {
    const Clock::time_point now = Clock::now();
    if (is_stopped() && !due_after_stop_) {
        due_after_stop_ = now + kAfterStop;
    }
    return now > due_ || (due_after_stop_ && now > *due_after_stop_);
}

AVIOInterruptCB Patience::callback() {
    return {interrupt, this};
}

}  // namespace closet
