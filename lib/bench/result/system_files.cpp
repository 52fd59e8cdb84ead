#include "bench/result/system_files.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <fstream>
#include <system_error>
#include <vector>

namespace closet::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 1 << 16;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

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

std::string read_small_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(kMostBytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(file.gcount() > 0 ? static_cast<std::size_t>(file.gcount()) : 0);
    return text;
}

std::string first_line(const fs::path& path) {
    const std::string text = read_small_file(path);
    return std::string(trimmed(std::string_view(text).substr(0, text.find('\n'))));
}

std::optional<std::string> value_after(const std::string& text, std::string_view key) {
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = std::string_view(text).substr(begin, end - begin);
        if (line.starts_with(key)) {
            return std::string(trimmed(line.substr(key.size())));
        }
        begin = end + 1;
    }
    return std::nullopt;
}

std::string_view after_colon(std::string_view text) {
    const std::size_t colon = text.find(':');
    return trimmed(colon == std::string_view::npos ? text : text.substr(colon + 1));
}

std::optional<std::int64_t> leading_number(std::string_view text) {
    text = trimmed(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && number >= 0 ? std::optional(number) : std::nullopt;
}

void for_each_entry(const fs::path& folder, std::string_view prefix,
                    const std::function<void(const fs::path&)>& use) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().filename().string().starts_with(prefix)) {
            use(entry->path());
        }
    }
}

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
