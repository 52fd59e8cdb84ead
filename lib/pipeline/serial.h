#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/pipeline.h"

namespace closet {
namespace detail {

/// Which stage the one thread is in: its time goes to that stage alone.
class SerialTurns {
    using Clock = StageClock::Clock;

  public:
    explicit SerialTurns(const std::vector<std::string_view>& names) {
        for (const std::string_view name : names) {
            clocks_.push_back(std::make_unique<StageClock>(name));
        }
    }

    /// Calls `body` as the stage that comes after the one whose turn it is.
    template <class Body>
    void next(Body&& body) {
        hand_over(current_ + 1);
        {
            const PartScope parts(&clocks_[current_]->parts());
            body();
        }
        hand_over(current_ - 1);
    }

    StageClock& clock() { return *clocks_[current_]; }

    std::vector<StageMetrics> read() const {
        std::vector<StageMetrics> metrics;
        for (const auto& clock : clocks_) {
            metrics.push_back(clock->read());
        }
        return metrics;
    }

  private:
    void hand_over(std::size_t stage) {
        const Clock::time_point now = Clock::now();
        if (current_ != kNobody) {
            clocks_[current_]->add_busy(now - since_);
        }
        current_ = stage;
        since_ = now;
    }

    static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);  ///< + 1: the source
    std::vector<std::unique_ptr<StageClock>> clocks_;
    std::size_t current_ = kNobody;
    Clock::time_point since_ = Clock::now();
};

template <class T, class Last>
void push_through(SerialTurns& turns, T item, Last& sink) {
    turns.next([&] {
        turns.clock().count_in();
        sink.consume(std::move(item));
    });
}

template <class T, class S, class... Rest>
requires(sizeof...(Rest) > 0) void push_through(SerialTurns& turns, T item, S& stage,
                                                Rest&... rest) {
    turns.next([&] {
        turns.clock().count_in();
        stage.process(std::move(item), [&](typename S::Output output) {
            turns.clock().count_out();
            push_through(turns, std::move(output), rest...);
            return true;
        });
    });
}

template <class Last>
void flush_through(SerialTurns& turns, Last& sink) {
    turns.next([&] { sink.finish(); });
}

template <class S, class... Rest>
requires(sizeof...(Rest) > 0) void flush_through(SerialTurns& turns, S& stage, Rest&... rest) {
    turns.next([&] {
        stage.flush([&](typename S::Output output) {
            turns.clock().count_out();
            push_through(turns, std::move(output), rest...);
            return true;
        });
        flush_through(turns, rest...);
    });
}

}  // namespace detail

/// Drives the same objects as `Pipeline` on the calling thread, one item after the other, for
/// tests, debuggers and machines with one core. The output is identical. Ends early when `stop`
/// asks for it. Returns one entry a stage, in order, without waits and processor time: there is
/// nobody to wait for, and one thread's time is that of all.
template <class First, class... Rest>
requires Chain<First, Rest...> std::vector<StageMetrics> run_serial(const std::stop_token& stop,
                                                                    First& source, Rest&... rest) {
    detail::SerialTurns turns({First::kName, Rest::kName...});
    turns.next([&] {
        while (!stop.stop_requested()) {
            auto item = source.next();
            if (!item) {
                break;
            }
            turns.clock().count_out();
            detail::push_through(turns, std::move(*item), rest...);
        }
        detail::flush_through(turns, rest...);
    });
    return turns.read();
}

}  // namespace closet
