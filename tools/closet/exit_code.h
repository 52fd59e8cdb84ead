#pragma once

namespace closet {

/// What the process returns, the same for every subcommand.
enum ExitCode {
    kExitDone = 0,
    kExitFailed = 1,        ///< at least one input could not be rendered
    kExitUsage = 2,         ///< a flag or config key that cannot be used; nothing was started
    kExitInterrupted = 130  ///< Ctrl-C or SIGTERM; a playable .partial file remains
};

}  // namespace closet
