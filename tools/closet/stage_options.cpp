#include "stage_options.h"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

std::pair<std::string, std::string> split_key_value(std::string_view flag,
                                                    const std::string& text) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
        throw ConfigError(fmt::format("{} {}: not of the form key=value", flag, text));
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

CLI::Option* last(CLI::Option* option) {
    return option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

std::vector<NamedFile> network_files(const InferOptions& infer) {
    std::vector<NamedFile> files;
    for (const auto& [flag, name] : {std::pair{"the file of --model", infer.model},
                                     {"the file of --detector", infer.detector}}) {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(name, ignored)) {  // else a model's name
            files.push_back({flag, name});
        }
    }
    return files;
}

void add_network_options(CLI::App& app, InferOptions& infer, PeopleSettings& people) {
    const char* group = "Pose";
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
    last(app.add_option("--max-people", people.max_people,
                        fmt::format("people followed at a time, the largest ones; if not given 1, "
                                    "or {} with --detector or another --person than largest",
                                    PeopleSettings::kManyPeople)))
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
    last(app.add_option_function<std::string>(
             "--person", [&people](const std::string& text) { people.person = parse_person(text); },
             "who wears it: largest, center, all, id:N, or x,y in pixels"))
        ->group(group)
        ->default_str("largest");
}

void PeopleSettings::resolve(PersonRule::Kind otherwise, PersonRule& rule,
                             InferOptions& infer) const {
    rule = person.value_or(PersonRule{.kind = otherwise});
    const bool is_several = rule.kind != PersonRule::Kind::kLargest || !infer.detector.empty();
    infer.max_people = max_people.value_or(is_several ? kManyPeople : 1);
}

void add_scale_option(CLI::App& app, double& scale) {
    const char* group = "Pose";
    last(app.add_option("--scale", scale, "of the picture that inference sees"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0.05, 1.0));
}

void add_wear_options(CLI::App& app, WarpOptions& warp) {
    const char* group = "Garment";
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

void add_encode_options(CLI::App& app, EncodeOptions& encode) {
    const char* group = "Output";
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
                   encode.extra.push_back(split_key_value("-e", text));
               }
           },
           "key=value for the encoder or the container; may repeat")
        ->group(group)
        ->allow_extra_args(false);
    last(app.add_option("--encode-threads", encode.threads, "encoder threads; 0 chooses"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0, 128));
}

}  // namespace closet
