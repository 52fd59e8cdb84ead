#include "closet/fit/fit_options.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "closet/config_file.h"
#include "closet/option_binding.h"
#include "core/error.h"
#include "fit/matte_writer.h"
#include "poses/pose_file.h"

namespace closet {
namespace {

constexpr const char* kOutputFlag = "-o,--output";
constexpr const char* kGarmentsHelp =
    "product photo, or a picture with transparency and its anchors in a .json file beside it, or "
    "FOLDER/:WORDS, the one of a folder that fits them best; a top, trousers and a jacket are worn "
    "together, given several times or as FILE+FILE";

std::vector<Option> input_options(JobRequest& o) {
    const char* group = "Input";
    return {
        {.names = flags::kInputs,
         .group = group,
         .help = "take inputs from this list, one a line, relative to its folder; lines that begin "
                 "with # are skipped; -: standard input",
         .value = &o.lists,
         .placeholder = "FILE",
         .is_setting = false},
        {.names = flags::kLooks,
         .group = group,
         .help = "a garment a clip: take inputs from this table, CSV with the columns input, "
                 "garment (several separated by ;), person, output; an empty field is what the "
                 "command line says",
         .value = &o.looks,
         .placeholder = "FILE",
         .is_setting = false},
    };
}

std::vector<Option> output_options(JobRequest& o) {
    const char* group = "Output";
    return {
        {.names = kOutputFlag,
         .group = group,
         .help = "file, or folder where there are several inputs",
         .value = &o.output,
         .placeholder = "OUTPUT",
         .is_setting = false},
        {.names = flags::kMatte,
         .group = group,
         .help = "write the alpha of what is painted, gray and lossless: .mkv, .mov, .avi, or "
                 ".png, .tiff for a picture; a folder where there are several inputs",
         .value = &o.matte,
         .placeholder = "FILE",
         .is_setting = false},
    };
}

std::vector<Option> overwrite_options(FitCommandOptions& o) {
    const char* group = "Output";
    return {
        {.names = "-y,--yes",
         .group = group,
         .help = "overwrite an existing output",
         .value = &o.overwrite,
         .is_setting = false},
        {.names = "-n,--no-overwrite,--skip-existing",
         .group = group,
         .help = "skip an input whose output exists; an unfinished .partial is none",
         .value = &o.keep,
         .is_setting = false},
    };
}

std::vector<Option> report_options(FitCommandOptions& o) {
    const char* group = "Run";
    return {
        {.names = "--jobs",
         .group = group,
         .help = "clips rendered at a time, which share the cores; 0: one a core, as far as memory "
                 "goes (2 GB each)",
         .value = &o.jobs,
         .range = {0, 64},
         .is_setting = false},
        config_option(o.config),
        dry_run_option(o.dry_run),
        {.names = "--summary",
         .group = group,
         .help = "write what was done and what it cost, as JSON",
         .value = &o.summary,
         .placeholder = "FILE",
         .is_setting = false},
        {.names = "-q,--quiet",
         .group = group,
         .help = "errors and lost streams only",
         .value = &o.quiet,
         .is_setting = false},
        {.names = "--json",
         .group = group,
         .help = "progress and messages as JSON lines on stderr",
         .value = &o.json,
         .is_setting = false},
    };
}

}  // namespace

std::vector<Option> options_of(FitCommandOptions& o) {
    std::vector<Option> all;
    for (std::vector<Option>& part : std::vector<std::vector<Option>>{
             input_options(o.request), options_of(o.fit.decode),
             options_of(o.garments, kGarmentsHelp), options_of(o.fit.warp),
             options_of(o.fit.restore), output_options(o.request), options_of(o.fit.encode),
             overwrite_options(o), unit_options(o.fit), options_of(o.fit.infer),
             options_of(o.people), options_of(o.fit.batch), options_of(o.fit.interpolate),
             pose_file_options(o.fit), report_options(o), run_options(o.fit)}) {
        std::move(part.begin(), part.end(), std::back_inserter(all));
    }
    return all;
}

void add_fit_options(CLI::App& app, FitCommandOptions& options) {
    app.add_option("input,--input", options.request.inputs,
                   "videos, pictures, URLs or folders of them")
        ->type_name("INPUT");
    add_options(app, options_of(options));
    app.get_option("--no-overwrite")->excludes(app.get_option("--yes"));
}

std::vector<NamedFile> files_read(const FitCommandOptions& options, const OutfitChoice& outfit) {
    std::vector<NamedFile> files =
        files_read(options.fit.infer, options.garments.cutter, outfit, options.garments.clip);
    files.push_back({"the file of --poses", options.fit.poses.value_or("")});
    files.push_back({"the file of --restore-model", options.fit.restore.model});
    return files;
}

void resolve_fit_options(FitCommandOptions& options) {
    FitOptions& fit = options.fit;
    if (fit.encode.codec == "none") {
        fit.discard = options.request.discard = true;
    }
    using Kind = PersonRule::Kind;
    options.people.resolve(fit.poses ? Kind::kAll : Kind::kLargest, fit.interpolate.person,
                           fit.infer);
    if (fit.decode.start_s && fit.decode.end_s && *fit.decode.end_s <= *fit.decode.start_s) {
        throw ConfigError(fmt::format("{} {} is not after {} {}", flags::kEnd, *fit.decode.end_s,
                                      flags::kStart, *fit.decode.start_s));
    }
}

}  // namespace closet
