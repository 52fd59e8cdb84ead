#pragma once

#include <fstream>
#include <optional>
#include <string>

#include "live/flow/figures.h"

namespace closet {

/// Tells the figures of a live run: while it runs and at its end.
class LiveReport {
  public:
    /// stats, summary: files to write, empty: none. Throws Error where one cannot be written.
    LiveReport(const std::string& stats, std::string summary);

    /// The figures of the last second.
    void tell(const LiveFigures& figures);
    /// Those of the whole run: the table, the summary.
    void finish(const LiveFigures& total);

  private:
    std::string stats_path_, summary_;
    std::optional<std::ofstream> stats_;
    double told_s_ = 0;
};

}  // namespace closet
