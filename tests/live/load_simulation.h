#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "live/collect_batch.h"
#include "live/load_control.h"
#include "live/scripted_queue.h"

namespace closet::test {

/// Views that come at the interval that a LoadControl asks for, into a queue of 10.
class SteadyCamera {
  public:
    SteadyCamera(FakeClock& clock, const LoadControl& control) : clock_(clock), control_(control) {}

    std::optional<TimedView> pop(const std::stop_token& stop) {
        return pop_until(stop, LiveClock::time_point::max());
    }
    std::optional<TimedView> pop_until(const std::stop_token&, LiveClock::time_point deadline) {
        arrive();
        if (waiting_.empty()) {
            clock_.now = std::min(deadline, std::max(clock_.now, next()));
            arrive();
        }
        if (waiting_.empty()) {
            return std::nullopt;
        }
        const TimedView view = waiting_.front();
        waiting_.pop_front();
        return view;
    }
    std::vector<TimedView> take_all() {
        arrive();
        std::vector<TimedView> taken(waiting_.begin(), waiting_.end());
        waiting_.clear();
        return taken;
    }

    /// Views that gave way in the queue.
    std::int64_t dropped() const { return dropped_; }

  private:
    LiveClock::time_point next() const { return last_ + FakeClock::of(control_.interval_s()); }
    void arrive() {
        while (next() <= clock_.now) {
            last_ = next();
            if (waiting_.size() == 10) {
                waiting_.pop_front();
                ++dropped_;
            }
            waiting_.push_back({std::chrono::duration<double>(last_.time_since_epoch()).count()});
        }
    }

    FakeClock& clock_;
    const LoadControl& control_;
    LiveClock::time_point last_{};
    std::deque<TimedView> waiting_;
    std::int64_t dropped_ = 0;
};

/// The inference thread of a live run on a fake clock. `service_s(views, now)`: how long a call
/// takes.
class LoadSimulation {
  public:
    using Service = std::function<double(int views, double now_s)>;

    /// How it stood after a call.
    struct Moment {
        double at_s = 0;
        int batch = 0;
        double interval_s = 0;
        std::size_t waiting = 0, taken = 0;
        std::int64_t dropped = 0;
        double busy_s = 0, age_s = 0;  ///< age of the oldest view as its poses are there
    };

    LoadSimulation(const LoadLimits& limits, bool adaptive, Service service)
        : control(limits, adaptive), service_(std::move(service)) {}

    void run_until(double end_s) {
        while (clock_.seconds() < end_s) {
            const auto batch = collect_.next(static_cast<std::size_t>(control.batch()), {});
            const auto taken = static_cast<int>(batch->views.size());
            const double busy_s = service_(taken, clock_.seconds());
            clock_.advance(busy_s);
            const std::int64_t dropped = camera_.dropped() + collect_.stale();
            control.report({batch->waiting, batch->views.size(), dropped - dropped_before_, busy_s,
                            clock_.now});
            moments.push_back({clock_.seconds(), control.batch(), control.interval_s(),
                               batch->waiting, batch->views.size(), dropped - dropped_before_,
                               busy_s, clock_.seconds() - batch->views.front().at_s});
            dropped_before_ = dropped;
        }
    }

    /// The moments between two times.
    std::vector<Moment> between(double from_s, double to_s) const {
        std::vector<Moment> some;
        std::copy_if(moments.begin(), moments.end(), std::back_inserter(some),
                     [&](const Moment& m) { return m.at_s >= from_s && m.at_s < to_s; });
        return some;
    }

    /// How often batch or interval changed in a time.
    int changes(double from_s, double to_s) const {
        const auto some = between(from_s, to_s);
        int count = 0;
        for (std::size_t i = 1; i < some.size(); ++i) {
            count +=
                some[i].batch != some[i - 1].batch || some[i].interval_s != some[i - 1].interval_s
                    ? 1
                    : 0;
        }
        return count;
    }
    /// Share of the views of a time that were dropped.
    double lost(double from_s, double to_s) const {
        double dropped = 0;
        double taken = 0;
        for (const Moment& m : between(from_s, to_s)) {
            dropped += static_cast<double>(m.dropped);
            taken += static_cast<double>(m.taken);
        }
        return dropped / std::max(dropped + taken, 1.0);
    }
    double oldest_s(double from_s, double to_s) const {
        double age_s = 0;
        for (const Moment& m : between(from_s, to_s)) {
            age_s = std::max(age_s, m.age_s);
        }
        return age_s;
    }

    /// The moments where something changed, for a test that fails.
    std::string trace() const {
        std::string text = "   time batch interval waiting taken dropped  busy\n";
        const Moment* before = nullptr;
        for (const Moment& m : moments) {
            if (before == nullptr || before->batch != m.batch ||
                before->interval_s != m.interval_s || m.dropped > 0) {
                text += fmt::format("{:7.2f} {:5} {:8.4f} {:7} {:5} {:7} {:5.3f}\n", m.at_s,
                                    m.batch, m.interval_s, m.waiting, m.taken, m.dropped, m.busy_s);
            }
            before = &m;
        }
        return text;
    }

    LoadControl control;
    std::vector<Moment> moments;

  private:
    FakeClock clock_;
    SteadyCamera camera_{clock_, control};
    CollectBatch<TimedView, SteadyCamera> collect_{camera_, {}, [this] { return clock_.now; }};
    Service service_;
    std::int64_t dropped_before_ = 0;
};

}  // namespace closet::test
