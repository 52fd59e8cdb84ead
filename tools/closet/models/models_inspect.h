#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "closet/command.h"
#include "models/inspection.h"

namespace closet {

/// What `closet models inspect` found, for programs.
nlohmann::json to_json(const Inspection& inspection);

/// The same for people, on stdout.
void print_text(const Inspection& inspection);

/// At most `most` bytes of a text out of a file. Such a text can be anything, and on a terminal
/// control characters could do anything too: they become spaces.
std::string printable(std::string_view text, std::size_t most);

/// `closet models inspect`: what a model file is and whether it can be used.
Command add_models_inspect(CLI::App& models);

}  // namespace closet
