#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "closet/cluster/plan_file.h"
#include "closet/fit/fit_options.h"
#include "fit/fit.h"

namespace closet {

/// A plan that this process does a part of.
class PlanJob {
  public:
    /// Reads the plan and goes to its folder, where relative names of its settings lead to the
    /// files that they led to when it was made. `device`: to run networks on, in place of the
    /// plan's; empty: that one. Throws ConfigError, also where the plan is another program's.
    explicit PlanJob(const std::filesystem::path& path, const std::string& device = {});

    const Plan& plan() const { return plan_; }
    /// As the user named it.
    const std::filesystem::path& path() const { return path_; }
    /// The clip that a work is for. Throws ConfigError where the plan has no such work.
    const PlanClip& clip_of(std::size_t work) const;

    /// Does a part of a clip. `tick` as Fit::render takes it. Throws as Fit does.
    FitReport render(const PlanClip& clip, UnitTask task, const FitTick& tick) const;

  private:
    std::filesystem::path path_;
    Plan plan_;
    FitCommandOptions command_;
};

}  // namespace closet
