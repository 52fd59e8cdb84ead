#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/bounded_queue.h"
#include "pipeline/byte_budget.h"
#include "pipeline/concepts.h"
#include "pipeline/stage_metrics.h"
#include "pipeline/stage_timing.h"
#include "pipeline/thread_group.h"

namespace closet {

/// True when `Upstream` puts out exactly what `Downstream` takes.
template <class Upstream, class Downstream>
concept Feeds = std::same_as<typename Upstream::Output, typename Downstream::Input>;

/// True for a source, any number of stages and a sink, each of which feeds the next.
template <class First, class... Rest>
struct IsChain : std::bool_constant<Sink<First>> {};
template <class First, class Next, class... Rest>
struct IsChain<First, Next, Rest...>
    : std::bool_constant<(Source<First> || Stage<First>)&&Feeds<First, Next> &&
                         IsChain<Next, Rest...>::value> {};
template <class First, class... Rest>
concept Chain = Source<First> &&(sizeof...(Rest) > 0) && IsChain<First, Rest...>::value;

/// How much may be between two stages, in items, and how much on its way through all of them, in
/// bytes (Note [Bytes in flight]); 0: any number.
struct PipelineOptions {
    std::size_t queue_capacity = 4;
    std::size_t memory_bytes = 0;
};

/// Items whose memory counts: what they occupy, and where they keep that it is counted.
template <class T>
concept Weighed = requires(T item) {
    { item.bytes() } -> std::convertible_to<std::size_t>;
    { item.counted } -> std::convertible_to<std::shared_ptr<MemoryShare>>;
};

/// Note [Shutdown]
/// Runs one thread a stage over bounded queues, from construction on. It ends in one of three ways:
/// - the source ends: every stage drains its input and is flushed, then the sink is finished;
/// - `stop()`: the source is not asked for more, the rest goes as above;
/// - a stage throws: the first exception is kept, all queues close in both directions, no further
///   stage is flushed, the sink is not finished, and `wait()` rethrows.
/// The objects stay the caller's and must outlive the pipeline.
class Pipeline {
    using Clock = StageClock::Clock;

  public:
    template <class First, class... Rest>
    requires Chain<First, Rest...>
    explicit Pipeline(PipelineOptions options, First& source, Rest&... rest) {
        const std::size_t capacity = options.queue_capacity;
        if (options.memory_bytes > 0) {
            budget_ = std::make_shared<ByteBudget>(options.memory_bytes, sizeof...(rest));
            threads_.on_stop([budget = budget_] { budget->close(); });
        }
        auto queue = std::make_shared<BoundedQueue<typename First::Output>>(capacity, budget_);
        register_queue(queue);
        set_body(First::kName,
                 [this, &source, queue](StageClock& clock) { run_source(source, *queue, clock); });
        connect(capacity, queue, rest...);
        for (auto& [name, body] : pending_) {
            threads_.add(name, std::move(body));
        }
        pending_.clear();
    }

    /// Ends a run that `wait` has not seen to its end, without flushing.
    ~Pipeline() = default;
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;
    Pipeline(Pipeline&&) = delete;
    Pipeline& operator=(Pipeline&&) = delete;

    /// Asks the source to end; safe from any thread, does not wait.
    void stop() { drain_.request_stop(); }

    /// Waits for the end of the run; rethrows the first exception of any stage.
    void wait() { threads_.wait(); }

    /// Waits at most `time` and tells whether every thread has ended.
    bool wait_for(Clock::duration time) { return threads_.wait_for(time); }

    /// True once every thread has ended; never blocks.
    bool finished() const { return threads_.finished(); }

    /// The most bytes that were on their way; 0 where they are not counted.
    std::size_t peak_bytes() const { return budget_ != nullptr ? budget_->peak() : 0; }

    /// One entry a stage, in order; live while it runs.
    std::vector<StageMetrics> metrics() const;

  private:
    template <class T, class Last>
    void connect(std::size_t, const std::shared_ptr<BoundedQueue<T>>& input, Last& sink) {
        set_body(Last::kName,
                 [this, &sink, input](StageClock& clock) { run_sink(sink, *input, clock); });
    }

    template <class T, class Next, class... Rest>
    requires(sizeof...(Rest) > 0) void connect(std::size_t capacity,
                                               const std::shared_ptr<BoundedQueue<T>>& input,
                                               Next& stage, Rest&... rest) {
        auto output = std::make_shared<BoundedQueue<typename Next::Output>>(capacity, budget_);
        register_queue(output);
        set_body(Next::kName, [this, &stage, input, output](StageClock& clock) {
            run_stage(stage, *input, *output, clock);
        });
        connect(capacity, output, rest...);
    }

    template <class S>
    void run_source(S& source, BoundedQueue<typename S::Output>& output, StageClock& clock) {
        guard([&] {
            const auto next = [&] {
                const BusyTimer timer(clock);
                return source.next();
            };
            while (!drain_.stop_requested() && !failed()) {
                if (budget_ != nullptr) {
                    const auto start = Clock::now();
                    budget_->wait_for_room();
                    clock.add_wait_output(Clock::now() - start);
                }
                auto item = next();
                if constexpr (Weighed<typename S::Output>) {
                    if (item && budget_ != nullptr) {
                        item->counted = ByteBudget::take(budget_, item->bytes());
                    }
                }
                if (!item || !send(output, std::move(*item), clock)) {
                    break;
                }
            }
        });
        output.finish();
    }

    template <class S>
    void run_stage(S& stage, BoundedQueue<typename S::Input>& input,
                   BoundedQueue<typename S::Output>& output, StageClock& clock) {
        guard([&] {
            bool wanted = true;
            Clock::duration waited{};
            const Emit<typename S::Output> emit = [&](typename S::Output item) {
                const PartScope no_part(nullptr);
                const auto start = Clock::now();
                wanted = wanted && send(output, std::move(item), clock);
                waited += Clock::now() - start;
                return wanted;
            };
            const auto timed = [&](auto&& call) {
                waited = {};
                BusyTimer timer(clock);
                call();
                timer.waited(waited);
            };
            while (wanted) {  // NOLINT(bugprone-infinite-loop): `emit` changes it
                auto item = receive(input, clock);
                if (!item) {
                    break;
                }
                timed([&] { stage.process(std::move(*item), emit); });
            }
            if (wanted && !failed()) {
                timed([&] { stage.flush(emit); });
            }
        });
        input.close();
        output.finish();
    }

    template <class S>
    void run_sink(S& sink, BoundedQueue<typename S::Input>& input, StageClock& clock) {
        guard([&] {
            while (auto item = receive(input, clock)) {
                const BusyTimer timer(clock);
                sink.consume(std::move(*item));
            }
            if (!failed()) {
                const BusyTimer timer(clock);
                sink.finish();
            }
        });
        input.close();
    }

    template <class T>
    static bool send(BoundedQueue<T>& output, T item, StageClock& clock) {
        const auto start = Clock::now();
        const bool wanted = output.push(std::move(item));
        clock.add_wait_output(Clock::now() - start);
        if (wanted) {
            clock.count_out();
        }
        return wanted;
    }

    template <class T>
    static std::optional<T> receive(BoundedQueue<T>& input, StageClock& clock) {
        return await_input(clock, [&] { return input.pop(); });
    }

    template <class T>
    void register_queue(const std::shared_ptr<BoundedQueue<T>>& queue) {
        threads_.on_stop([queue] { queue->close(); });
        peaks_.push_back([queue] { return queue->peak(); });
    }

    void set_body(std::string_view name, std::function<void(StageClock&)> body);
    /// Runs a thread's body and turns an exception into the failure of the whole run, before the
    /// neighbors are told that this thread ends.
    void guard(const std::function<void()>& body);
    bool failed() const { return threads_.stopping(); }

    std::shared_ptr<ByteBudget> budget_;
    std::stop_source drain_;  ///< asks the source alone
    std::vector<std::function<std::size_t()>> peaks_;
    std::vector<std::pair<std::string_view, ThreadGroup::Body>> pending_;  ///< until all are known
    ThreadGroup threads_;
};

}  // namespace closet
