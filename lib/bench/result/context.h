#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/result/result.h"

namespace closet::bench {

/// What only the program that is measured knows of its build.
struct BuildFacts {
    std::string closet_version, revision, build_type, compiler;
    std::string sanitizers;                        ///< empty: none
    std::map<std::string, std::string> libraries;  ///< name -> version
    std::string gpu;                               ///< name, driver; empty without
};

/// Fills in machine, build and time. `root` stands before /proc, /sys and /etc; what cannot be read
/// stays empty or 0. The cores are those that the process may use: affinity and the cgroup's quota
/// (rounded up) count.
Context describe_machine(const BuildFacts& build, const std::filesystem::path& root = "/");

/// One sentence for each thing that makes figures doubtful: a debug build, a sanitizer, a governor
/// that saves power, a battery. For `Context::warnings`.
std::vector<std::string> find_warnings(const BuildFacts& build, const Context& context,
                                       const std::filesystem::path& root = "/");

/// Processor time of the whole machine since it started, in ticks.
struct CpuTimes {
    std::uint64_t busy = 0, all = 0;
};

/// Nothing where /proc/stat cannot be read.
std::optional<CpuTimes> read_cpu_times(const std::filesystem::path& root = "/");

/// The warning for other load: `before` and `after` enclose a second or so in which this process
/// slept. Empty where the machine was idle.
std::string describe_other_load(const CpuTimes& before, const CpuTimes& after,
                                const std::filesystem::path& root = "/");

/// How often cores were slowed down for heat since the machine started, all cores together. Read it
/// before and after a sweep. Nothing where the kernel does not tell.
std::optional<std::int64_t> read_throttle_count(const std::filesystem::path& root = "/");

}  // namespace closet::bench
