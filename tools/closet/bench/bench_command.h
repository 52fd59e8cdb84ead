#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "closet/command.h"

namespace closet {

/// The parts of `closet bench`: what it does by itself, and its subcommands.
std::function<int()> add_bench_sweep(CLI::App& bench);
Command add_bench_compare(CLI::App& bench);
Command add_bench_ab(CLI::App& bench);
Command add_bench_aa(CLI::App& bench);

}  // namespace closet
