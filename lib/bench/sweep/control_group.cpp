#include "bench/sweep/control_group.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "bench/sweep/system_files.h"

namespace closet::bench {
namespace {

namespace fs = std::filesystem;

/// Where limits may stand: the process's own group and all above it, then the same for version 1.
/// In a container the group's path often is not there, but its root is.
std::vector<fs::path> group_folders(const fs::path& root, const char* controller) {
    const std::string groups = read_small_file(root / "proc/self/cgroup");
    const fs::path mount = root / "sys/fs/cgroup";
    fs::path own = fs::path(value_after(groups, "0::").value_or("")).relative_path();
    std::vector<fs::path> folders;
    while (!own.empty() && own != own.parent_path()) {
        folders.push_back(mount / own);
        own = own.parent_path();
    }
    folders.push_back(mount);
    folders.push_back(mount / controller);  // version 1
    return folders;
}

/// Keeps the least of what is known.
template <class Value>
void lower(std::optional<Value>& least, std::optional<Value> value) {
    if (value) {
        least = std::min(least.value_or(*value), *value);
    }
}

std::optional<double> quota_of(std::optional<std::int64_t> quota,
                               std::optional<std::int64_t> period) {
    if (!quota || !period || *quota <= 0 || *period <= 0) {
        return std::nullopt;
    }
    return static_cast<double>(*quota) / static_cast<double>(*period);
}

}  // namespace

std::optional<double> core_quota(const fs::path& root) {
    std::optional<double> least;
    for (const fs::path& folder : group_folders(root, "cpu")) {
        const std::string limit = first_line(folder / "cpu.max");  // "max 100000", "150000 100000"
        const std::size_t blank = std::min(limit.find(' '), limit.size());
        lower(least, quota_of(leading_number(limit), leading_number(limit.substr(blank))));
        lower(least, quota_of(leading_number(first_line(folder / "cpu.cfs_quota_us")),
                              leading_number(first_line(folder / "cpu.cfs_period_us"))));
    }
    return least;
}

std::optional<std::int64_t> memory_limit_bytes(const fs::path& root) {
    std::optional<std::int64_t> least;
    for (const fs::path& folder : group_folders(root, "memory")) {
        lower(least, leading_number(first_line(folder / "memory.max")));
        lower(least, leading_number(first_line(folder / "memory.limit_in_bytes")));
    }
    return least;
}

}  // namespace closet::bench
