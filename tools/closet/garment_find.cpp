#include "closet/garment_find.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/console.h"
#include "closet/interrupt.h"
#include "closet/models/models_inspect.h"
#include "closet/option_binding.h"
#include "core/error.h"
#include "core/json_string.h"
#include "core/log.h"
#include "fit/wardrobe.h"

namespace closet {
namespace {

constexpr const char* kFindNotes = R"(Examples:
  closet garment find wardrobe/ --text "blue denim jacket"
  closet garment find wardrobe/ --like photo.jpg -n 3
  closet garment find wardrobe/ --text "the same in green" --like dress.jpg
  closet fit clip.mp4 -g wardrobe/:"red dress" -o dressed.mp4
Scores are cosines and compare within one search: 0.2 to 0.35 for a text, up to 1 for a picture;
with both it is their mean. Words are best in English. What was seen of the pictures is kept beside
the folder for the next search. The network is brought by `closet models fetch clip`.)";

struct FindArguments {
    std::string folder;
    GarmentQuery query;
    std::string like;
    std::string model = kDefaultClip;
    InferOptions infer{};
    std::size_t most = 5;
    bool json = false;
};

nlohmann::json find_report(const FindArguments& arguments, const WardrobeSearch& found,
                           std::size_t shown) {
    nlohmann::json garments = nlohmann::json::array();
    for (std::size_t i = 0; i < shown; ++i) {
        const GarmentMatch& match = found.matches[i];
        garments.push_back({{"garment", match.file.string()}, {"score", match.score}});
    }
    return {{"folder", arguments.folder},   {"text", arguments.query.text},
            {"like", arguments.like},       {"pictures", found.matches.size()},
            {"looked_at", found.looked_at}, {"cache", found.cache.string()},
            {"garments", garments}};
}

int run_find(FindArguments& arguments) {
    console::set_style({.json = arguments.json});
    if (arguments.query.text.empty() && arguments.like.empty()) {
        throw ConfigError("there is nothing to look for: give --text WORDS, --like PHOTO, or both");
    }
    arguments.query.like = arguments.like;
    interrupt::install();
    const auto clip = make_clip_embedder(arguments.model, arguments.infer);
    const WardrobeSearch found = search_wardrobe(
        arguments.folder, arguments.query, *clip, [](std::size_t done, std::size_t total) {
            console::set_status(fmt::format("looking at pictures: {} of {}", done, total));
            return !interrupt::requested();
        });
    console::set_status("");
    if (found.interrupted) {
        return kExitInterrupted;
    }
    const std::size_t shown = std::min(arguments.most, found.matches.size());
    if (arguments.json) {
        fmt::print("{}\n", json_string(find_report(arguments, found, shown), 2));
        return kExitDone;
    }
    constexpr std::size_t kLongestPath = 4096;
    fmt::print("{:>6}  {}\n", "score", "garment");
    for (std::size_t i = 0; i < shown; ++i) {
        fmt::print("{:>6.3f}  {}\n", found.matches[i].score,
                   printable(found.matches[i].file.string(), kLongestPath));
    }
    return kExitDone;
}

}  // namespace

Command add_garment_find(CLI::App& garment) {
    CLI::App* command =
        garment.add_subcommand("find", "find the garments of a folder that fit words or a picture");
    command->footer(kFindNotes);
    const auto arguments = std::make_shared<FindArguments>();
    command->add_option("folder", arguments->folder, "pictures of garments")
        ->required()
        ->type_name("FOLDER");
    command->add_option("--text", arguments->query.text, "what it looks like, in words")
        ->type_name("WORDS");
    command->add_option("--like", arguments->like, "a picture of one like it")->type_name("PHOTO");
    command->add_option("-n,--number", arguments->most, "the best so many")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    const char* const group = command->get_option("--text")->get_group().c_str();
    Option model = clip_option(arguments->model);
    model.group = group;
    add_option(*command, model);
    for (Option& option : options_of(arguments->infer)) {
        if (option.names == flags::kDevice) {
            option.group = group;
            add_option(*command, option);
        }
    }
    command->add_flag("--json", arguments->json, "the report as JSON, messages as JSON lines");
    return {command, [arguments] { return run_find(*arguments); }};
}

}  // namespace closet
