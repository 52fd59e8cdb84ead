#include "bench/sweep/runner.h"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/sweep/turns.h"
#include "core/error.h"

namespace closet::bench {
namespace {

/// One process start and what has been warmed up in it.
struct Process {
    std::unique_ptr<CaseRunner> runner;   ///< null before the first use and after it was given up
    int number = 0;                       ///< counts starts, over all places
    std::map<std::size_t, int> warm_ups;  ///< by case
};

/// Process starts that take turns, each started when it is first needed.
class ProcessPool {
  public:
    /// `first` is the number that the first start gets.
    ProcessPool(StartRunner start, int places, int first)
        : start_(std::move(start)), places_(static_cast<std::size_t>(places)), next_(first) {}

    /// The process for a case's pass number `pass`, running. Throws what starting it throws.
    Process& for_pass(std::size_t pass) {
        Process& process = places_[pass % places_.size()];
        if (!process.runner) {
            process.warm_ups.clear();
            process.number = next_++;
            process.runner = start_();
        }
        return process;
    }

    /// Ends the process for a case's pass number `pass`; its place gets a new one when next needed.
    void give_up(std::size_t pass) { places_[pass % places_.size()].runner.reset(); }

  private:
    StartRunner start_;
    std::vector<Process> places_;
    int next_;
};

class SweepRun {
  public:
    SweepRun(Sweep& sweep, const SweepOptions& options, const SweepHooks& hooks, const Clock& clock)
        : sweep_(sweep),
          options_(options),
          hooks_(hooks),
          clock_(clock),
          begin_s_(clock.now_s()),
          pool_(hooks.start, options.processes, first_free_process(sweep)) {
        options_.stopping.min_repeats =
            std::max(options.stopping.min_repeats, options.processes);  // each start contributes
        options_.stopping.max_repeats =
            std::max(options.stopping.max_repeats, options_.stopping.min_repeats);
        for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
            take_in(i);
        }
    }

    void run() {
        tell([&](SweepSink& sink) { sink.started(sweep_); });
        Schedule schedule(sweep_.context.seed);
        while (!runs_.empty() && !interrupted()) {
            const std::vector<std::size_t> turns = schedule.round(turns_of_round());
            if (turns.empty()) {
                end_all(StopReason::kBudget);
                break;
            }
            for (const std::size_t index : turns) {
                if (interrupted()) {
                    break;
                }
                take_turn(index);
            }
            ++round_;
            tell([&](SweepSink& sink) { sink.round_done(sweep_); });
        }
        end_all(StopReason::kInterrupted);  // none is left but after an interrupt
        tell([&](SweepSink& sink) { sink.finished(sweep_); });
    }

  private:
    static int first_free_process(const Sweep& sweep) {
        int next = 0;
        for (const Case& measured : sweep.cases) {
            for (const Sample& sample : measured.samples) {
                next = is_finished(measured) ? std::max(next, sample.process + 1) : next;
            }
        }
        return next;
    }

    /// A finished case gives its order and frames, another becomes a run.
    void take_in(std::size_t index) {
        Case& planned = sweep_.cases[index];
        if (is_finished(planned)) {
            for (const Sample& sample : planned.samples) {
                order_ = std::max(order_, sample.order + 1);
                if (sample.counts()) {
                    frames_ = sample.work.frames_in;
                }
            }
            return;
        }
        planned.samples.clear();
        planned.failure.clear();
        planned.stopped = StopReason::kInterrupted;  // what a kill would have done to it
        runs_.push_back(
            {index, std::make_unique<NarrowInterval>(options_.stopping, hooks_.interval_of)});
        runs_.back().criterion->initialize();
    }

    template <class Event>
    void tell(Event event) {
        if (hooks_.sink != nullptr) {
            event(*hooks_.sink);
        }
    }

    bool interrupted() const { return hooks_.interrupted && hooks_.interrupted(); }

    double remaining_s() const { return *options_.budget_s - (clock_.now_s() - begin_s_); }

    std::vector<std::size_t> turns_of_round() const {
        std::vector<Claim> claims;
        std::vector<std::size_t> all;
        for (const CaseRun& run : runs_) {
            claims.push_back({run.index, run.spent_s, run.pass_s});
            all.push_back(run.index);
        }
        return options_.budget_s ? share_budget(claims, remaining_s()) : all;
    }

    bool fits_budget(const CaseRun& run) const {
        // The same bounds as share_budget's: what it grants must be taken, or rounds never end.
        return !options_.budget_s || (remaining_s() > 0 && run.pass_s.value_or(0) <= remaining_s());
    }

    std::vector<CaseRun>::iterator run_of(std::size_t index) {
        return std::find_if(runs_.begin(), runs_.end(),
                            [&](const CaseRun& run) { return run.index == index; });
    }

    /// The warm-ups that are due and one measured pass.
    void take_turn(std::size_t index) {
        while (true) {
            const auto run = run_of(index);
            if (run == runs_.end() || !fits_budget(*run) || interrupted()) {
                return;
            }
            report(*run);
            const auto sample = run_pass(*run);
            if (!sample) {
                return;
            }
            const bool is_measured = !sample->warm_up;
            keep(*run, *sample);
            settle(*run);
            if (is_measured) {
                return;
            }
        }
    }

    /// Nothing where the case cannot run, which then has failed, or where the sweep is interrupted.
    std::optional<Sample> run_pass(CaseRun& run) {
        Case& measured = case_of(run);
        const double start_s = clock_.now_s();
        try {
            Process& process = pool_.for_pass(run.turns);
            const bool warm_up = process.warm_ups[run.index] < options_.warm_ups;
            Sample sample = process.runner->run(measured.settings, warm_up);
            measured.model_load_s = std::max(measured.model_load_s, process.runner->model_load_s());
            sample.order = order_++;
            sample.process = process.number;
            sample.warm_up = warm_up;
            process.warm_ups[run.index] += warm_up ? 1 : 0;
            run.turns += warm_up ? 0 : 1;
            const double pass_s = clock_.now_s() - start_s;
            run.spent_s += pass_s;
            run.pass_s = std::min(run.pass_s.value_or(pass_s), pass_s);
            return sample;
        } catch (const std::exception& error) {
            pool_.give_up(run.turns);  // its state is unknown: the next case gets a new one
            if (!interrupted()) {
                fail(run, sentence_of(error));
            }
            return std::nullopt;
        }
    }

    /// Checks the work of a sample and puts it to the others.
    void keep(CaseRun& run, Sample sample) {
        if (sample.failure.empty()) {
            sample.failure = find_fault(sample, run.reference ? &*run.reference : nullptr, frames_);
        }
        if (sample.failure.empty()) {
            frames_ = sample.work.frames_in;
            run.reference = run.reference.value_or(sample.work);
        } else if (interrupted()) {
            sample.failure = "the sweep was interrupted in it";
        } else {
            ++run.failures;
        }
        if (sample.counts()) {
            ++run.good;
            run.criterion->add_measurement(sample.wall_s);
        }
        Case& measured = case_of(run);
        measured.samples.push_back(std::move(sample));
        ++taken_;
        tell([&](SweepSink& sink) { sink.sample_taken(sweep_, measured); });
    }

    /// Ends the case if it has enough, of samples or of failures.
    void settle(CaseRun& run) {
        const std::vector<Sample>& samples = case_of(run).samples;
        if (run.failures >= kMaximumFailures) {
            fail(run, fmt::format("{} of its {} passes failed, the last one because {}",
                                  run.failures, samples.size(), samples.back().failure));
        } else if (const auto reason = run.criterion->reason()) {
            end(run, *reason);
        }
    }

    void fail(CaseRun& run, const std::string& failure) {
        case_of(run).failure = failure;
        end(run, StopReason::kFailed);
    }

    /// `run` is gone afterwards.
    void end(CaseRun& run, StopReason reason) {
        Case& measured = case_of(run);
        measured.stopped = reason;
        if (measured.failure.empty() && run.good == 0) {
            measured.failure = why_empty(reason);
        }
        if (measured.failure.empty() && hooks_.summarize) {
            try {
                hooks_.summarize(measured);
            } catch (const Error& error) {
                measured.failure = error.what();
                measured.stopped = StopReason::kFailed;
            }
        }
        runs_.erase(run_of(run.index));
        tell([&](SweepSink& sink) { sink.case_done(sweep_, measured); });
    }

    std::string why_empty(StopReason reason) const {
        if (reason == StopReason::kBudget) {
            return fmt::format(
                "no sample: the budget of {} s ended before its turn; give a larger {} or sweep "
                "less",
                *options_.budget_s, flags::kBudget);
        }
        return fmt::format("no sample: the sweep was interrupted before its turn; {} goes on",
                           flags::kResume);
    }

    void end_all(StopReason reason) {
        while (!runs_.empty()) {
            end(runs_.front(), reason);
        }
    }

    void report(const CaseRun& run) const {
        if (!hooks_.progress) {
            return;
        }
        SweepProgress progress;
        progress.case_id = sweep_.cases[run.index].id;
        progress.round = round_;
        progress.cases = sweep_.cases.size();
        progress.cases_done = sweep_.cases.size() - runs_.size();
        progress.elapsed_s = clock_.now_s() - begin_s_;
        progress.remaining_s = expected_time(runs_, options_.stopping.min_repeats);
        if (options_.budget_s) {
            progress.remaining_s = std::min(progress.remaining_s, std::max(0.0, remaining_s()));
        }
        progress.samples = taken_;
        hooks_.progress(progress);
    }

    Case& case_of(const CaseRun& run) { return sweep_.cases[run.index]; }

    Sweep& sweep_;
    SweepOptions options_;
    const SweepHooks& hooks_;
    const Clock& clock_;
    double begin_s_;
    ProcessPool pool_;
    std::vector<CaseRun> runs_;
    std::int64_t order_ = 0;
    std::int64_t taken_ = 0;
    std::int64_t frames_ = 0;  ///< of the clip, from the first good pass of any case
    std::size_t round_ = 0;
};

}  // namespace

std::vector<Option> options_of(SweepOptions& o) {
    const char* group = "Measuring";
    std::vector<Option> all = options_of(o.stopping);
    all.insert(all.end(), {{.names = "--warm-ups",
                            .group = group,
                            .help = "passes of a case before one counts",
                            .value = &o.warm_ups,
                            .range = {0, 100}},
                           {.names = "--processes",
                            .group = group,
                            .help = "process starts that take turns",
                            .value = &o.processes,
                            .range = {1, 64}},
                           {.names = flags::kBudget,
                            .group = group,
                            .help = "seconds for everything, shared by the cases",
                            .value = &o.budget_s,
                            .range = kAboveZero}});
    return all;
}

void validate(const SweepOptions& options) {
    validate(options.stopping);
    check_ranges_of(options);
}

void run_sweep(Sweep& sweep, const SweepOptions& options, const SweepHooks& hooks,
               const Clock& clock) {
    validate(options);
    SweepRun(sweep, options, hooks, clock).run();
}

}  // namespace closet::bench
