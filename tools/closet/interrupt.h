#pragma once

namespace closet::interrupt {

/// From now on the first SIGINT or SIGTERM is only noted, so that the run can end in order; the
/// second ends the process at once with exit code 130. SIGPIPE is ignored: a closed pipe is a
/// write error like any other.
void install();

/// True once a signal came.
bool requested();

}  // namespace closet::interrupt
