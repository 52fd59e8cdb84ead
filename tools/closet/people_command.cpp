#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/command.h"
#include "closet/console.h"
#include "closet/interrupt.h"
#include "closet/option_binding.h"
#include "closet/progress.h"
#include "core/error.h"
#include "core/json_string.h"
#include "core/log.h"
#include "people/find_people.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPeopleNotes = R"(Examples:
  closet people clip.mp4 -o people/
  closet people clip.mp4 -o people/ --segments
  closet people clip.mp4 -o people/ --face-model MobileFaceNet.tflite
Writes people.json (who is in the picture when, boxes, how alike the faces are) and people.png, one
row a person. Somebody whose face is never seen is a person of their own each time they come in. To
dress one of them give a photo: closet fit clip.mp4 -g shirt.png --person face:PHOTO)";

struct PeopleArguments {
    std::string clip;
    std::string folder;
    FindPeopleOptions find;
    bool overwrite = false, keep = false;
    bool quiet = false, json = false;
};

void print_people(const People& people, const PeopleArguments& arguments) {
    if (arguments.json) {
        nlohmann::json identities = nlohmann::json::array();
        for (const Identity& identity : people.identities) {
            identities.push_back({{"seconds", identity.seconds},
                                  {"appearances", identity.appearances.size()},
                                  {"faces", identity.faces}});
        }
        console::print_event(json_string(nlohmann::json{
            {"event", "done"}, {"folder", arguments.folder}, {"identities", identities}}));
        return;
    }
    for (std::size_t i = 0; i < people.identities.size(); ++i) {
        const Identity& identity = people.identities[i];
        console::print_line(
            fmt::format("person {}: {:.1f} s in {} appearance{}, {}", i + 1, identity.seconds,
                        identity.appearances.size(), identity.appearances.size() == 1 ? "" : "s",
                        identity.faces == 0 ? std::string("no face was seen")
                                            : fmt::format("{} faces seen", identity.faces)));
    }
    console::print_line(
        fmt::format("wrote {}", (fs::path(arguments.folder) / kPeopleJson).string()));
    console::print_line(
        fmt::format("wrote {}", (fs::path(arguments.folder) / kContactSheet).string()));
    std::size_t segments = 0;
    for (const Identity& identity : people.identities) {
        for (const Appearance& appearance : identity.appearances) {
            segments += appearance.segment.empty() ? 0 : 1;
        }
    }
    if (arguments.find.segments) {
        console::print_line(fmt::format("wrote {} clip{}", segments, segments == 1 ? "" : "s"));
    }
}

int run_people(const PeopleArguments& arguments) {
    console::set_style({.quiet = arguments.quiet, .json = arguments.json});
    const fs::path list = fs::path(arguments.folder) / kPeopleJson;
    std::error_code ignored;
    if (fs::exists(list, ignored) && !arguments.overwrite) {
        if (arguments.keep) {
            log::info("{} exists; skipped", list.string());
            return kExitDone;
        }
        throw ConfigError(
            fmt::format("-o {}: {} exists; give -y to overwrite it or -n to skip the clip",
                        arguments.folder, list.string()));
    }
    interrupt::install();
    std::optional<Progress> progress;
    const auto people = find_people(
        arguments.clip, arguments.folder, arguments.find,
        [&](std::int64_t done, std::int64_t expected) {
            if (!progress) {
                progress.emplace(fs::path(arguments.clip).filename().string(), expected);
            }
            progress->update(done);
            return !interrupt::requested();
        });
    progress.reset();
    if (!people) {
        return kExitInterrupted;
    }
    print_people(*people, arguments);
    if (people->identities.empty()) {
        log::warning("{}: nobody was found in the picture", arguments.clip);
    }
    return kExitDone;
}

}  // namespace

Command add_people_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("people", "tell who is in a clip and when");
    command->footer(kPeopleNotes);
    const auto arguments = std::make_shared<PeopleArguments>();
    PeopleArguments& a = *arguments;
    command->add_option("clip", a.clip, "a video")->required()->type_name("CLIP");
    command->add_option("-o,--output", a.folder, "folder for what is found")
        ->required()
        ->type_name("FOLDER");
    for (const std::vector<Option>& part : std::vector<std::vector<Option>>{
             options_of(a.find.decode), people_options(a.find), options_of(a.find.encode)}) {
        add_options(*command, part);
    }
    command->add_flag("-y,--yes", a.overwrite, "overwrite what is there");
    command->add_flag("-n,--no-overwrite", a.keep, "skip the clip where people.json is there")
        ->excludes(command->get_option("--yes"));
    for (const std::vector<Option>& part :
         std::vector<std::vector<Option>>{options_of(a.find.infer), options_of(a.find.batch)}) {
        add_options(*command, part);
    }
    command->add_flag("-q,--quiet", a.quiet, "errors only");
    command->add_flag("--json", a.json, "progress and messages as JSON lines on stderr");
    return {command, [arguments] { return run_people(*arguments); }};
}

}  // namespace closet
