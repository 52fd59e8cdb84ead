#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/compare/verdict.h"
#include "bench/probe/case_options.h"
#include "bench/result.h"
#include "bench/sweep/alerts.h"
#include "bench/sweep/axis.h"
#include "bench/sweep/cases.h"
#include "bench/sweep/runner.h"
#include "core/files.h"
#include "fit_settings.h"

namespace closet {

/// What is measured: the clip, the cases and how. Shared by the sweep, `ab` and `aa`.
struct BenchMeasure {
    std::string input;
    FitSettings settings;
    bench::SweepOptions sweep;
    bench::ProbeOptions probe;
    std::string include;     ///< "decode,encode"
    std::uint64_t seed = 0;  ///< of the order; 0: another one each time, recorded
    double level = 0.95;
    bool product = false;
    std::string config;
    bool quiet = false;
    bool json = false;
};

/// The command line of `closet bench` itself, the sweep.
struct BenchOptions {
    BenchMeasure measure;
    std::string labels;
    bool quality = true;
    bench::Constraints constraints;
    std::vector<std::string> alerts;
    std::string format = "table";
    std::vector<std::string> out;
    std::string report;
    std::string plots;
    std::string resume;
    bool dry_run = false;
};

/// Adds what all measuring commands have: input, fit's options as lists, how often to measure.
void add_measure_options(CLI::App& app, BenchMeasure& options);

/// What the options come to: base settings, axes, and the cases not yet run.
struct MeasurePlan {
    std::vector<bench::Axis> axes;
    std::vector<bench::Setting> base;  ///< given and not swept
    std::vector<bench::Case> cases;
};

/// Throws ConfigError naming the flag. Every case is read as `fit` would, so that a value that it
/// refuses is told before anything is measured. Sets `options.probe`.
MeasurePlan plan_measurement(BenchMeasure& options);

/// The files that a measurement reads, those of its garment and networks among them.
std::vector<NamedFile> files_read(const BenchMeasure& options, const MeasurePlan& plan);

/// Reads a case's settings as `fit` would (bench/probe).
bench::CaseOptions resolve_case(const std::vector<bench::Setting>& settings);

}  // namespace closet
