#include "live_options.h"

#include <charconv>
#include <chrono>
#include <filesystem>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

constexpr const char* kFirstCamera = "/dev/video0";

constexpr double kMaxInterval = 0.2;
/// Two views at a time run side by side on two cores; more would only wait for each other.
constexpr int kBatch = 2;

void add_source_options(CLI::App& app, LiveCommandOptions& o) {
    CaptureOptions& capture = o.live.capture;
    last(app.add_option("input,--input", capture.input,
                        "camera (/dev/video0), file, URL, - or lavfi:GRAPH"))
        ->type_name("SOURCE")
        ->default_str(kFirstCamera);
    const char* group = "Source";
    app.add_flag("--list-cameras", o.list_cameras, "print the cameras and what they can, and stop")
        ->group(group)
        ->configurable(false);
    last(app.add_option("--size", o.size, "asked of a camera, as in 1280x720"))
        ->group(group)
        ->type_name("WxH");
    last(app.add_option("--rate", capture.rate, "frames a second, asked of a camera"))
        ->group(group)
        ->check(between(1.0, 1000.0));
    last(app.add_option("--pixel-format", capture.pixel_format,
                        "asked of a camera: mjpeg, yuyv422 and the like"))
        ->group(group);
    app.add_flag("--realtime,!--no-realtime", capture.realtime,
                 "play a file at its own rate, else as fast as it can be read")
        ->group(group)
        ->default_str("true");
    app.add_flag("--loop", capture.loop, "begin a file again at its end")->group(group);
    app.add_flag("--reconnect,!--no-reconnect", capture.reconnect,
                 "wait for a camera or address that goes away")
        ->group(group)
        ->default_str("true");
    last(app.add_option("--timeout", capture.timeout_s,
                        "seconds without a picture after which a source is gone"))
        ->group(group)
        ->capture_default_str()
        ->check(between(0.1, 3600.0));
    app.add_option_function<std::vector<std::string>>(
           "--input-option",
           [&capture](const std::vector<std::string>& settings) {
               for (const std::string& text : settings) {
                   capture.extra.push_back(split_key_value("--input-option", text));
               }
           },
           "key=value for libav's demuxer or device; may repeat")
        ->group(group)
        ->allow_extra_args(false);
}

void add_load_options(CLI::App& app, LiveCommandOptions& o) {
    const char* group = "Load";
    LoadLimits& load = o.live.load;
    last(app.add_option("--batch", load.max_batch, "most pictures in one inference call"))
        ->group(group)
        ->capture_default_str()
        ->check(between(1, 64));
    last(app.add_option("--interval", load.min_interval_s,
                        "least seconds between pictures that are inferred; 0: every frame"))
        ->group(group)
        ->default_str("0")
        ->check(between(0.0, 10.0));
    last(app.add_option("--max-interval", load.max_interval_s, "most seconds, under load"))
        ->group(group)
        ->default_str(fmt::format("{}", kMaxInterval))
        ->check(between(0.0, 10.0));
    app.add_flag("--adaptive,!--no-adaptive", o.live.adaptive,
                 "batch and interval follow the load; else the largest batch, the least interval")
        ->group(group)
        ->default_str("true");
    app.add_flag("--skip-static,!--no-skip-static", o.live.skip_still,
                 "infer nothing while the picture stands still")
        ->group(group);
    const auto milliseconds = [&app, group](const char* name, LiveClock::duration& time,
                                            const char* help) {
        last(app.add_option_function<double>(
                 name,
                 [&time](double ms) {
                     time = std::chrono::duration_cast<LiveClock::duration>(
                         std::chrono::duration<double, std::milli>(ms));
                 },
                 help))
            ->group(group)
            ->default_str(
                fmt::format("{}", std::chrono::duration<double, std::milli>(time).count()))
            ->check(between(0.0, 1000.0));
    };
    milliseconds("--frame-timeout", o.live.collect.frame_timeout,
                 "ms that a batch waits for more pictures");
    milliseconds("--batch-timeout", o.live.collect.batch_timeout,
                 "the same while no other picture waits");
    last(app.add_option("--inference-queue", o.live.inference_queue,
                        "pictures that may wait for inference"))
        ->group(group)
        ->capture_default_str()
        ->check(between(1, 1024));
    last(app.add_option("--result-queue", o.live.result_queue, "results that may wait"))
        ->group(group)
        ->capture_default_str()
        ->check(between(1, 1024));
}

void add_output_options(CLI::App& app, LiveCommandOptions& o) {
    const char* group = "Output";
    app.add_flag("--window,!--no-window", o.window, "show a window; its keys are below")
        ->group(group)
        ->default_str("true");
    app.add_flag("--mirror,!--no-mirror", o.live.mirror, "as in a mirror, also in the output")
        ->group(group)
        ->default_str("true");
    last(app.add_option("-o,--output", o.output,
                        "file, - (standard output), loopback camera (/dev/video9), or address "
                        "(udp://, rtmp://, ...)"))
        ->group(group)
        ->type_name("OUTPUT");
    last(app.add_option("--output-format", o.live.output.format,
                        "y4m, raw or libav's name; else by the output"))
        ->group(group);
    last(app.add_option("--folder", o.folder, "for saved pictures and recordings"))
        ->group(group)
        ->capture_default_str()
        ->type_name("FOLDER");
    add_encode_options(app, o.live.output.encode);
    app.add_flag("-y,--yes", o.overwrite, "overwrite an existing output")->group(group);
}

void add_run_options(CLI::App& app, LiveCommandOptions& o) {
    const char* group = "Run";
    last(app.add_option("--duration", o.duration_s, "end after that many seconds"))
        ->group(group)
        ->check(CLI::PositiveNumber);
    last(app.add_option("--frames", o.live.max_frames, "end after that many frames put out"))
        ->group(group)
        ->check(CLI::PositiveNumber);
    last(app.add_option("--stats", o.stats, "write figures every second, JSON Lines"))
        ->group(group)
        ->type_name("FILE");
    last(app.add_option("--summary", o.summary, "write the figures of the whole run, JSON"))
        ->group(group)
        ->type_name("FILE");
    last(app.add_option("--config", o.config, "settings in TOML: option names as keys"))
        ->group(group)
        ->type_name("FILE")
        ->configurable(false);
    app.add_flag("--dry-run", o.dry_run, "print the resolved settings and stop")
        ->group(group)
        ->configurable(false);
    app.add_flag("-q,--quiet", o.quiet, "errors only")->group(group);
    app.add_flag("--json", o.json, "figures and messages as JSON lines on stderr")->group(group);
}

/// "1280x720".
void parse_size(const std::string& text, CaptureOptions& capture) {
    const auto fail = [&] {
        throw ConfigError(fmt::format("--size {}: not of the form 1280x720", text));
    };
    const auto number = [&](std::string_view digits) {
        int value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc() || end != digits.data() + digits.size() || value < 1) {
            fail();
        }
        return value;
    };
    const auto cross = text.find('x');
    if (cross == std::string::npos) {
        fail();
    }
    capture.width = number(std::string_view(text).substr(0, cross));
    capture.height = number(std::string_view(text).substr(cross + 1));
}

}  // namespace

void add_live_options(CLI::App& app, LiveCommandOptions& o) {
    o.live.capture.input = kFirstCamera;
    o.live.load.max_batch = kBatch;
    o.live.load.min_interval_s = 0;
    o.live.load.max_interval_s = kMaxInterval;
    add_source_options(app, o);
    app.add_option("-g,--garment", o.garments,
                   "product photo, picture with transparency, or folder of them; may repeat")
        ->group("Garment")
        ->type_name("FILE")
        ->allow_extra_args(false);
    add_wear_options(app, o.live.warp);
    add_output_options(app, o);
    add_network_options(app, o.live.infer, o.people);
    add_scale_option(app, o.live.scale);
    add_load_options(app, o);
    add_run_options(app, o);
}

void resolve_live_options(LiveCommandOptions& o) {
    LiveOptions& live = o.live;
    if (!o.size.empty()) {
        parse_size(o.size, live.capture);
    }
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
    live.output.target = o.output.empty() ? "none" : o.output;
    if (!o.window && o.output.empty() && o.stats.empty() && o.summary.empty()) {
        throw ConfigError(
            "nothing would be seen: give --output or leave out --no-window (--output none only "
            "measures)");
    }
    std::error_code error;
    if (!o.overwrite && std::filesystem::is_regular_file(o.output, error)) {
        throw ConfigError(fmt::format("-o {}: the file exists; give -y to overwrite it", o.output));
    }
}

}  // namespace closet
