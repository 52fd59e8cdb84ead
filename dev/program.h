#pragma once

#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace closet::dev {

/// The main function of a program: tells `usage` where fewer than `least` arguments are given, else
/// runs it with them and tells what it throws. Returns what `run` does, and 1 or 2 for these.
inline int program(int argc, char** argv, std::size_t least, const char* usage,
                   int (*run)(const std::vector<std::string>&)) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < least) {
        std::fprintf(stderr, "usage: %s\n", usage);
        return 2;
    }
    try {
        return run(arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}

}  // namespace closet::dev
