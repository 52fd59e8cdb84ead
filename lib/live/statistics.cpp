#include "live/statistics.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "pipeline/process_usage.h"

namespace closet {
namespace {

// Each power of two is cut into 2^6 buckets, whose middle is at most 1/128 of a value off. Below
// 2^13 ns, which is less than 10 us, buckets stay as wide as they are there.
constexpr int kBucketBits = 6;
constexpr int kFirstPower = 13;
constexpr int kPowers = 37 - kFirstPower;  // 2^37 ns are 137 s
constexpr std::size_t kInPower = std::size_t{1} << kBucketBits;
constexpr std::size_t kBuckets = (kPowers + 1) * kInPower;
constexpr std::int64_t kGreatestNs = 100'000'000'000;

/// How far the values of a bucket of the power above 2^kFirstPower are shifted.
constexpr int shift_of(int power) {
    return kFirstPower - kBucketBits + power;
}

std::size_t bucket_of(std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(std::clamp(ns, std::int64_t{0}, kGreatestNs));
    const int power = std::max(static_cast<int>(std::bit_width(value)) - 1 - kFirstPower, -1);
    if (power < 0) {
        return static_cast<std::size_t>(value >> shift_of(0));
    }
    const auto row = static_cast<std::size_t>(power);
    return row * kInPower + static_cast<std::size_t>(value >> shift_of(power));
}

double middle_ns(std::size_t bucket) {
    const int power = std::max(static_cast<int>(bucket / kInPower) - 1, 0);
    const double width = std::ldexp(1.0, shift_of(power));
    const std::size_t steps = bucket - static_cast<std::size_t>(power) * kInPower;
    return (static_cast<double>(steps) + 0.5) * width;
}

/// What is counted here, of some time.
struct Tally {
    std::int64_t captured = 0, inferred = 0, unchanged = 0, rendered = 0, put_out = 0;
    std::int64_t measured = 0, predicted = 0, held = 0, missing = 0;
    LatencyHistogram output, display, pose;

    void merge(const Tally& other) {
        captured += other.captured;
        inferred += other.inferred;
        unchanged += other.unchanged;
        rendered += other.rendered;
        put_out += other.put_out;
        measured += other.measured;
        predicted += other.predicted;
        held += other.held;
        missing += other.missing;
        output.merge(other.output);
        display.merge(other.display);
        pose.merge(other.pose);
    }

    void clear() {
        captured = inferred = unchanged = rendered = put_out = 0;
        measured = predicted = held = missing = 0;
        output.clear();
        display.clear();
        pose.clear();
    }

    void count(PoseOrigin origin) {
        switch (origin) {
            case PoseOrigin::kMeasured:
                ++measured;
                break;
            case PoseOrigin::kInterpolated:  // of files only, and known as surely as there
            case PoseOrigin::kPredicted:
                ++predicted;
                break;
            case PoseOrigin::kHeld:
                ++held;
                break;
        }
    }
};

LiveDrops operator-(const LiveDrops& a, const LiveDrops& b) {
    return {a.late - b.late,       a.render - b.render, a.inference - b.inference,
            a.results - b.results, a.output - b.output, a.display - b.display};
}

double rate(std::int64_t count, double seconds) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

double seconds_between(LiveClock::time_point from, LiveClock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(kBuckets, 0) {}

void LatencyHistogram::add(LiveClock::duration time) {
    const std::int64_t ns =
        std::max(std::chrono::nanoseconds(time).count(), std::chrono::nanoseconds::rep{0});
    ++buckets_[bucket_of(ns)];
    min_ns_ = count_ == 0 ? ns : std::min(min_ns_, ns);
    max_ns_ = std::max(max_ns_, ns);
    sum_ns_ += static_cast<double>(ns);
    ++count_;
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
    if (other.count_ == 0) {
        return;
    }
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        buckets_[i] += other.buckets_[i];
    }
    min_ns_ = count_ == 0 ? other.min_ns_ : std::min(min_ns_, other.min_ns_);
    max_ns_ = std::max(max_ns_, other.max_ns_);
    sum_ns_ += other.sum_ns_;
    count_ += other.count_;
}

void LatencyHistogram::clear() {
    std::fill(buckets_.begin(), buckets_.end(), 0);
    count_ = 0;
    min_ns_ = max_ns_ = 0;
    sum_ns_ = 0;
}

double LatencyHistogram::quantile_ms(double quantile) const {
    if (count_ == 0) {
        return 0;
    }
    const double share = std::clamp(quantile, 0.0, 1.0);
    const auto rank = std::max(
        static_cast<std::int64_t>(std::ceil(share * static_cast<double>(count_))), std::int64_t{1});
    std::int64_t passed = 0;
    std::size_t bucket = 0;
    while ((passed += buckets_[bucket]) < rank) {
        ++bucket;
    }
    return 1e-6 * std::clamp(middle_ns(bucket), static_cast<double>(min_ns_),
                             static_cast<double>(max_ns_));
}

LatencyFigures LatencyHistogram::figures() const {
    LatencyFigures figures;
    figures.count = count_;
    if (count_ > 0) {
        figures.min_ms = 1e-6 * static_cast<double>(min_ns_);
        figures.max_ms = 1e-6 * static_cast<double>(max_ns_);
        figures.mean_ms = 1e-6 * sum_ns_ / static_cast<double>(count_);
        figures.p50_ms = quantile_ms(0.5);
        figures.p95_ms = quantile_ms(0.95);
        figures.p99_ms = quantile_ms(0.99);
    }
    return figures;
}

struct StatisticsBook::State {
    /// How things stood at one moment, for the differences to later ones.
    struct Mark {
        LiveClock::time_point at;
        double cpu_s = 0;
        LiveDrops drops;
    };

    State(Fill fill_in, Now clock) : fill(std::move(fill_in)), now(std::move(clock)) {}

    template <class Count>
    void count(Count&& add) {
        const std::lock_guard lock(mutex);
        add(recent);
    }

    /// What others and the system know; takes no lock.
    LiveStatistics ask(Mark& mark) const {
        LiveStatistics figures;
        if (fill) {
            fill(figures);
        }
        const ProcessUsage usage = process_usage();
        figures.memory_bytes = usage.memory_bytes;
        figures.peak_memory_bytes = usage.peak_memory_bytes;
        mark = {now(), usage.cpu_s, figures.drops};
        return figures;
    }

    /// Adds what was counted between two moments; under the lock.
    void add(LiveStatistics& figures, const Tally& tally, const Mark& from, const Mark& to) const;

    const Fill fill;
    const Now now;
    std::mutex mutex;           ///< guards all below
    Tally before, recent;       ///< until the last report, and since
    std::optional<Mark> first;  ///< when the first frame came in
    Mark last;                  ///< when the last report was made, or the first frame came in
};

void StatisticsBook::State::add(LiveStatistics& figures, const Tally& tally, const Mark& from,
                                const Mark& to) const {
    figures.at_s = first ? seconds_between(first->at, to.at) : 0;
    figures.time_s = first ? seconds_between(from.at, to.at) : 0;
    figures.captured = tally.captured;
    figures.inferred = tally.inferred;
    figures.unchanged = tally.unchanged;
    figures.rendered = tally.rendered;
    figures.put_out = tally.put_out;
    figures.captured_rate = rate(tally.captured, figures.time_s);
    figures.inferred_rate = rate(tally.inferred, figures.time_s);
    figures.rendered_rate = rate(tally.rendered, figures.time_s);
    figures.put_out_rate = rate(tally.put_out, figures.time_s);
    figures.drops = to.drops - from.drops;
    const bool has_window = before.display.count() + recent.display.count() > 0;
    figures.latency = (has_window ? tally.display : tally.output).figures();
    figures.pose_latency = tally.pose.figures();
    figures.poses_measured = tally.measured;
    figures.poses_predicted = tally.predicted;
    figures.poses_held = tally.held;
    figures.poses_missing = tally.missing;
    figures.cpu_percent = figures.time_s > 0 ? 100 * (to.cpu_s - from.cpu_s) / figures.time_s : 0;
}

StatisticsBook::StatisticsBook(Fill fill, Now now)
    : state_(std::make_unique<State>(std::move(fill), std::move(now))) {}

StatisticsBook::~StatisticsBook() = default;

void StatisticsBook::captured() {
    const std::lock_guard lock(state_->mutex);
    if (!state_->first) {
        state_->first = {state_->now(), process_usage().cpu_s, {}};
        state_->last = *state_->first;
    }
    ++state_->recent.captured;
}

void StatisticsBook::inferred(LiveClock::time_point captured) {
    const LiveClock::duration latency = state_->now() - captured;
    state_->count([&](Tally& tally) {
        ++tally.inferred;
        tally.pose.add(latency);
    });
}

void StatisticsBook::unchanged() {
    state_->count([](Tally& tally) { ++tally.unchanged; });
}

void StatisticsBook::rendered(std::span<const Pose> poses) {
    state_->count([&](Tally& tally) {
        ++tally.rendered;
        tally.missing += poses.empty() ? 1 : 0;
        for (const Pose& pose : poses) {
            tally.count(pose.origin);
        }
    });
}

void StatisticsBook::put_out(LiveClock::time_point captured) {
    const LiveClock::duration latency = state_->now() - captured;
    state_->count([&](Tally& tally) {
        ++tally.put_out;
        tally.output.add(latency);
    });
}

void StatisticsBook::displayed(LiveClock::time_point captured) {
    const LiveClock::duration latency = state_->now() - captured;
    state_->count([&](Tally& tally) { tally.display.add(latency); });
}

LiveStatistics StatisticsBook::since_last() {
    State::Mark now;
    LiveStatistics figures = state_->ask(now);
    const std::lock_guard lock(state_->mutex);
    state_->add(figures, state_->recent, state_->last, now);
    state_->before.merge(state_->recent);
    state_->recent.clear();
    if (state_->first) {
        state_->last = now;
    }
    return figures;
}

LiveStatistics StatisticsBook::total() const {
    State::Mark now;
    LiveStatistics figures = state_->ask(now);
    const std::lock_guard lock(state_->mutex);
    Tally all = state_->before;
    all.merge(state_->recent);
    state_->add(figures, all, state_->first.value_or(State::Mark()), now);
    return figures;
}

}  // namespace closet
