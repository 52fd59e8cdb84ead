#include <cstdio>
#include <exception>

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "core/cpu.h"

int main(int argc, char** argv) {
    try {
        closet::limit_libraries_to_cpu_path();
    } catch (const std::exception& error) {  // CLOSET_CPU asks for what is not there
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
    return doctest::Context(argc, argv).run();
}
