#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "closet/command.h"
#include "closet/config_file.h"
#include "closet/console.h"
#include "closet/interrupt.h"
#include "closet/live/live_options.h"
#include "closet/live/live_report.h"
#include "closet/live/live_screen.h"
#include "core/error.h"
#include "core/files.h"
#include "decode/capture/camera_mode.h"
#include "encode/display/display.h"
#include "fit/fit_networks.h"
#include "pipeline/thread_group.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

constexpr auto kReportEvery = 1s;
constexpr auto kInterruptEvery = 50ms;
/// Longest time for threads to end in order, once the run is told to end.
constexpr auto kGrace = 800ms;

constexpr const char* kLiveExamples = R"(Examples:
  closet live -g shirt.png                                   the first camera, in a window
  closet live -g tops/+trousers.jpg -g dress.jpg              looks: each top with the trousers, the dress
  closet live --list-cameras
  closet live /dev/video2 -g shirts/ --size 1280x720 --rate 30 --pixel-format mjpeg
  closet live rtsp://camera/stream -g shirt.png
  closet live clip.mp4 --loop -g shirt.png                   a file as the camera
  closet live -g shirt.png --no-mirror -o /dev/video9        into a meeting, through v4l2loopback
  closet live -g shirt.png --no-window -o - | ffplay -       y4m on standard output
  closet live -g shirt.png --no-window -o none --stats figures.jsonl --duration 60)";

std::string help_text() {
    std::string text = "Keys of the window:\n";
    for (const WindowKey& key : window_keys()) {
        text += fmt::format("  {:<18} {}\n", key.keys, key.does);
    }
    return text + "\n" + kLiveExamples;
}

int list() {
    const std::vector<Camera> cameras = list_cameras();
    if (cameras.empty()) {
        throw MediaError(
            "no camera was found: /dev holds no video device that captures (in a container, hand "
            "one in with --device /dev/video0)");
    }
    for (const Camera& camera : cameras) {
        fmt::print("{}  {}{}\n", camera.path, camera.name,
                   camera.problem.empty() ? std::string() : fmt::format("  ({})", camera.problem));
        for (const CameraMode& mode : camera.modes) {
            fmt::print("  {:<10} {}x{}", mode.pixel_format, mode.width, mode.height);
            if (!mode.rates.empty()) {
                fmt::print("  {:.4g} frames/s", fmt::join(mode.rates, ", "));
            }
            fmt::print("\n");
        }
    }
    return kExitDone;
}

/// Turns an interrupt into a stop request, for calls that wait long.
class InterruptWatch {
  public:
    InterruptWatch() {
        threads_.add("interrupts", [this](const std::stop_token& done, StageClock&) {
            while (!done.stop_requested() && !interrupt::requested()) {
                std::this_thread::sleep_for(kInterruptEvery);
            }
            if (interrupt::requested()) {
                interrupted_.request_stop();
            }
        });
    }
    std::stop_token token() const { return interrupted_.get_token(); }

  private:
    std::stop_source interrupted_;
    ThreadGroup threads_;  ///< last: it uses the source
};

bool is_over(const LiveCommandOptions& options, std::optional<LiveClock::time_point> begin) {
    return interrupt::requested() ||
           (options.duration_s && begin &&
            LiveClock::now() - *begin >= std::chrono::duration<double>(*options.duration_s));
}

/// Drives the run until it ends or is ended.
void drive(const LiveCommandOptions& options, Live& live, GarmentRack& rack, LiveReport& report) {
    std::optional<LiveScreen> screen;
    if (options.window) {
        screen.emplace(live, rack, options.folder);
    }
    live.start();
    std::optional<LiveClock::time_point> begin;
    auto next_report = LiveClock::now() + kReportEvery;
    while (!is_over(options, begin)) {
        if (live.wait_for(screen ? 0ms : kInterruptEvery)) {
            break;
        }
        if (screen && !screen->step()) {
            break;
        }
        while (!screen) {
            const auto message = live.take_message();
            if (!message) {
                break;
            }
            log::info("{}", *message);
        }
        if (LiveClock::now() >= next_report) {
            next_report += kReportEvery;
            LiveStatistics figures = live.since_last();
            if (!begin && figures.at_s > 0) {
                begin = LiveClock::now() - live_duration(figures.at_s);
            }
            report.tell(figures);
            if (screen) {
                screen->set_figures(figures);
            }
        }
    }
    live.end();
    if (!live.wait_for(kGrace)) {
        live.stop();
    }
    live.wait();
}

/// Throws where the run would write two files into one, or over one that it reads.
void check_files(const LiveCommandOptions& options) {
    std::vector<NamedFile> reads = files_read(options.live.infer, options.garments.cutter,
                                              outfit_of(options.garments), options.garments.clip);
    reads.push_back({"the source", options.live.capture.input});
    reads.push_back({"the file of --config", options.config});
    check_names(reads,
                {{"-o", options.live.output.target == "none" ? "" : options.live.output.target},
                 {"--stats", options.stats},
                 {"--summary", options.summary}});
}

int run_live(LiveCommandOptions& options, const CLI::App& app) {
    console::set_style({.quiet = options.quiet, .json = options.json});
    if (options.list_cameras) {
        return list();
    }
    resolve_live_options(options);
    if (!options.dry_run) {
        choose_garments(options.garments, options.live.infer);
    }
    const std::vector<OutfitChoice> looks = outfits_of(options.garments);
    if (options.dry_run) {
        fmt::print("{}", settings_text(app));
        return kExitDone;
    }
    check_files(options);
    if (options.window) {
        find_display();
    }
    if (looks.empty()) {
        log::info("no garment (-g): the picture is shown as it is");
    }
    LiveReport report(options.stats, options.summary);
    interrupt::install();
    GarmentRack rack(looks, [&](const GarmentChoice& garment) {
        return load_garment(garment, options.garments.cutter, options.live.infer,
                            options.garments.cached);
    });
    const FitNetworks networks(Live::infer_options(options.live, rack.size() > 0),
                               /*serial=*/false);

    LiveStatistics total;
    {
        const InterruptWatch watch;
        try {
            Live live(options.live, networks.model(), networks.detector(), networks.parser(), rack,
                      watch.token(), networks.face());
            drive(options, live, rack, report);
            total = live.total();
        } catch (const Error&) {
            if (interrupt::requested()) {
                return kExitInterrupted;
            }
            throw;
        }
    }
    report.finish(total);
    return interrupt::requested() ? kExitInterrupted : kExitDone;
}

}  // namespace

Command add_live_command(CLI::App& app) {
    CLI::App* live = app.add_subcommand("live", "put a garment onto the person before the camera");
    live->footer(help_text());
    const auto options = std::make_shared<LiveCommandOptions>();
    add_live_options(*live, *options);
    return {live, [options, live] { return run_live(*options, *live); }};
}

}  // namespace closet
