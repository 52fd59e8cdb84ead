#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "closet/command.h"
#include "closet/console.h"
#include "closet/interrupt.h"
#include "closet/models/models_command.h"
#include "fit/calibrate.h"
#include "models/ranges/known_ranges.h"

namespace closet {
namespace {

struct CalibrateArguments {
    InferOptions infer;
    std::vector<std::string> clips;
};

int run_calibrate(const CalibrateArguments& arguments) {
    interrupt::install();
    const auto networks =
        calibrate(arguments.clips, arguments.infer, [] { return !interrupt::requested(); });
    if (!networks) {
        return kExitInterrupted;
    }
    for (const CalibratedNetwork& network : *networks) {
        console::print_line(
            fmt::format("{}: measured in {} pictures", network.name, network.pictures));
    }
    console::print_line(fmt::format("written to {}", own_ranges_file().string()));
    return kExitDone;
}

}  // namespace

Command add_models_calibrate(CLI::App& models) {
    CLI::App* command = models.add_subcommand(
        "calibrate", "measure what --precision int8 needs to know of a pose network, in clips");
    const auto arguments = std::make_shared<CalibrateArguments>();
    command
        ->add_option("model", arguments->infer.model, "a pose network, as --model of fit takes it")
        ->required()
        ->type_name("MODEL");
    command
        ->add_option("clips", arguments->clips,
                     "videos or pictures of people, like those to be dressed")
        ->required()
        ->type_name("CLIP");
    command
        ->add_option(flags::kDetector, arguments->infer.detector,
                     "also of this network that finds people")
        ->type_name("MODEL");
    return {command, [arguments] { return run_calibrate(*arguments); }};
}

}  // namespace closet
