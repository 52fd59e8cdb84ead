#pragma once

#include <string>
#include <vector>

#include "bench/probe/case_player.h"
#include "bench/probe/session.h"
#include "bench/result/result.h"
#include "bench/sweep/plan.h"
#include "closet/bench/bench_options.h"
#include "core/files.h"

namespace closet {

/// What the options come to. Throws ConfigError naming the flag. Every case is read as `fit` would,
/// so that a value that it refuses is told before anything is measured. Sets `options.probe`, and
/// the seed where none was given.
bench::SweepPlan plan_measurement(BenchMeasure& options);

/// The files that a measurement reads, those of its garment and networks among them.
std::vector<NamedFile> files_read(const BenchMeasure& options, const bench::SweepPlan& plan);

/// Reads a case's settings as `fit` would (bench/probe).
bench::CaseOptions resolve_case(const std::vector<bench::Setting>& settings);

/// The session of this program, interrupted by signals. Throws as its constructor.
bench::Session make_session(const BenchMeasure& options, const bench::SweepPlan& plan);

/// The session's hooks, with progress on the console.
bench::SweepHooks hooks_of(const bench::Session& session);

}  // namespace closet
