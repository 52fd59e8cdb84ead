#include "encode/display/window.h"

#include <algorithm>
#include <chrono>
#include <clocale>
#include <cstdlib>
#include <deque>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/highgui.hpp>

#include "core/error.h"
#include "core/picture_geometry.h"
#include "encode/display/display.h"
#include "encode/display/keys.h"
#include "encode/display/overlay.h"
#include "encode/display/qt_calls.h"
#include "encode/display/to_bgr.h"

namespace closet {
namespace {

/// The largest size of `picture`'s shape within `room`.
cv::Size fit(cv::Size picture, cv::Size room) {
    const double scale = std::min(static_cast<double>(room.width) / picture.width,
                                  static_cast<double>(room.height) / picture.height);
    const auto along = [&](int extent, int most) {
        return std::clamp(static_cast<int>(extent * scale + 0.5), 1, most);
    };
    return {along(picture.width, room.width), along(picture.height, room.height)};
}

/// Qt on a Wayland desktop looks for a plugin that is often not installed and then ends the
/// process; the display that was found is X, so Qt is told to use that.
void choose_x_for_qt() {
    const char* platform = std::getenv("QT_QPA_PLATFORM");
    const char* session = std::getenv("XDG_SESSION_TYPE");
    const bool is_x = platform != nullptr
                          ? std::string_view(platform).starts_with("xcb")
                          : std::getenv("WAYLAND_DISPLAY") == nullptr &&
                                (session == nullptr || std::string_view(session) != "wayland");
    if (!is_x) {
        setenv("QT_QPA_PLATFORM", "xcb", 1);
    }
}

/// In containers Qt complains on stderr that XDG_RUNTIME_DIR is not set, and goes on without it.
void keep_qt_quiet() {
    constexpr int kKeep = 0;  // what the user has set
    setenv("QT_LOGGING_RULES", "default.warning=false", kKeep);
}

}  // namespace

struct Window::State {
    /// Takes in what the toolkit has; up to a millisecond.
    void pump();
    void draw(const WindowText& text);
    bool is_visible() const;

    std::string title;
    bool closed = false;
    std::optional<Frame> frame;  ///< shown last
    ToBgr to_bgr;
    Overlay overlay;
    cv::Mat canvas;
    KeyRepeat repeat;
    std::deque<WindowAction> actions;  ///< not asked for yet
};

bool Window::State::is_visible() const {
    try {
        return cv::getWindowProperty(title, cv::WND_PROP_VISIBLE) > 0.0;
    } catch (const cv::Exception&) {  // Qt, after its last window was closed
        return false;
    }
}

void Window::State::pump() {
    if (closed) {
        return;
    }
    return_focus_to_window();
    const WindowAction action = action_of_key(cv::waitKeyEx(1));
    constexpr std::size_t kMost = 16;  // whoever never polls keeps no more
    if (action != WindowAction::kNone && !repeat.is_held(action, KeyRepeat::Clock::now()) &&
        actions.size() < kMost) {
        actions.push_back(action);
    }
    closed = !is_visible();
}

void Window::State::draw(const WindowText& text) {
    if (closed || !frame) {  // a closed window would open again
        return;
    }
    // The picture is made at the size at which it is seen: text stays sharp, small windows cost
    // less, and the toolkit, which takes the nearest pixel, has nothing to scale.
    const cv::Size upright = geometry_of(*frame).shown;
    constexpr int kLeast = 16;
    // Under Qt, OpenCV 4.10 and 4.11 tell the room of the picture shown last and never make it
    // larger (opencv/opencv issue 26180), so the window itself is asked.
    cv::Size room = size_of_x_window(x_window_of(title.c_str()));
    if (room.empty()) {
        room = cv::getWindowImageRect(title).size();
    }
    if (room.width < kLeast || room.height < kLeast) {  // not laid out yet
        room = upright;
    }
    const cv::Size size = fit(upright, room);
    cv::Mat picture = to_bgr(*frame, size);
    overlay.draw(picture, text);
    if (size != room) {
        canvas.create(room, CV_8UC3);
        canvas.setTo(cv::Scalar::all(0));
        picture.copyTo(canvas(
            cv::Rect({(room.width - size.width) / 2, (room.height - size.height) / 2}, size)));
        picture = canvas;
    }
    cv::imshow(title, picture);
    if (process_events()) {
        closed = !is_visible();
    } else {
        pump();
    }
}

Window::Window(const std::string& title, int width, int height)
    : state_(std::make_unique<State>()) {
    const cv::Size display = find_display();
    choose_x_for_qt();
    keep_qt_quiet();
    state_->title = title;
    // Qt takes over the user's locale, in which libav and others would read 0.5 as 0.
    const std::string numbers = std::setlocale(LC_NUMERIC, nullptr);
    try {
        cv::namedWindow(title, cv::WINDOW_NORMAL | cv::WINDOW_FREERATIO | cv::WINDOW_GUI_NORMAL);
        // Room for a desktop's panels and the window's own frame.
        constexpr double kUsable = 0.9;
        const cv::Size most(static_cast<int>(kUsable * display.width),
                            static_cast<int>(kUsable * display.height));
        const cv::Size wanted(std::max(1, width), std::max(1, height));
        const cv::Size size =
            wanted.width <= most.width && wanted.height <= most.height ? wanted : fit(wanted, most);
        cv::resizeWindow(title, size);
    } catch (const cv::Exception& error) {
        throw ConfigError(
            fmt::format("the window cannot be opened ({}); use {}", error.err, flags::kNoWindow));
    }
    std::setlocale(LC_NUMERIC, numbers.c_str());
}

Window::~Window() {
    if (!state_->closed) {
        try {
            cv::destroyWindow(state_->title);
            cv::waitKeyEx(1);  // the toolkit takes it off the screen
        } catch (const cv::Exception&) {
            // The toolkit closed it itself, since the last look.
        }
    }
}

void Window::show(const Frame& frame, const WindowText& text) {
    Frame kept;
    kept.index = frame.index;
    kept.orientation = frame.orientation;
    kept.image = reference(*frame.image);
    state_->frame = std::move(kept);
    state_->draw(text);
}

void Window::show_again(const WindowText& text) {
    state_->draw(text);
}

WindowAction Window::poll() {
    if (state_->actions.empty()) {
        state_->pump();
    }
    if (!state_->actions.empty()) {
        const WindowAction action = state_->actions.front();
        state_->actions.pop_front();
        return action;
    }
    return state_->closed ? WindowAction::kQuit : WindowAction::kNone;
}

}  // namespace closet
