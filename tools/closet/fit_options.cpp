#include "fit_options.h"

#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

/// People followed where several are asked for and their number is not: a family picture.
constexpr int kManyPeople = 10;

/// "key=value" of -e.
std::pair<std::string, std::string> split_key_value(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
        throw ConfigError(fmt::format("-e {}: not of the form key=value", text));
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

/// A range check that shows up in the help as "1..256".
template <class T>
CLI::Validator between(T low, T high) {
    return CLI::Range(low, high).description(fmt::format("{}..{}", low, high));
}

CLI::Option* last(CLI::Option* option) {
    return option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

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
    const char* group = "Pose";
    InferOptions& infer = o.fit.infer;
    last(app.add_option("--model", infer.model, "pose network; `closet doctor` lists them"))
        ->group(group)
        ->capture_default_str()
        ->envname("CLOSET_MODEL");
    last(app.add_option("--detector", infer.detector,
                        "network that finds people, or its checkpoint; else the model's own"))
        ->group(group);
    last(app.add_option("--detect-every", infer.detect_every_s,
                        "seconds between looks for new people; 0: every key frame"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0.0, 60.0));
    last(app.add_option("--max-people", o.max_people,
                        fmt::format("people followed at a time, the largest ones; if not given 1, "
                                    "or {} with --detector or another --person than largest",
                                    kManyPeople)))
        ->group(group)
        ->check(between(1, 100));
    app.add_flag("--allow-partial", infer.allow_partial,
                 "take a checkpoint that lacks some of the network's weights")
        ->group(group);
    last(app.add_option("--device", infer.device, "auto, cpu or cuda[:N]"))
        ->group(group)
        ->capture_default_str()
        ->envname("CLOSET_DEVICE");
    last(app.add_option("--precision", infer.precision, "auto, fp32, fp16 (CUDA) or bf16"))
        ->group(group)
        ->capture_default_str();
    last(app.add_option("--streams", infer.streams, "CUDA streams in flight"))
        ->group(group)
        ->capture_default_str()
        ->check(between(1, 32));
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
    last(app.add_option("--scale", o.fit.batch.scale, "of the picture that inference sees"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0.05, 1.0));
    last(app.add_option_function<std::string>(
             "--person", [&o](const std::string& text) { o.person = parse_person(text); },
             "who wears it: largest, center, all, id:N as in a pose file, or x,y in pixels; if not "
             "given with --poses, everybody in the file"))
        ->group(group)
        ->default_str("largest");
    last(app.add_option("--smooth", o.fit.interpolate.sigma_s,
                        "width of the smoothing, seconds; 0: none"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0.0, 1.0));
    last(app.add_option("--poses", o.fit.poses,
                        "take the poses from this file instead of inferring"))
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
    WarpOptions& warp = o.fit.warp;
    last(app.add_option("-g,--garment", o.garment,
                        "product photo on a plain ground, or a picture with transparency and its "
                        "anchors in a .json file beside it"))
        ->group(group)
        ->type_name("FILE");
    std::string names;
    for (const WarpEntry& entry : warps()) {
        names += fmt::format("{}{}: {}", names.empty() ? "" : "; ", entry.name, entry.description);
    }
    last(app.add_option("--warp", warp.warp, names))->group(group)->capture_default_str();
    last(app.add_option("--opacity", warp.opacity, "of the garment"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0.0, 1.0));
    app.add_flag("--protect-face,!--no-protect-face", warp.protect_face,
                 "keep face and throat in front of the garment")
        ->group(group)
        ->default_str("true");
    app.add_flag("--tuck", warp.tuck, "the garment ends at the waist, as if tucked in (mesh)")
        ->group(group);
    app.add_flag("--occlusion,!--no-occlusion", warp.occlusion,
                 "keep forearms, hands and hair in front of the garment")
        ->group(group)
        ->default_str("true");
    last(app.add_option("--shadow", warp.shadow, "of the garment's edge on the body; 0: none"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0.0, 1.0));
    app.add_flag("--fill-old-clothes,!--no-fill-old-clothes", warp.fill_old_clothes,
                 "widen and lengthen the garment over what shows of the wearer's own clothes")
        ->group(group);
    app.add_flag("--fit-light,!--no-fit-light", warp.fit_light,
                 "fit the garment's colours to the scene's light")
        ->group(group)
        ->default_str("true");
    app.add_flag("--skeleton", warp.skeleton, "draw the poses over the result")->group(group);
}

void add_output_options(CLI::App& app, FitCommandOptions& o) {
    const char* group = "Output";
    EncodeOptions& encode = o.fit.encode;
    last(app.add_option("-o,--output", o.output, "file, or folder where there are several inputs"))
        ->group(group)
        ->type_name("OUTPUT");
    last(app.add_option(
             "--matte", o.matte,
             "write the alpha of what is painted, grey and lossless: .mkv, .mov, .avi, or "
             ".png, .tiff for a picture; a folder where there are several inputs"))
        ->group(group)
        ->type_name("FILE");
    last(app.add_option("--vcodec,--encoder", encode.codec,
                        "libav's encoder; none discards the frames"))
        ->group(group)
        ->capture_default_str();
    last(app.add_option("--crf", encode.crf, "constant quality, smaller is better"))
        ->group(group)
        ->default_str(fmt::format("{}", encode.crf.value_or(0)));
    last(app.add_option("--preset", encode.preset, "of the encoder, ultrafast to veryslow"))
        ->group(group)
        ->default_str(encode.preset.value_or(""));
    app.add_option_function<std::vector<std::string>>(
           "-e,--encode-option",
           [&encode](const std::vector<std::string>& settings) {
               for (const std::string& text : settings) {
                   encode.extra.push_back(split_key_value(text));
               }
           },
           "key=value for the encoder or the container; may repeat")
        ->group(group)
        ->allow_extra_args(false);
    last(app.add_option("--encode-threads", encode.threads, "encoder threads; 0 chooses"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0, 128));
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
    app.add_flag("-q,--quiet", o.quiet, "errors only")->group(group);
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
    fit.interpolate.person =
        options.person.value_or(PersonRule{.kind = fit.poses ? Kind::kAll : Kind::kLargest});
    const bool is_several =
        fit.interpolate.person.kind != Kind::kLargest || !fit.infer.detector.empty();
    fit.infer.max_people = options.max_people.value_or(is_several ? kManyPeople : 1);
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
