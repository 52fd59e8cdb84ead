#pragma once

#include <optional>
#include <string>

#include "core/files.h"
#include "core/new_file.h"
#include "live/statistics.h"

namespace closet {

/// Tells the figures of a live run: while it runs and at its end.
class LiveReport {
  public:
    /// stats, summary: files to write, empty: none. Throws Error where one cannot be written.
    LiveReport(const std::string& stats, const std::string& summary);

    /// The figures of the last second.
    void tell(const LiveStatistics& figures);
    /// Those of the whole run: the table, the summary.
    void finish(const LiveStatistics& total);

  private:
    std::optional<LineFile> stats_;
    std::optional<NewFile> summary_;
    double told_s_ = 0;
    bool told_of_stats_ = false;
};

}  // namespace closet
