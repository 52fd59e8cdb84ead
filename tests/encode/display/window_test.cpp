#include "encode/display/window.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "support/child.h"
#include "support/hidden_display.h"
#include "support/paths.h"
#include "support/process.h"
#include "support/x_client.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

const std::string kPlayer = (test::build_folder() / "tests/encode/display/window_player").string();

/// The window player on a hidden display, with the keyboard in its window.
class Player {
  public:
    explicit Player(const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment = {})
        : child_(command(arguments, environment)) {
        REQUIRE(child_.line() == "open");
        window_ = display_.focus_window("window player");
        REQUIRE(window_ != 0);
    }

    /// What the player says to a key.
    std::optional<std::string> after_key(const std::string& key) {
        display_.xdotool({"key", key});
        return child_.line(5s);
    }
    void xdotool(const std::vector<std::string>& arguments) { display_.xdotool(arguments); }
    void resize(int width, int height) {
        display_.xdotool({"windowsize", "--sync", std::to_string(window_), std::to_string(width),
                          std::to_string(height)});
    }
    void click() {
        display_.xdotool(
            {"mousemove", "--window", std::to_string(window_), "100", "90", "click", "1"});
    }
    void ask_to_close() { test::ask_to_close(display_.name(), window_); }
    cv::Mat picture() const { return test::picture_of(display_.name(), window_); }
    test::Child& child() { return child_; }

    /// The window's picture as soon as `holds` is true of it, or the last one.
    cv::Mat picture_when(const std::function<bool(const cv::Mat&)>& holds) const {
        cv::Mat last;
        for (int i = 0; i < 100; ++i) {
            last = picture();
            if (holds(last)) {
                break;
            }
            std::this_thread::sleep_for(30ms);
        }
        return last;
    }

  private:
    std::vector<std::string> command(const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& environment) const {
        std::vector<std::string> words{"env", "DISPLAY=" + display_.name()};
        words.insert(words.end(), environment.begin(), environment.end());
        words.push_back(kPlayer);
        words.insert(words.end(), arguments.begin(), arguments.end());
        return words;
    }
    test::HiddenDisplay display_;
    test::Child child_;
    unsigned window_ = 0;
};

std::string action_line(WindowAction action) {
    return "action " + std::to_string(static_cast<int>(action));
}

double brightness(const cv::Mat& picture, cv::Rect box) {
    const cv::Scalar mean = cv::mean(picture(box));
    return (mean[0] + mean[1] + mean[2]) / 3.0;
}

/// xdotool's names of the keys of the table.
const std::vector<std::pair<std::string, WindowAction>> kPressed{
    {"n", WindowAction::kNextGarment},     {"Right", WindowAction::kNextGarment},
    {"p", WindowAction::kPreviousGarment}, {"Left", WindowAction::kPreviousGarment},
    {"w", WindowAction::kNextWarp},        {"k", WindowAction::kSkeleton},
    {"i", WindowAction::kStatistics},      {"m", WindowAction::kMirror},
    {"space", WindowAction::kPause},       {"s", WindowAction::kSavePicture},
    {"r", WindowAction::kRecord},          {"h", WindowAction::kHelp},
    {"question", WindowAction::kHelp},     {"F1", WindowAction::kHelp},
    {"N", WindowAction::kNextGarment},     {"R", WindowAction::kRecord}};

}  // namespace

TEST_CASE("without a display there is one sentence that names --no-window") {
    const std::vector<std::pair<std::string, std::string>> settings{
        {"DISPLAY=", "DISPLAY is not set"},
        {"DISPLAY=:987", "DISPLAY=:987 cannot be reached"},
        {"DISPLAY=nonsense", "DISPLAY=nonsense cannot be reached"},
    };
    for (const auto& [setting, why] : settings) {
        CAPTURE(setting);
        const test::Finished finished =
            test::run({"env", "-u", "WAYLAND_DISPLAY", setting, kPlayer, "320", "180", "100"});
        CHECK(finished.exit_code == 3);
        CHECK(finished.out == "error there is no display for the window: " + why +
                                  "; use --no-window, or run where a desktop is (ssh -X, "
                                  "xvfb-run)\n");
        CHECK(finished.err.empty());
    }
    const test::Finished wayland = test::run(
        {"env", "-u", "DISPLAY", "WAYLAND_DISPLAY=wayland-0", kPlayer, "320", "180", "100"});
    CHECK(wayland.exit_code == 3);
    CHECK(wayland.out.find("XWayland") != std::string::npos);
}

TEST_CASE("every key of the table is told once and q quits") {
    if (!test::can_show_windows()) {
        return;
    }
    Player player({"640", "360", "100"});
    for (const auto& [key, action] : kPressed) {
        CAPTURE(key);
        CHECK(player.after_key(key) == action_line(action));
        std::this_thread::sleep_for(110ms);  // the same action again would count as held
    }
    CHECK(player.after_key("q") == action_line(WindowAction::kQuit));
    CHECK(player.child().line() == "bye");
    CHECK(player.child().wait() == 0);
}

TEST_CASE("arrow keys work after a click into the picture and after Tab") {
    if (!test::can_show_windows()) {
        return;
    }
    Player player({"640", "360", "100"});
    player.click();
    CHECK(player.after_key("Right") == action_line(WindowAction::kNextGarment));
    player.xdotool({"key", "Tab"});
    player.xdotool({"key", "Tab"});
    CHECK(player.after_key("Left") == action_line(WindowAction::kPreviousGarment));
}

TEST_CASE("keys of other keyboards and keys without a meaning do nothing") {
    if (!test::can_show_windows()) {
        return;
    }
    Player player({"640", "360", "100"});
    for (const char* key : {"Cyrillic_ya", "dead_acute", "ISO_Level3_Shift", "F2", "x", "Up"}) {
        player.xdotool({"key", key});
    }
    CHECK(player.after_key("k") == action_line(WindowAction::kSkeleton));
}

TEST_CASE("Escape and the window's cross quit") {
    if (!test::can_show_windows()) {
        return;
    }
    for (const bool by_key : {true, false}) {
        CAPTURE(by_key);
        Player player({"640", "360", "100"});
        if (by_key) {
            player.xdotool({"key", "Escape"});
        } else {
            player.ask_to_close();
        }
        CHECK(player.child().line() == action_line(WindowAction::kQuit));
        CHECK(player.child().line() == "bye");
        CHECK(player.child().wait() == 0);
    }
}

TEST_CASE("statistics help and recording appear where they belong") {
    if (!test::can_show_windows()) {
        return;
    }
    Player player({"640", "360", "200"});
    const cv::Rect top_left(12, 12, 150, 120), top_right(592, 10, 40, 12), middle(240, 60, 160, 20);
    const cv::Mat bare = player.picture_when(
        [&](const cv::Mat& picture) { return brightness(picture, middle) > 150.0; });
    REQUIRE(bare.size() == cv::Size(640, 360));
    CHECK(brightness(bare, top_left) > 150.0);
    for (const auto& [key, box] :
         {std::pair{"i", top_left}, std::pair{"r", top_right}, std::pair{"h", middle}}) {
        CAPTURE(key);
        REQUIRE(player.after_key(key));
        const auto is_dark = [box = box](const cv::Mat& picture) {
            return brightness(picture, box) < 130.0;
        };
        CHECK(is_dark(player.picture_when(is_dark)));
    }
}

TEST_CASE("a resized window shows the whole picture between black bars") {
    if (!test::can_show_windows()) {
        return;
    }
    Player player({"640", "360", "200"});
    for (const cv::Size size : {cv::Size(300, 500), cv::Size(900, 300), cv::Size(1400, 1000)}) {
        CAPTURE(size.width);
        player.resize(size.width, size.height);
        const bool is_tall = size.width * 9 < size.height * 16;
        const cv::Rect bar =
            is_tall ? cv::Rect(0, 0, size.width, 50) : cv::Rect(0, 0, 50, size.height);
        const cv::Rect center(size.width / 2 - 10, size.height / 2 - 10, 20, 20);
        const auto is_right = [&](const cv::Mat& picture) {
            return picture.size() == size && brightness(picture, bar) < 1.0 &&
                   brightness(picture, center) > 150.0;
        };
        CHECK(is_right(player.picture_when(is_right)));
    }
    CHECK(player.after_key("n") == action_line(WindowAction::kNextGarment));
}

TEST_CASE("a quarter turn makes the window show a portrait") {
    if (!test::can_show_windows()) {
        return;
    }
    Player player({"640", "360", "200", "90"});
    const auto is_right = [](const cv::Mat& picture) {
        return brightness(picture, {0, 0, 100, 360}) < 1.0 &&
               brightness(picture, {310, 10, 20, 340}) > 150.0;
    };
    CHECK(is_right(player.picture_when(is_right)));
}

TEST_CASE("settings of a Wayland desktop do not keep Qt from the display") {
    if (!test::can_show_windows()) {
        return;
    }
    Player player({"320", "180", "100"},
                  {"QT_QPA_PLATFORM=wayland", "XDG_SESSION_TYPE=wayland", "WAYLAND_DISPLAY=none"});
    CHECK(player.after_key("m") == action_line(WindowAction::kMirror));
}

TEST_CASE("a picture larger than the display opens a window that fits on it") {
    if (!test::can_show_windows()) {
        return;
    }
    Player player({"3840", "2160", "200"});
    const cv::Mat picture = player.picture();
    CHECK(picture.cols <= 1440);
    CHECK(picture.cols >= 1400);
    CHECK(picture.cols * 9 / 16 == doctest::Approx(picture.rows).epsilon(0.01));
}

}  // namespace closet
