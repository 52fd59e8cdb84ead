#include "closet/live/live_screen.h"

#include <ctime>
#include <filesystem>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "live/statistics_text.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTitle = "Smart Closet";
constexpr auto kMessageTime = 2500ms;
/// Keys are looked at as often, where no frame comes.
constexpr auto kPatience = 15ms;

std::string on_off(std::string_view what, bool on) {
    return fmt::format("{} {}", what, on ? "on" : "off");
}

}  // namespace

LiveScreen::LiveScreen(Live& live, GarmentRack& rack, std::string folder)
    : live_(live),
      rack_(rack),
      folder_(std::move(folder)),
      window_(kTitle, live.picture_size().width, live.picture_size().height) {
    say("h: help, i: statistics");
}

void LiveScreen::set_figures(const LiveStatistics& figures) {
    statistics_ = statistics_lines(figures);
}

void LiveScreen::say(std::string text) {
    message_ = std::move(text);
    message_until_ = LiveClock::now() + kMessageTime;
}

WindowText LiveScreen::text() {
    if (LiveClock::now() > message_until_) {
        message_.clear();
    }
    WindowText text;
    if (show_statistics_) {
        text.statistics = statistics_;
    }
    text.message = message_;
    if (!live_.connected()) {
        text.message = "no signal, trying again";
    } else if (paused_ && message_.empty()) {
        text.message = "paused";
    }
    text.help = help_;
    text.recording = !live_.recording().empty();
    return text;
}

void LiveScreen::show_next() {
    auto frame = live_.next_to_show(LiveClock::now() + kPatience);
    if (frame && !paused_) {
        window_.show(frame->frame, text());
        live_.displayed(*frame);
        shown_ = std::move(frame);
    } else if (shown_ && (paused_ || !live_.connected())) {
        window_.show_again(text());
    }
}

bool LiveScreen::step() {
    while (auto message = live_.take_message()) {
        log::info("{}", *message);
        say(std::move(*message));
    }
    if (const std::string awaited = rack_.awaited(); awaited != awaited_) {
        awaited_ = awaited;
        if (!awaited.empty()) {
            say(fmt::format("preparing {}", awaited));
        }
    }
    show_next();
    while (true) {
        const WindowAction action = window_.poll();
        if (action == WindowAction::kNone) {
            break;
        }
        if (!act(action)) {
            return false;
        }
    }
    return true;
}

bool LiveScreen::act(WindowAction action) {
    switch (action) {
        case WindowAction::kQuit:
            return false;
        case WindowAction::kNextGarment:
        case WindowAction::kPreviousGarment:
            if (rack_.size() < 2) {
                say("there is one garment only: give more with -g, or a folder");
            } else {
                rack_.step(action == WindowAction::kNextGarment ? 1 : -1);
            }
            break;
        case WindowAction::kNextWarp:
            say(fmt::format("warp {}", live_.next_warp()));
            break;
        case WindowAction::kSkeleton:
            live_.set_skeleton(!live_.skeleton());
            say(on_off("skeleton", live_.skeleton()));
            break;
        case WindowAction::kStatistics:
            show_statistics_ = !show_statistics_;
            break;
        case WindowAction::kMirror:
            live_.set_mirror(!live_.mirror());
            say(on_off("mirror", live_.mirror()));
            break;
        case WindowAction::kPause:
            paused_ = !paused_;
            message_.clear();  // "paused" is to be seen at once
            break;
        case WindowAction::kSavePicture:
            save_picture_now();
            break;
        case WindowAction::kRecord:
            toggle_recording();
            break;
        case WindowAction::kHelp:
            help_ = !help_;
            break;
        case WindowAction::kNone:
            break;
    }
    return true;
}

/// A name with the time of day that no file has yet.
std::string LiveScreen::new_path(const char* ending) const {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    const auto base =
        (std::filesystem::path(folder_) / fmt::format("closet-{:%Y%m%d-%H%M%S}", local))
            .lexically_normal();
    std::string path = base.string() + ending;
    std::error_code error;
    for (int i = 2; std::filesystem::exists(path, error); ++i) {
        path = fmt::format("{}-{}{}", base.string(), i, ending);
    }
    return path;
}

void LiveScreen::save_picture_now() {
    if (!shown_) {
        return;
    }
    const std::string path = new_path(".png");
    try {
        save_picture(shown_->frame, path);
        log::info("saved {}", path);
        say(fmt::format("saved {}", path));
    } catch (const std::exception& error) {
        console::print_failure(error);
        say(sentence_of(error));
    }
}

void LiveScreen::toggle_recording() {
    live_.record(live_.recording().empty() ? new_path(".mp4") : std::string());
}

}  // namespace closet
