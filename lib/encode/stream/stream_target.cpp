#include "encode/stream/stream_target.h"

#include <new>

#include <fmt/format.h>

#include "core/error.h"

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

StreamTarget::StreamTarget(std::string name, int chunk) : name_(std::move(name)) {
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(static_cast<std::size_t>(chunk)));
    io_ = buffer != nullptr ? avio_alloc_context(buffer, chunk, 1, this, nullptr, write, nullptr)
                            : nullptr;
    if (io_ == nullptr) {
        av_free(buffer);
        throw std::bad_alloc();
    }
}

StreamTarget::~StreamTarget() {
    av_freep(static_cast<void*>(&io_->buffer));
    avio_context_free(&io_);
}

void StreamTarget::check() {
    if (error_ != 0) {
        fail(error_);
    }
}

void StreamTarget::complete() {
    avio_flush(io_);
    check();
    error_ = close();
    check();
}

void StreamTarget::fail(int code) const {
    throw MediaError(fmt::format("cannot write {}: {}", name_, explain(code)), code);
}

int StreamTarget::write(void* opaque, WrittenByte* data, int size) {
    auto& self = *static_cast<StreamTarget*>(opaque);
    if (self.error_ == 0) {
        self.error_ = self.put(data, size);
    }
    return self.error_ != 0 ? self.error_ : size;
}

}  // namespace closet
