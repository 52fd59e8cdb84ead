#include "bench/result/context.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <optional>
#include <set>
#include <sstream>

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/result/system_files.h"
#include "core/cpu.h"

namespace closet::bench {
namespace {

namespace fs = std::filesystem;

std::string system_name(const fs::path& root) {
    utsname kernel{};
    uname(&kernel);
    std::string name = fmt::format("{} {} {}", kernel.sysname, kernel.release, kernel.machine);
    const std::string release = read_small_file(root / "etc/os-release");
    if (auto pretty = value_after(release, "PRETTY_NAME=")) {
        std::erase(*pretty, '"');
        name = fmt::format("{}, {}", *pretty, name);
    }
    return name;
}

std::string cpu_name(const fs::path& root) {
    const std::string info = read_small_file(root / "proc/cpuinfo");
    for (const char* key : {"model name", "Model", "Hardware"}) {  // the last two: ARM
        if (const auto line = value_after(info, key)) {
            return std::string(after_colon(*line));
        }
    }
    return {};
}

int cores_by_affinity() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        return CPU_COUNT(&set);
    }
    return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

std::int64_t memory_bytes(const fs::path& root) {
    const std::string info = read_small_file(root / "proc/meminfo");
    const auto line = value_after(info, "MemTotal:");
    const std::int64_t total = line ? leading_number(*line).value_or(0) * 1024 : 0;
    return std::min(total, memory_limit_bytes(root).value_or(total));
}

/// Of all cores, "performance" or "performance, powersave".
std::string governors(const fs::path& root) {
    std::set<std::string> names;
    for_each_entry(root / "sys/devices/system/cpu", "cpu", [&](const fs::path& core) {
        names.insert(first_line(core / "cpufreq/scaling_governor"));
    });
    names.erase("");
    std::string joined;
    for (const std::string& name : names) {
        joined += fmt::format("{}{}", joined.empty() ? "" : ", ", name);
    }
    return joined;
}

bool runs_on_battery(const fs::path& root) {
    bool discharging = false;
    for_each_entry(root / "sys/class/power_supply", "", [&](const fs::path& supply) {
        discharging |= first_line(supply / "type") == "Battery" &&
                       first_line(supply / "scope") != "Device" &&  // a mouse, say
                       first_line(supply / "status") == "Discharging";
    });
    return discharging;
}

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string time_utc() {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

}  // namespace

Context describe_machine(const BuildFacts& build, const fs::path& root) {
    Context context;
    context.time_utc = time_utc();
    context.host = host_name();
    context.system = system_name(root);
    context.cpu = cpu_name(root);
    context.cpu_path = name_of(cpu_path());
    context.cores = cores_by_affinity();
    if (const auto quota = core_quota(root)) {
        const int whole = static_cast<int>(std::min(std::ceil(*quota), 1e6));
        context.cores = std::max(1, std::min(context.cores, whole));
    }
    context.memory_bytes = memory_bytes(root);
    context.governor = governors(root);
    context.gpu = build.gpu;
    context.closet_version = build.closet_version;
    context.revision = build.revision;
    context.build_type = build.build_type;
    context.compiler = build.compiler;
    context.libraries = build.libraries;
    return context;
}

std::vector<std::string> find_warnings(const BuildFacts& build, const Context& context,
                                       const fs::path& root) {
    std::vector<std::string> warnings;
    if (build.build_type != "Release" && build.build_type != "RelWithDebInfo") {
        warnings.push_back(
            fmt::format("this closet is a {} build: its figures say nothing about a "
                        "release build; configure with -DCMAKE_BUILD_TYPE=Release",
                        build.build_type.empty() ? "plain" : build.build_type));
    }
    if (!build.sanitizers.empty()) {
        warnings.push_back(
            fmt::format("this closet is built with sanitizers ({}), which slow it "
                        "down several times",
                        build.sanitizers));
    }
    if (context.governor.find("powersave") != std::string::npos) {
        warnings.push_back(
            fmt::format("the CPU frequency governor is {}: clocks change under load; "
                        "choose performance where you can",
                        context.governor));
    }
    if (runs_on_battery(root)) {
        warnings.emplace_back(
            "the machine runs on its battery, which may hold clocks down: plug it in");
    }
    return warnings;
}

std::optional<CpuTimes> read_cpu_times(const fs::path& root) {
    const std::string stat = read_small_file(root / "proc/stat");
    const auto line = value_after(stat, "cpu ");
    if (!line) {
        return std::nullopt;
    }
    // user nice system idle iowait irq softirq steal: proc_stat(5); guest times are in user.
    std::istringstream fields(*line);
    CpuTimes times;
    std::uint64_t ticks = 0;
    for (int i = 0; i < 8 && fields >> ticks; ++i) {
        const bool is_idle = i == 3 || i == 4;
        times.busy += is_idle ? 0 : ticks;
        times.all += ticks;
    }
    return times.all > 0 ? std::optional(times) : std::nullopt;
}

std::string describe_other_load(const CpuTimes& before, const CpuTimes& after,
                                const fs::path& root) {
    constexpr double kQuiet = 0.1;  // of the machine; housekeeping stays below
    if (after.all <= before.all || after.busy < before.busy) {
        return {};
    }
    const double share =
        static_cast<double>(after.busy - before.busy) / static_cast<double>(after.all - before.all);
    if (share < kQuiet) {
        return {};
    }
    const std::string average = first_line(root / "proc/loadavg");
    return fmt::format(
        "other programs use {:.0f} % of the processor{}: figures will be low and "
        "scatter; stop them first",
        100 * std::min(share, 1.0),
        average.empty() ? ""
                        : fmt::format(" (load average {})", average.substr(0, average.find(' '))));
}

std::optional<std::int64_t> read_throttle_count(const fs::path& root) {
    std::optional<std::int64_t> total;
    for_each_entry(root / "sys/devices/system/cpu", "cpu", [&](const fs::path& core) {
        const auto count =
            leading_number(first_line(core / "thermal_throttle/core_throttle_count"));
        if (count) {
            total = total.value_or(0) + *count;
        }
    });
    return total;
}

}  // namespace closet::bench
