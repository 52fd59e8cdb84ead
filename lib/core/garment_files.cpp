#include "core/garment_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <compare>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

char lower(char letter) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

/// The digits at the head of `text`, without leading zeros; they and those are cut off.
std::string_view take_number(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    std::string_view number = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(number.size());
    number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
    return number;
}

std::strong_ordering natural_order(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty()) {
        std::strong_ordering order = std::strong_ordering::equal;
        if (is_digit(a.front()) && is_digit(b.front())) {
            const std::string_view left = take_number(a);
            const std::string_view right = take_number(b);
            order = left.size() <=> right.size();
            if (std::is_eq(order)) {
                order = left <=> right;
            }
        } else {
            order = lower(a.front()) <=> lower(b.front());
            a.remove_prefix(1);
            b.remove_prefix(1);
        }
        if (std::is_neq(order)) {
            return order;
        }
    }
    return a.size() <=> b.size();
}

/// By its name alone: what is in it is looked at when it is loaded.
bool is_picture(const fs::path& path) {
    static constexpr std::array kEndings{".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"};
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), lower);
    return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end() &&
           !path.filename().string().starts_with('.');
}

[[noreturn]] void cannot_list(const fs::path& folder, const std::error_code& error) {
    throw ConfigError(
        fmt::format("cannot list the garments in {}: {}", folder.string(), error.message()));
}

std::vector<fs::path> pictures_in(const fs::path& folder) {
    std::vector<fs::path> pictures;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;  // a broken link is no picture
        if (is_picture(entry->path()) && entry->is_regular_file(ignored)) {
            pictures.push_back(entry->path());
        }
    }
    if (error) {
        cannot_list(folder, error);
    }
    if (pictures.empty()) {
        throw ConfigError(fmt::format(
            "{} holds no garment: no picture ends in .png, .jpg, .webp or .tif", folder.string()));
    }
    std::sort(pictures.begin(), pictures.end(), [](const fs::path& a, const fs::path& b) {
        return natural_less(a.filename().string(), b.filename().string());
    });
    return pictures;
}

}  // namespace

bool natural_less(const std::string& a, const std::string& b) {
    const std::strong_ordering order = natural_order(a, b);
    return std::is_neq(order) ? std::is_lt(order) : a < b;
}

std::vector<fs::path> garment_files(const std::vector<std::string>& paths) {
    std::vector<fs::path> files;
    for (const std::string& path : paths) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (fs::is_directory(status)) {
            const std::vector<fs::path> pictures = pictures_in(path);
            files.insert(files.end(), pictures.begin(), pictures.end());
        } else if (fs::exists(status)) {
            files.emplace_back(path);
        } else {
            throw ConfigError(fmt::format("cannot open the garment {}: {}", path, error.message()));
        }
    }
    return files;
}

}  // namespace closet
