#include "fit_options.h"

#include <fmt/format.h>

#include "core/error.h"
#include "stage_options.h"

namespace closet {
namespace {

void add_input_options(CLI::App& app, FitCommandOptions& o) {
    app.add_option("input,--input", o.inputs, "videos, pictures, URLs or folders of them")
        ->required()
        ->type_name("INPUT");
    const char* group = "Input";
    last(app.add_option("--start", o.fit.decode.start_s, "begin here, seconds into the clip"))
        ->group(group)
        ->check(CLI::NonNegativeNumber);
    last(app.add_option("--end", o.fit.decode.end_s, "end here, seconds into the clip"))
        ->group(group)
        ->check(CLI::PositiveNumber);
    last(app.add_option("--decode-threads", o.fit.decode.threads, "decoder threads; 0 chooses"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0, 64));
    app.add_flag("--hwaccel", o.fit.decode.hardware, "decode on the GPU where it can")
        ->group(group);
}

void add_pose_options(CLI::App& app, FitCommandOptions& o) {
    add_network_options(app, o.fit.infer, o.people);
    const char* group = "Pose";
    last(app.add_option("--batch", o.fit.batch.size, "key frames in one inference call"))
        ->group(group)
        ->capture_default_str()
        ->check(between(1, 256));
    last(app.add_option("--interval", o.fit.batch.interval_s,
                        "seconds between key frames; 0: every frame"))
        ->group(group)
        ->default_str(fmt::format("{}", o.fit.batch.interval_s.value_or(0)))
        ->check(CLI::NonNegativeNumber);
    last(app.add_option("--every", o.fit.batch.every,
                        "frames between key frames; overrides --interval"))
        ->group(group)
        ->check(CLI::PositiveNumber);
    add_scale_option(app, o.fit.batch.scale);
    last(app.add_option("--smooth", o.fit.interpolate.sigma_s,
                        "width of the smoothing, seconds; 0: none"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0.0, 1.0));
    last(app.add_option(
             "--poses", o.fit.poses,
             "take the poses from this file instead of inferring: everybody in it, unless --person "
             "says otherwise"))
        ->group(group)
        ->type_name("FILE");
    last(app.add_option("--save-poses", o.fit.save_poses,
                        "write the poses and masks of every frame, JSON Lines; --poses gives the "
                        "same picture again"))
        ->group(group)
        ->type_name("FILE");
}

void add_garment_options(CLI::App& app, FitCommandOptions& o) {
    const char* group = "Garment";
    last(app.add_option("-g,--garment", o.garment,
                        "product photo on a plain ground, or a picture with transparency and its "
                        "anchors in a .json file beside it"))
        ->group(group)
        ->type_name("FILE");
    add_wear_options(app, o.fit.warp);
}

void add_output_options(CLI::App& app, FitCommandOptions& o) {
    const char* group = "Output";
    last(app.add_option("-o,--output", o.output, "file, or folder where there are several inputs"))
        ->group(group)
        ->type_name("OUTPUT");
    last(app.add_option(
             "--matte", o.matte,
             "write the alpha of what is painted, grey and lossless: .mkv, .mov, .avi, or "
             ".png, .tiff for a picture; a folder where there are several inputs"))
        ->group(group)
        ->type_name("FILE");
    add_encode_options(app, o.fit.encode);
    auto* overwrite =
        app.add_flag("-y,--yes", o.overwrite, "overwrite an existing output")->group(group);
    app.add_flag("-n,--no-overwrite", o.keep, "skip an input whose output exists")
        ->group(group)
        ->excludes(overwrite);
}

void add_run_options(CLI::App& app, FitCommandOptions& o) {
    const char* group = "Run";
    last(app.add_option("--config", o.config, "settings in TOML: option names as keys"))
        ->group(group)
        ->type_name("FILE")
        ->configurable(false);
    app.add_flag("--dry-run", o.dry_run, "print the resolved settings and stop")
        ->group(group)
        ->configurable(false);
    last(app.add_option("--summary", o.summary, "write what was done and what it cost, as JSON"))
        ->group(group)
        ->type_name("FILE");
    app.add_flag("-q,--quiet", o.quiet, "errors and lost streams only")->group(group);
    app.add_flag("--json", o.json, "progress and messages as JSON lines on stderr")->group(group);
    app.add_flag("--serial", o.fit.serial, "all stages on one thread")->group(group);
    last(app.add_option("--queue", o.fit.queue_capacity, "items between two stages"))
        ->group(group)
        ->capture_default_str()
        ->check(between(1, 1024));
}

}  // namespace

void add_fit_options(CLI::App& app, FitCommandOptions& options) {
    add_input_options(app, options);
    add_garment_options(app, options);
    add_output_options(app, options);
    add_pose_options(app, options);
    add_run_options(app, options);
}

void resolve_fit_options(FitCommandOptions& options) {
    FitOptions& fit = options.fit;
    if (fit.encode.codec == "none") {
        fit.discard = true;
    }
    using Kind = PersonRule::Kind;
    options.people.resolve(fit.poses ? Kind::kAll : Kind::kLargest, fit.interpolate.person,
                           fit.infer);
    if (fit.batch.interval_s == 0.0) {
        fit.batch.interval_s.reset();  // every frame
    }
    if (options.inputs.size() > 1 && (fit.poses || fit.save_poses)) {
        throw ConfigError(
            "--poses and --save-poses belong to one clip; render several inputs apart");
    }
    if (fit.decode.start_s && fit.decode.end_s && *fit.decode.end_s <= *fit.decode.start_s) {
        throw ConfigError(fmt::format("--end {} is not after --start {}", *fit.decode.end_s,
                                      *fit.decode.start_s));
    }
}

}  // namespace closet
