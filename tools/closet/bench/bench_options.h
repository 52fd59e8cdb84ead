#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/compare/ranking.h"
#include "bench/probe/case_player.h"
#include "bench/sweep/runner.h"
#include "closet/fit/fit_settings.h"
#include "core/files.h"

namespace closet {

/// What is measured: the clips, the cases and how. Shared by the sweep, `ab` and `aa`.
struct BenchMeasure {
    std::vector<std::string> inputs;
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
    std::vector<std::string> labels;
    std::string quality = "on";             ///< or "off", or "lpips": with LPIPS beside the rest
    std::vector<std::string> lpips_models;  ///< see lpips_model_option
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

}  // namespace closet
