#include "support/hidden_display.h"

#include <fmt/format.h>
#include <charconv>
#include <iostream>

#include "support/process.h"

namespace closet::test {

bool can_show_windows() {
    for (const char* program : {"Xvfb", "xdotool"}) {
        if (!is_installed(program)) {
            std::cout << "SKIPPED: " << program << " is not installed (scripts/setup)\n";
            return false;
        }
    }
    return true;
}

HiddenDisplay::HiddenDisplay()
    : server_({"Xvfb", "-displayfd", "3", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"}),
      name_(fmt::format(":{}", server_.line().value_or("none"))) {}

std::string HiddenDisplay::xdotool(const std::vector<std::string>& arguments) const {
    std::vector<std::string> command{"env", fmt::format("DISPLAY={}", name_), "xdotool"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run(command).out;
}

unsigned HiddenDisplay::focus_window(const std::string& title) const {
    std::string id = xdotool({"search", "--sync", "--onlyvisible", "--name", title});
    id = id.substr(0, id.find('\n'));
    unsigned window = 0;
    std::from_chars(id.data(), id.data() + id.size(), window);
    if (window != 0) {
        xdotool({"windowfocus", "--sync", id});
    }
    return window;
}

}  // namespace closet::test
