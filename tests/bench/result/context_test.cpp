#include "bench/result/context.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "bench/result/system_files.h"
#include "core/cpu.h"
#include "support/temporary_folder.h"

namespace closet::bench {
namespace {

/// A folder that stands for /.
class FakeRoot {
  public:
    void write(const std::string& name, const std::string& text) const {
        const std::filesystem::path path = folder_.path() / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    const std::filesystem::path& path() const { return folder_.path(); }

  private:
    closet::test::TemporaryFolder folder_;
};

const BuildFacts kBuild{"0.1.0",   "abcdef", "Release", "GNU 12", "", {{"torch", "2.13"}},
                        "Some GPU"};

TEST_CASE("context: this machine is described") {
    const Context context = describe_machine(kBuild);
    CHECK(context.cores >= 1);
    CHECK(context.memory_bytes > 0);
    CHECK_FALSE(context.system.empty());
    CHECK(context.time_utc.size() == 20);
    CHECK(context.time_utc.back() == 'Z');
    CHECK(context.revision == "abcdef");
    CHECK(context.libraries.at("torch") == "2.13");
    CHECK(context.gpu == "Some GPU");
    CHECK(context.cpu_path == name_of(cpu_path()));
    const auto times = read_cpu_times();
    REQUIRE(times);
    CHECK(times->busy <= times->all);
}

TEST_CASE("context: what the kernel tells is read") {
    const FakeRoot root;
    root.write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n");
    root.write("proc/meminfo", "MemTotal:        2048 kB\nMemFree: 1 kB\n");
    root.write("etc/os-release", "NAME=x\nPRETTY_NAME=\"Some Linux 12\"\n");
    root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    root.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance\n");
    root.write("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3\n");
    root.write("sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "4\n");
    const Context context = describe_machine(kBuild, root.path());
    CHECK(context.cpu == "Some CPU @ 2 GHz");
    CHECK(context.memory_bytes == 2048 * 1024);
    CHECK(context.system.starts_with("Some Linux 12, Linux "));
    CHECK(context.governor == "performance, powersave");
    CHECK(read_throttle_count(root.path()) == 7);
}

TEST_CASE("context: a machine that tells nothing is described all the same") {
    const FakeRoot root;
    const Context context = describe_machine({}, root.path());
    CHECK(context.cpu.empty());
    CHECK(context.memory_bytes == 0);
    CHECK(context.governor.empty());
    CHECK(context.cores >= 1);
    CHECK_FALSE(read_cpu_times(root.path()));
    CHECK_FALSE(read_throttle_count(root.path()));
    root.write("proc/stat", "cpu  x y\n");
    root.write("proc/meminfo", "MemTotal: lots\n");
    CHECK_FALSE(read_cpu_times(root.path()));
    CHECK(describe_machine({}, root.path()).memory_bytes == 0);
}

TEST_CASE("context: control groups limit cores and memory on every level") {
    const FakeRoot root;
    CHECK_FALSE(core_quota(root.path()));
    root.write("proc/self/cgroup", "1:cpu:/old\n0::/user.slice/job\n");
    root.write("sys/fs/cgroup/user.slice/job/cpu.max", "max 100000\n");
    root.write("sys/fs/cgroup/user.slice/cpu.max", "150000 100000\n");
    root.write("sys/fs/cgroup/cpu.max", "400000 100000\n");
    root.write("sys/fs/cgroup/user.slice/job/memory.max", "1000000\n");
    root.write("sys/fs/cgroup/user.slice/memory.max", "max\n");
    CHECK(core_quota(root.path()) == 1.5);
    CHECK(memory_limit_bytes(root.path()) == 1'000'000);
    CHECK(describe_machine({}, root.path()).cores <= 2);
    root.write("sys/fs/cgroup/user.slice/cpu.max", "50000 100000\n");
    CHECK(describe_machine({}, root.path()).cores == 1);
    root.write("proc/meminfo", "MemTotal: 2048 kB\n");
    CHECK(describe_machine({}, root.path()).memory_bytes == 1'000'000);
}

TEST_CASE("context: control groups of the first version count as well") {
    const FakeRoot root;
    root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
    root.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    CHECK(core_quota(root.path()) == 2.0);
    root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    CHECK_FALSE(core_quota(root.path()));
}

TEST_CASE("context: doubts name what was seen and what to do") {
    const FakeRoot root;
    CHECK(find_warnings(kBuild, {}, root.path()).empty());
    BuildFacts build = kBuild;
    build.build_type = "Debug";
    build.sanitizers = "address";
    Context context;
    context.governor = "powersave";
    root.write("sys/class/power_supply/BAT0/type", "Battery\n");
    root.write("sys/class/power_supply/BAT0/status", "Discharging\n");
    const auto doubts = find_warnings(build, context, root.path());
    REQUIRE(doubts.size() == 4);
    CHECK(doubts[0].find("Debug build") != std::string::npos);
    CHECK(doubts[1].find("sanitizers (address)") != std::string::npos);
    CHECK(doubts[2].find("governor is powersave") != std::string::npos);
    CHECK(doubts[3].find("battery") != std::string::npos);
    root.write("sys/class/power_supply/BAT0/status", "Full\n");
    CHECK(find_warnings(kBuild, {}, root.path()).empty());
    root.write("sys/class/power_supply/BAT0/status", "Discharging\n");
    root.write("sys/class/power_supply/BAT0/scope", "Device\n");  // of a mouse
    CHECK(find_warnings(kBuild, {}, root.path()).empty());
}

TEST_CASE("context: other load is the busy share of the time in between") {
    const FakeRoot root;
    root.write("proc/stat", "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 1 1\n");
    root.write("proc/loadavg", "1.50 1.00 0.50 1/100 123\n");
    const auto times = read_cpu_times(root.path());
    REQUIRE(times);
    CHECK(times->busy == 150);
    CHECK(times->all == 1000);
    CHECK(describe_other_load(*times, {159, 1100}, root.path()).empty());
    CHECK(describe_other_load(*times, {190, 1100}, root.path()) ==
          "other programs use 40 % of the processor (load average 1.50): figures will be low and "
          "scatter; stop them first");
    CHECK(describe_other_load(*times, *times, root.path()).empty());
    CHECK(describe_other_load({190, 1100}, *times, root.path()).empty());
}

}  // namespace
}  // namespace closet::bench
