// What a build without a window toolkit (CLOSET_WINDOW) has instead of window.cpp and display.cpp.

#include <fmt/format.h>

#include "core/error.h"
#include "encode/display/display.h"
#include "encode/display/window.h"

namespace closet {
namespace {

[[noreturn]] void refuse() {
    throw ConfigError(
        fmt::format("this closet was built without a window (CLOSET_WINDOW); give {} and an output",
                    flags::kNoWindow));
}

}  // namespace

cv::Size find_display() {
    refuse();
}

struct Window::State {};

Window::Window(const std::string&, int, int) {
    refuse();
}
Window::~Window() = default;

void Window::show(const Frame&, const WindowText&) {
    refuse();
}

void Window::show_again(const WindowText&) {
    refuse();
}

WindowAction Window::poll() {
    refuse();
}

}  // namespace closet
