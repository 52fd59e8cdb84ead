#include "closet/live/live_options.h"

#include <filesystem>

#include <fmt/format.h>

#include "closet/config_file.h"
#include "closet/option_binding.h"
#include "core/error.h"
#include "encode/display/display.h"

namespace closet {
namespace {

constexpr const char* kFirstCamera = "/dev/video0";
constexpr const char* kLooksHelp =
    "product photo, picture with transparency, folder of them, or FOLDER/:WORDS, the one that fits "
    "best, or an outfit of several, as in TOP+TROUSERS; may repeat: each is a look to switch to, "
    "as is each picture of a folder";

constexpr double kMaxInterval = 0.2;
/// Two views at a time run side by side on two cores; more would only wait for each other.
constexpr int kBatch = 2;

std::vector<Option> source_options(LiveCommandOptions& o) {
    return {{.names = flags::kListCameras,
             .group = "Source",
             .help = "print the cameras and what they can, and stop",
             .value = &o.list_cameras,
             .is_saved = false}};
}

std::vector<Option> window_options(LiveCommandOptions& o) {
    return {{.names = fmt::format("--window,!{}", flags::kNoWindow),
             .group = "Output",
             .help = "show a window; its keys are below",
             .value = &o.window},
            mirror_option(o.live.mirror)};
}

Option folder_option(std::string& folder) {
    return {.names = "--folder",
            .group = "Output",
            .help = "for saved pictures and recordings",
            .value = &folder,
            .placeholder = "FOLDER"};
}

Option overwrite_option(bool& overwrite) {
    return {.names = "-y,--yes",
            .group = "Output",
            .help = "overwrite an existing output",
            .value = &overwrite};
}

std::vector<Option> report_options(LiveCommandOptions& o) {
    const char* group = "Run";
    return {
        {.names = "--duration",
         .group = group,
         .help = "end after that many seconds",
         .value = &o.duration_s,
         .range = kAboveZero},
        {.names = "--frames",
         .group = group,
         .help = "end after that many frames put out",
         .value = &o.live.max_frames,
         .range = kAboveZero},
        {.names = "--stats",
         .group = group,
         .help = "write figures every second, JSON Lines",
         .value = &o.stats,
         .placeholder = "FILE"},
        {.names = "--summary",
         .group = group,
         .help = "write the figures of the whole run, JSON",
         .value = &o.summary,
         .placeholder = "FILE"},
        config_option(o.config),
        dry_run_option(o.dry_run),
        {.names = "-q,--quiet", .group = group, .help = "errors only", .value = &o.quiet},
        {.names = "--json",
         .group = group,
         .help = "figures and messages as JSON lines on stderr",
         .value = &o.json},
    };
}

}  // namespace

void add_live_options(CLI::App& app, LiveCommandOptions& o) {
    o.live.capture.input = kFirstCamera;
    o.live.load.max_batch = kBatch;
    o.live.load.min_interval_s = 0;
    o.live.load.max_interval_s = kMaxInterval;
    o.live.output.target.clear();
    app.add_option("input,--input", o.live.capture.input,
                   "camera (/dev/video0), file, URL, - or lavfi:GRAPH")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->type_name("SOURCE")
        ->default_str(kFirstCamera);
    for (const std::vector<Option>& part :
         std::vector<std::vector<Option>>{source_options(o),
                                          options_of(o.live.capture),
                                          options_of(o.garments, kLooksHelp),
                                          options_of(o.live.warp),
                                          window_options(o),
                                          options_of(o.live.output),
                                          {folder_option(o.folder)},
                                          options_of(o.live.output.encode),
                                          {overwrite_option(o.overwrite)},
                                          options_of(o.live.infer),
                                          options_of(o.people),
                                          {scale_option(o.live.scale)},
                                          load_options(o.live),
                                          report_options(o)}) {
        add_options(app, part);
    }
}

void resolve_live_options(LiveCommandOptions& o) {
    LiveOptions& live = o.live;
    o.people.resolve(PersonRule::Kind::kLargest, live.predict.person, live.infer);
    live.predict.min_score = live.warp.min_score;
    if (live.load.max_interval_s < live.load.min_interval_s) {
        throw ConfigError(fmt::format("--max-interval {} is less than --interval {}",
                                      live.load.max_interval_s, live.load.min_interval_s));
    }
    live.load.min_batch = 1;
    if (live.load.min_interval_s > 0) {
        validate(live.load);
    }
    live.window = o.window;
    std::string& output = live.output.target;
    if (!o.window && output.empty() && o.stats.empty() && o.summary.empty()) {
        throw ConfigError(
            "nothing would be seen: give --output or leave out --no-window (--output none only "
            "measures)");
    }
    std::error_code error;
    if (!o.overwrite && std::filesystem::is_regular_file(output, error)) {
        throw ConfigError(fmt::format("-o {}: the file exists; give -y to overwrite it", output));
    }
    if (output.empty()) {
        output = "none";
    }
}

}  // namespace closet
