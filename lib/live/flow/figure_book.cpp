#include "live/flow/figure_book.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "live/flow/latency_histogram.h"
#include "pipeline/process_usage.h"

namespace closet {
namespace {

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

struct FigureBook::State {
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
    LiveFigures ask(Mark& mark) const {
        LiveFigures figures;
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
    void add(LiveFigures& figures, const Tally& tally, const Mark& from, const Mark& to) const;

    const Fill fill;
    const Now now;
    std::mutex mutex;           ///< guards all below
    Tally before, recent;       ///< until the last report, and since
    std::optional<Mark> first;  ///< when the first frame came in
    Mark last;                  ///< when the last report was made, or the first frame came in
};

void FigureBook::State::add(LiveFigures& figures, const Tally& tally, const Mark& from,
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

FigureBook::FigureBook(Fill fill, Now now)
    : state_(std::make_unique<State>(std::move(fill), std::move(now))) {}

FigureBook::~FigureBook() = default;

void FigureBook::captured() {
    const std::lock_guard lock(state_->mutex);
    if (!state_->first) {
        state_->first = {state_->now(), process_usage().cpu_s, {}};
        state_->last = *state_->first;
    }
    ++state_->recent.captured;
}

void FigureBook::inferred(LiveClock::time_point captured) {
    const LiveClock::duration latency = state_->now() - captured;
    state_->count([&](Tally& tally) {
        ++tally.inferred;
        tally.pose.add(latency);
    });
}

void FigureBook::unchanged() {
    state_->count([](Tally& tally) { ++tally.unchanged; });
}

void FigureBook::rendered(std::span<const Pose> poses) {
    state_->count([&](Tally& tally) {
        ++tally.rendered;
        tally.missing += poses.empty() ? 1 : 0;
        for (const Pose& pose : poses) {
            tally.count(pose.origin);
        }
    });
}

void FigureBook::put_out(LiveClock::time_point captured) {
    const LiveClock::duration latency = state_->now() - captured;
    state_->count([&](Tally& tally) {
        ++tally.put_out;
        tally.output.add(latency);
    });
}

void FigureBook::displayed(LiveClock::time_point captured) {
    const LiveClock::duration latency = state_->now() - captured;
    state_->count([&](Tally& tally) { tally.display.add(latency); });
}

LiveFigures FigureBook::since_last() {
    State::Mark now;
    LiveFigures figures = state_->ask(now);
    const std::lock_guard lock(state_->mutex);
    state_->add(figures, state_->recent, state_->last, now);
    state_->before.merge(state_->recent);
    state_->recent.clear();
    if (state_->first) {
        state_->last = now;
    }
    return figures;
}

LiveFigures FigureBook::total() const {
    State::Mark now;
    LiveFigures figures = state_->ask(now);
    const std::lock_guard lock(state_->mutex);
    Tally all = state_->before;
    all.merge(state_->recent);
    state_->add(figures, all, state_->first.value_or(State::Mark()), now);
    return figures;
}

}  // namespace closet
