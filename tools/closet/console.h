#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "core/log.h"

namespace closet::console {

/// How messages and progress look on stderr.
struct Style {
    bool quiet = false;  ///< errors only, and what of the input is not in the output
    bool json = false;   ///< one JSON object a line instead of text
};

/// Whether to show what is for developers too: debug messages, all that a failure says.
void set_verbose(bool verbose);
bool is_verbose();

/// Directs the library's log to stderr in this style, for the rest of the process.
void set_style(Style style);
Style style();

/// The messages about what of an input is missing in its output (log::loss) that begin with one of
/// these files, each once.
std::vector<std::string> losses_about(const std::vector<std::string>& files);

/// True when stderr is a terminal that may be redrawn: not a pipe, not TERM=dumb.
bool is_terminal();

/// "error: <text>", in red on a terminal unless NO_COLOR is set; a JSON event in JSON style.
void print_error(std::string_view text);

/// The sentence of a failure, and the rest of it where that is wanted.
void print_failure(const std::exception& failure);

/// One line of plain text on stderr, unless quiet or JSON.
void print_line(std::string_view text);

/// Draws `text` over the last status line of a terminal; empty removes it. Messages printed in
/// between push it down. Nothing elsewhere, in JSON style or when quiet.
void set_status(std::string_view text);

/// Writes one JSON line to stderr.
void print_event(std::string_view json);

}  // namespace closet::console
