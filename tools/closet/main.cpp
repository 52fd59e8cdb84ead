// closet: parses the command line, runs one subcommand, and is the one place that turns an
// exception into a sentence on stderr and an exit code.

#include <array>
#include <string>
#include <vector>

#include <malloc.h>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "closet/command.h"
#include "closet/config_file.h"
#include "closet/console.h"
#include "closet/version.h"
#include "core/cpu.h"
#include "core/error.h"

namespace {

using namespace closet;

/// What goes wrong in OpenCV is an exception, and told once: Note [Exceptions of libraries].
void quiet_libraries(bool verbose) {
    if (!verbose) {
        cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    }
}

int run(int argc, char** argv) {
    CLI::App app("Puts a garment onto the person in a video.", "closet");
    app.require_subcommand(1);
    app.set_help_all_flag("--help-all", "the help of every subcommand");
    app.set_version_flag("--version", version_text);
    bool verbose = false;
    app.add_flag("--verbose", verbose, "tell more: the long form, what libraries say of a failure");
    app.fallthrough();  // for every subcommand
    app.footer("Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.");
    const std::array commands{
        add_fit_command(app),     add_plan_command(app),    add_run_unit_command(app),
        add_join_command(app),    add_live_command(app),    add_bench_command(app),
        add_compare_command(app), add_garment_command(app), add_people_command(app),
        add_models_command(app),  add_doctor_command(app),  add_completion_command(app),
        add_man_command(app)};

    std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        for (const Command& command : commands) {
            arguments = with_config_file(*command.app, std::move(arguments));
        }
        // CLI11 takes a vector in reverse order.
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& error) {
        // Help and version are "errors" of exit code 0; CLI11 prints them on stdout.
        return app.exit(error) == 0 ? kExitDone : kExitUsage;
    }
    console::set_verbose(verbose);
    quiet_libraries(verbose);
    for (const Command& command : commands) {
        if (command.app->parsed()) {
            return command.run();
        }
    }
    return kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
    // The stages are what runs side by side: threads inside a picture operation cost 4 % more CPU
    // time for a clip and save none of the wall time.
    cv::setNumThreads(1);
    // Frames are made by one thread and dropped by another, so that each thread's heap keeps some:
    // 13 to 28 MB at 1080x1920, and no time to be gained.
    mallopt(M_ARENA_MAX, 2);
    try {
        limit_libraries_to_cpu_path();
        return run(argc, argv);
    } catch (const ConfigError& error) {
        console::print_error(error.what());
        return kExitUsage;
    } catch (const std::exception& error) {
        console::print_failure(error);
        return kExitFailed;
    }
}
