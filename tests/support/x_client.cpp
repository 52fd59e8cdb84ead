#include "support/x_client.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <xcb/xcb.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet::test {
namespace {

struct Disconnect {
    void operator()(xcb_connection_t* connection) const { xcb_disconnect(connection); }
};
struct Free {
    void operator()(void* reply) const { std::free(reply); }
};
template <class Reply>
using Answer = std::unique_ptr<Reply, Free>;

std::unique_ptr<xcb_connection_t, Disconnect> connected(const std::string& display) {
    std::unique_ptr<xcb_connection_t, Disconnect> connection(xcb_connect(display.c_str(), nullptr));
    if (xcb_connection_has_error(connection.get()) != 0) {
        throw std::runtime_error("cannot reach the display " + display);
    }
    return connection;
}

xcb_atom_t atom(xcb_connection_t* connection, const std::string& name) {
    const Answer<xcb_intern_atom_reply_t> answer(xcb_intern_atom_reply(
        connection,
        xcb_intern_atom(connection, 0, static_cast<std::uint16_t>(name.size()), name.c_str()),
        nullptr));
    if (!answer) {
        throw std::runtime_error("the display has no atom " + name);
    }
    return answer->atom;
}

}  // namespace

void ask_to_close(const std::string& display, unsigned window) {
    const auto connection = connected(display);
    xcb_client_message_event_t event{};
    event.response_type = XCB_CLIENT_MESSAGE;
    event.format = 32;
    event.window = window;
    event.type = atom(connection.get(), "WM_PROTOCOLS");
    event.data.data32[0] = atom(connection.get(), "WM_DELETE_WINDOW");
    event.data.data32[1] = XCB_CURRENT_TIME;
    xcb_send_event(connection.get(), 0, window, XCB_EVENT_MASK_NO_EVENT,
                   reinterpret_cast<const char*>(&event));
    // An answer to something sent later: the server drops what it has not read when a client
    // leaves.
    const Answer<xcb_get_input_focus_reply_t> done(xcb_get_input_focus_reply(
        connection.get(), xcb_get_input_focus(connection.get()), nullptr));
}

cv::Mat picture_of(const std::string& display, unsigned window) {
    const auto connection = connected(display);
    const Answer<xcb_get_geometry_reply_t> geometry(xcb_get_geometry_reply(
        connection.get(), xcb_get_geometry(connection.get(), window), nullptr));
    if (!geometry) {
        throw std::runtime_error("there is no such window");
    }
    const Answer<xcb_get_image_reply_t> image(
        xcb_get_image_reply(connection.get(),
                            xcb_get_image(connection.get(), XCB_IMAGE_FORMAT_Z_PIXMAP, window, 0, 0,
                                          geometry->width, geometry->height, ~0U),
                            nullptr));
    if (!image) {
        throw std::runtime_error("the window's pixels cannot be read");
    }
    const cv::Mat bgra(geometry->height, geometry->width, CV_8UC4, xcb_get_image_data(image.get()));
    cv::Mat bgr;
    cv::cvtColor(bgra, bgr, cv::COLOR_BGRA2BGR);
    return bgr;
}

}  // namespace closet::test
