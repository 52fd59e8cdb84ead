#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/command.h"
#include "closet/console.h"
#include "closet/garment_find.h"
#include "closet/option_binding.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json_string.h"
#include "core/log.h"
#include "fit/garment_options.h"
#include "fit/garment_pointing.h"
#include "fit/worn_garment.h"
#include "infer/parse/parser.h"
#include "warp/garment/anchors_file.h"
#include "warp/garment/garment_file.h"
#include "warp/garment/photo/photo_check.h"
#include "warp/garment/write_garment.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGarmentNotes = R"(Examples:
  closet garment prepare shirt.jpg -o shirt.png
  closet garment prepare shirt.jpg -o shirt.png --preview look.png
  closet garment prepare street.jpg -o coat.png --mask coat-mask.png
  closet garment prepare floor.jpg -o coat.png --cutter isnet
  closet garment prepare rail.jpg -o coat.png --point 410,300 --not-point 600,310
  closet garment prepare person.jpg -o shirt.png --parser skin-clothes-hair+bodypix
  closet garment prepare wrap.jpg -o wrap.png --kind skirt
Writes the garment with a transparent ground, and beside it NAME.json with its kind and the points
that hold it on a body. Correct them by hand where the preview shows them in a wrong place: "left"
is the wearer's left, on the right of the picture. `closet fit -g` takes a photo directly, too.)";

struct PrepareArguments {
    std::string photo;
    std::string output;
    std::string mask;
    std::string cutter = kAutoCutter;
    PointingOptions pointing{};
    InferOptions infer{};
    std::string kind = "auto";
    std::string preview;
    bool overwrite = false;
    bool json = false;
};

/// Everything that can be known to fail before the photo is read.
void check_paths(const PrepareArguments& arguments) {
    if (fs::path(arguments.output).extension() != ".png") {
        throw ConfigError(
            fmt::format("-o {}: a garment is a PNG picture; give it a name that ends in .png",
                        arguments.output));
    }
    std::vector<NamedFile> writes{{"-o", arguments.output},
                                  {"-o", anchors_file_of(arguments.output)}};
    if (!arguments.preview.empty()) {
        const std::string ending = fs::path(arguments.preview).extension().string();
        if (ending != ".png" && ending != ".jpg" && ending != ".jpeg") {
            throw ConfigError(fmt::format("--preview {}: give it a name that ends in .png or .jpg",
                                          arguments.preview));
        }
        writes.push_back({"--preview", arguments.preview});
    }
    try {
        check_names({{"the photo", arguments.photo}, {"--mask", arguments.mask}}, writes);
    } catch (const MediaError& error) {
        throw ConfigError(error.what());  // of this command a wrong usage
    }
    for (const auto& [flag, path] : writes) {
        std::error_code ignored;
        if (const fs::path folder = path.parent_path();
            !folder.empty() && !fs::is_directory(folder, ignored)) {
            throw ConfigError(fmt::format("{} {}: there is no folder {}; create it first", flag,
                                          path.string(), folder.string()));
        }
        if (!arguments.overwrite && fs::exists(path, ignored)) {
            throw ConfigError(fmt::format("{} {}: the file exists; give -y to overwrite it", flag,
                                          path.string()));
        }
    }
}

/// Null where there is no telling: it was given, or nothing else is likely.
nlohmann::json second_kind(const Prepared& prepared) {
    return prepared.kind_confidence < 1 ? nlohmann::json(to_string(prepared.second_kind))
                                        : nlohmann::json();
}

/// Null of what has none because it does not cover the torso.
nlohmann::json sleeves_of(const Garment& garment) {
    return covers_torso(garment.kind) ? nlohmann::json(to_string(garment.sleeves))
                                      : nlohmann::json();
}

/// "top (confidence 0.93), short sleeves" and the like.
std::string described(const Prepared& prepared) {
    const Garment& garment = prepared.garment;
    std::string text(to_string(garment.kind));
    if (prepared.kind_confidence < 1) {
        text += fmt::format(" (confidence {:.2f})", prepared.kind_confidence);
    }
    if (covers_torso(garment.kind)) {
        text += garment.sleeves == Sleeves::kNone
                    ? ", sleeveless"
                    : fmt::format(", {} sleeves", to_string(garment.sleeves));
    }
    return text + (garment.open_front ? ", open in front" : "");
}

void print_report(const PrepareArguments& arguments, const Prepared& prepared) {
    const Garment& garment = prepared.garment;
    const std::string anchors_file = anchors_file_of(arguments.output).string();
    if (arguments.json) {
        nlohmann::json anchors = nlohmann::json::object();
        for (const auto& [name, point] : garment.anchors) {
            anchors[name] = {point.x, point.y};
        }
        const nlohmann::json report{{"garment", arguments.output},
                                    {"anchors_file", anchors_file},
                                    {"preview", arguments.preview},
                                    {"kind", to_string(garment.kind)},
                                    {"kind_confidence", prepared.kind_confidence},
                                    {"second_kind", second_kind(prepared)},
                                    {"sleeves", sleeves_of(garment)},
                                    {"open_front", garment.open_front},
                                    {"size", {garment.rgba.cols, garment.rgba.rows}},
                                    {"cut_out", prepared.from_photo},
                                    {"cutter", prepared.cutter},
                                    {"confidence", prepared.confidence},
                                    {"warnings", prepared.warnings},
                                    {"anchors", anchors}};
        fmt::print("{}\n", json_string(report, 2));
        return;
    }
    fmt::print("{}: {}, {}x{} pixels, {}\n", arguments.output, described(prepared),
               garment.rgba.cols, garment.rgba.rows,
               !prepared.from_photo ? "with its own transparency"
               : prepared.cutter == "plain" || prepared.cutter == "mask"
                   ? "cut out of its ground"
                   : fmt::format("cut out of its ground by {}", prepared.cutter));
    fmt::print("{}: {} anchors{}\n", anchors_file, garment.anchors.size(),
               prepared.from_json
                   ? ", as given"
                   : fmt::format(", found with confidence {:.2f}", prepared.confidence));
    if (!arguments.preview.empty()) {
        fmt::print("{}: the preview\n", arguments.preview);
    }
    for (const std::string& warning : prepared.warnings) {
        log::warning("the garment {}: {}", arguments.photo, warning);
    }
}

/// Throws ConfigError where the garment is told in two ways.
void check_ways(const PrepareArguments& arguments) {
    const char* const other = !arguments.mask.empty()                         ? flags::kMask
                              : arguments.infer.parser != parser_names::kAuto ? flags::kParser
                                                                              : nullptr;
    if (!arguments.pointing.empty() && other != nullptr) {
        throw ConfigError(
            fmt::format("{} and {}, {} or {} each say where the garment is: give one of them",
                        other, flags::kPoint, flags::kNotPoint, flags::kBox));
    }
}

/// How the photo is cut out: by the mask, else where a person wears the garment by a parser, else
/// by the cutter. A cutter that was named has the say over a parser that was not.
WornCutting cutting_of(const PrepareArguments& arguments) {
    if (!arguments.mask.empty()) {
        return {.options = {.mask = arguments.mask}, .warnings = {}};
    }
    const Asked asked = arguments.infer.parser != parser_names::kAuto ? Asked::kYes : Asked::kNo;
    if (arguments.cutter == kAutoCutter || asked == Asked::kYes) {
        if (auto worn = cut_out_worn(arguments.photo, arguments.infer, asked)) {
            return *std::move(worn);
        }
    }
    return {.options = cut_out_by(arguments.cutter), .warnings = {}};
}

int run_prepare(const PrepareArguments& arguments) {
    console::set_style({.json = arguments.json});
    check_paths(arguments);
    check_ways(arguments);
    const Pointing pointing = pointing_of(arguments.pointing);
    cv::Size photo;
    WornCutting cutting;
    if (pointing.empty()) {
        cutting = cutting_of(arguments);
    } else {
        PointedCutting pointed = cut_out_pointed(arguments.photo, pointing, arguments.cutter);
        cutting.options = std::move(pointed.options);
        photo = pointed.photo;
    }
    cutting.options.kind = kind_of(arguments.kind);
    Prepared prepared = prepare_garment(arguments.photo, cutting.options);
    std::move(cutting.warnings.begin(), cutting.warnings.end(),
              std::back_inserter(prepared.warnings));
    std::optional<GarmentPreview> preview;
    if (!arguments.preview.empty()) {
        const cv::Mat& rgba = prepared.garment.rgba;
        const Pointing drawn = pointing.empty()
                                   ? pointing
                                   : pointing.scaled(static_cast<double>(rgba.cols) / photo.width,
                                                     static_cast<double>(rgba.rows) / photo.height);
        preview = {arguments.preview, draw_anchors(rgba, prepared.garment.anchors, drawn)};
    }
    write_garment(prepared.garment, arguments.output, preview);
    print_report(arguments, prepared);
    return kExitDone;
}

Command add_garment_prepare(CLI::App& garment) {
    CLI::App* command = garment.add_subcommand(
        "prepare", "cut a product photo out, find its anchors, and write both");
    command->footer(kGarmentNotes);
    const auto arguments = std::make_shared<PrepareArguments>();
    command
        ->add_option("photo", arguments->photo,
                     "a PNG, JPEG, WebP or TIFF picture; transparency that it has is kept")
        ->required()
        ->type_name("PHOTO");
    command->add_option("-o,--output", arguments->output, "the garment, NAME.png")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("--mask", arguments->mask,
                     "a picture of the photo's size that is white where the garment is, for photos "
                     "without a plain ground")
        ->type_name("FILE");
    Option cutter = cutter_option(arguments->cutter);
    Option parser = parser_option(arguments->infer.parser);
    parser.help += "; for photos in which a person wears the garment";
    cutter.group = parser.group = command->get_option("--mask")->get_group().c_str();
    std::vector<Option> options{cutter, parser};
    for (Option& option : options_of(arguments->pointing)) {
        option.group = cutter.group;
        options.push_back(std::move(option));
    }
    add_options(*command, options);
    command
        ->add_option(flags::kKind, arguments->kind,
                     fmt::format("what it is: {}, or auto: by its shape", kind_names()))
        ->type_name("NAME")
        ->capture_default_str();
    command
        ->add_option("--preview", arguments->preview,
                     "a picture of the garment over a checker with its anchors named")
        ->type_name("FILE");
    command->add_flag("-y,--yes", arguments->overwrite, "overwrite existing files");
    command->add_flag("--json", arguments->json, "the report as JSON, messages as JSON lines");
    return {command, [arguments] { return run_prepare(*arguments); }};
}

}  // namespace

Command add_garment_command(CLI::App& app) {
    CLI::App* garment =
        app.add_subcommand("garment", "prepare garments of product photos, find those of a folder");
    garment->require_subcommand(1);
    const Command prepare = add_garment_prepare(*garment);
    const Command find = add_garment_find(*garment);
    return {garment,
            [prepare, find] { return prepare.app->parsed() ? prepare.run() : find.run(); }};
}

}  // namespace closet
