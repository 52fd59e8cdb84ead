#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace closet {

/// One subcommand: adds itself with its options to `app` and returns what runs it once the command
/// line is parsed. The result is an ExitCode; failures are exceptions.
struct Command {
    CLI::App* app;
    std::function<int()> run;
};

Command add_fit_command(CLI::App& app);
Command add_live_command(CLI::App& app);
Command add_bench_command(CLI::App& app);
Command add_garment_command(CLI::App& app);
Command add_doctor_command(CLI::App& app);
Command add_models_command(CLI::App& app);
Command add_completion_command(CLI::App& app);
Command add_man_command(CLI::App& app);

}  // namespace closet
