#pragma once

namespace closet {

/// What the process returns, the same for every subcommand.
enum ExitCode {
    kExitDone = 0,
    kExitFailed = 1,      ///< at least one input or case failed
    kExitUsage = 2,       ///< a flag or config key that cannot be used; nothing was started
    kExitRegression = 3,  ///< bench: slower or less accurate than the base, beyond what is allowed
    kExitInconclusive = 4,  ///< bench: the figures cannot tell, and that was to count
    kExitInterrupted = 130  ///< Ctrl-C or SIGTERM; a playable .partial file remains
};

}  // namespace closet
