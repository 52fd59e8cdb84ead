#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "bench/compare/compare.h"

namespace closet {

/// What counts as a regression, for `compare` and `ab`.
struct JudgeOptions {
    bench::CompareOptions compare;
    bool fail_on_inconclusive = false;
};

/// Adds --max-slowdown, --max-quality-drop and --fail-on.
void add_judge_options(CLI::App& app, JudgeOptions& options);

/// kExitDone, kExitRegression or kExitInconclusive.
int exit_code_of(bench::Verdict verdict, const JudgeOptions& options);

}  // namespace closet
