#include "encode/display/display.h"

#include <cstdlib>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <xcb/xcb.h>

#include "core/error.h"

namespace closet {
namespace {

struct Disconnect {
    // xcb returns an object for failed connections too, which wants to be released.
    void operator()(xcb_connection_t* connection) const { xcb_disconnect(connection); }
};
using XConnection = std::unique_ptr<xcb_connection_t, Disconnect>;

[[noreturn]] void no_display(const std::string& why) {
    throw ConfigError(
        fmt::format("there is no display for the window: {}; use {}, or run where a "
                    "desktop is (ssh -X, xvfb-run)",
                    why, flags::kNoWindow));
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

}  // namespace

cv::Size find_display() {
    const std::string name = variable("DISPLAY");
    if (name.empty()) {
        no_display(variable("WAYLAND_DISPLAY").empty()
                       ? "DISPLAY is not set"
                       : "DISPLAY is not set, and the window needs XWayland beside Wayland");
    }
    int number = 0;
    const XConnection connection(xcb_connect(nullptr, &number));
    if (xcb_connection_has_error(connection.get()) != 0) {
        no_display(fmt::format("DISPLAY={} cannot be reached", name));
    }
    xcb_screen_iterator_t screens = xcb_setup_roots_iterator(xcb_get_setup(connection.get()));
    for (; number > 0 && screens.rem > 1; --number) {
        xcb_screen_next(&screens);
    }
    return {screens.data->width_in_pixels, screens.data->height_in_pixels};
}

cv::Size size_of_x_window(std::uint32_t window) {
    static const XConnection connection(xcb_connect(nullptr, nullptr));
    if (window == 0 || xcb_connection_has_error(connection.get()) != 0) {
        return {};
    }
    struct Free {
        void operator()(void* memory) const { std::free(memory); }  // as xcb allocates it
    };
    const std::unique_ptr<xcb_get_geometry_reply_t, Free> geometry(xcb_get_geometry_reply(
        connection.get(), xcb_get_geometry(connection.get(), window), nullptr));
    return geometry ? cv::Size(geometry->width, geometry->height) : cv::Size();
}

}  // namespace closet
