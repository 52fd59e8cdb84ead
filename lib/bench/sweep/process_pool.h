#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "bench/sweep/case_runner.h"

namespace closet::bench {

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

}  // namespace closet::bench
