#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace closet::test {

/// What a program left behind.
struct Finished {
    int exit_code = 0;  ///< 128 + signal where a signal ended it
    std::string out;    ///< stdout
    std::string err;    ///< stderr
};

/// Runs a program without a shell, waits for it, and keeps what it printed.
Finished run(const std::vector<std::string>& command);

/// The same, but sends `signal` once `ready` exists, `times` times with a pause in between.
Finished run_and_signal(const std::vector<std::string>& command, const std::filesystem::path& ready,
                        int signal, int times);

}  // namespace closet::test
