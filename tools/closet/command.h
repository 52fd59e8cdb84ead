#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace closet {

/// What the process returns, the same for every subcommand.
enum ExitCode {
    kExitDone = 0,
    kExitFailed = 1,      ///< at least one input or case failed
    kExitUsage = 2,       ///< a flag or config key that cannot be used; nothing was started
    kExitRegression = 3,  ///< bench: slower or less accurate than the base, beyond what is allowed
    kExitInconclusive = 4,  ///< bench: the figures cannot tell, and that was to count
    kExitInterrupted = 130  ///< Ctrl-C or SIGTERM; a playable .partial file remains
};

/// One subcommand: adds itself with its options to `app` and returns what runs it once the command
/// line is parsed. The result is an ExitCode; failures are exceptions.
struct Command {
    CLI::App* app;
    std::function<int()> run;
};

Command add_fit_command(CLI::App& app);
Command add_plan_command(CLI::App& app);
Command add_run_unit_command(CLI::App& app);
Command add_join_command(CLI::App& app);
Command add_live_command(CLI::App& app);
Command add_bench_command(CLI::App& app);
Command add_compare_command(CLI::App& app);
Command add_garment_command(CLI::App& app);
Command add_people_command(CLI::App& app);
Command add_doctor_command(CLI::App& app);
Command add_models_command(CLI::App& app);
Command add_completion_command(CLI::App& app);
Command add_man_command(CLI::App& app);

}  // namespace closet
