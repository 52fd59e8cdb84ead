#include "bench/sweep/system_files.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <fstream>
#include <system_error>

namespace closet::bench {
namespace {

constexpr std::size_t kMostBytes = 1 << 16;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

std::string read_small_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(kMostBytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(file.gcount() > 0 ? static_cast<std::size_t>(file.gcount()) : 0);
    return text;
}

std::string first_line(const std::filesystem::path& path) {
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

void for_each_entry(const std::filesystem::path& folder, std::string_view prefix,
                    const std::function<void(const std::filesystem::path&)>& use) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().filename().string().starts_with(prefix)) {
            use(entry->path());
        }
    }
}

}  // namespace closet::bench
