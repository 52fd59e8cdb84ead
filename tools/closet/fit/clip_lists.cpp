#include "closet/fit/clip_lists.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/csv.h"
#include "core/error.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMostBytes = 64'000'000;  ///< half a million long paths
constexpr std::size_t kMostInPath = 4096;       ///< bytes that Linux takes (PATH_MAX)
constexpr char kBetweenGarments = ';';

constexpr std::string_view kInput = "input", kGarment = "garment", kPerson = "person",
                           kOutput = "output";
constexpr std::array kColumns{kInput, kGarment, kPerson, kOutput};

/// A list that was read: its text, what messages call it and where its relative paths begin.
struct ListText {
    std::string text, name;
    fs::path folder;

    std::string where(std::size_t line) const { return fmt::format("{} line {}", name, line); }

    /// A path of the list as the command line would have it.
    std::string path(const std::string& written) const {
        const bool stays = folder.empty() || written.find("://") != std::string::npos;
        return stays ? written : (folder / written).string();
    }
};

ListText read_text(const char* flag, const std::string& path) {
    const bool is_standard = path == kStandardInput;
    ListText list{{}, is_standard ? "standard input" : path, {}};
    std::ifstream file;
    if (!is_standard) {
        errno = 0;
        file.open(path, std::ios::binary);
        if (!file) {
            throw ConfigError(
                fmt::format("{} {}: cannot read the file: {}", flag, path, std::strerror(errno)));
        }
        std::error_code ignored;
        if (fs::is_regular_file(path, ignored)) {
            list.folder = fs::path(path).parent_path();
        }
    }
    std::istream& stream = is_standard ? std::cin : file;
    std::array<char, 1 << 16> part;
    while (stream.read(part.data(), part.size()) || stream.gcount() > 0) {
        list.text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
        if (list.text.size() > kMostBytes) {
            throw ConfigError(fmt::format("{} {}: more than {} MB are no list of clips", flag, path,
                                          kMostBytes / 1'000'000));
        }
    }
    if (stream.bad()) {
        throw ConfigError(fmt::format("{} {}: cannot read the file", flag, path));
    }
    if (list.text.starts_with(kByteOrderMark)) {
        list.text.erase(0, kByteOrderMark.size());
    }
    return list;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
        end = text.find(separator, begin);
        parts.emplace_back(text.substr(begin, end - begin));
    }
    return parts;
}

/// The field of each of kColumns in a row of a table; empty where the table has no such column.
class Columns {
  public:
    /// Throws ConfigError where the header is none.
    Columns(const CsvRow& header, const std::string& where) : places_(kColumns.size(), -1) {
        for (std::size_t i = 0; i < header.fields.size(); ++i) {
            const auto column = std::find(kColumns.begin(), kColumns.end(), header.fields[i]);
            if (column == kColumns.end()) {
                throw ConfigError(
                    fmt::format("{}: there is no column \"{}\": the first line names "
                                "the columns, of {}",
                                where, header.fields[i], fmt::join(kColumns, ", ")));
            }
            int& place = places_[static_cast<std::size_t>(column - kColumns.begin())];
            if (place >= 0) {
                throw ConfigError(fmt::format("{}: two columns are called {}", where, *column));
            }
            place = static_cast<int>(i);
        }
        if (places_.front() < 0) {
            throw ConfigError(fmt::format("{}: no column is called {}", where, kInput));
        }
    }

    std::string field(const CsvRow& row, std::string_view column) const {
        const auto at = std::find(kColumns.begin(), kColumns.end(), column) - kColumns.begin();
        const int place = places_[static_cast<std::size_t>(at)];
        return place < 0 ? std::string() : row.fields[static_cast<std::size_t>(place)];
    }

  private:
    std::vector<int> places_;
};

std::vector<std::string> garments_of(const std::string& field, const ListText& table) {
    std::vector<std::string> garments;
    for (const std::string& written : split(field, kBetweenGarments)) {
        std::string path = table.path(written);
        std::error_code ignored;
        const bool is_search = path.find(':') != std::string::npos;  // FOLDER/:WORDS
        if (written.empty() || (!is_search && !fs::exists(path, ignored))) {
            throw ConfigError(
                fmt::format("garment \"{}\": there is no such file; several are "
                            "separated by \"{}\"",
                            written.empty() ? field : path, kBetweenGarments));
        }
        garments.push_back(std::move(path));
    }
    return garments;
}

PersonRule person_of(const std::string& field, const ListText& table) {
    PersonRule rule = parse_person(field);
    if (!rule.photo.empty()) {
        rule.photo = table.path(rule.photo);
    }
    return rule;
}

LookRow look_of(const CsvRow& row, const Columns& columns, const ListText& table) {
    LookRow result;
    result.look.source = table.where(row.line);
    const std::string input = columns.field(row, kInput), garment = columns.field(row, kGarment),
                      person = columns.field(row, kPerson), output = columns.field(row, kOutput);
    if (input.empty()) {
        throw ConfigError(fmt::format("{}: no {}", result.look.source, kInput));
    }
    result.input = table.path(input);
    result.output = output.empty() ? output : table.path(output);
    try {
        if (!garment.empty()) {
            result.look.garments = garments_of(garment, table);
        }
        if (!person.empty()) {
            result.look.person = person_of(person, table);
        }
    } catch (const ConfigError& error) {
        throw ConfigError(fmt::format("{}: {}", result.look.source, error.what()));
    }
    return result;
}

}  // namespace

std::vector<std::string> read_clip_list(const std::string& path) {
    const ListText list = read_text(flags::kInputs, path);
    std::vector<std::string> inputs;
    std::size_t number = 0;
    for (std::string& line : split(list.text, '\n')) {
        ++number;
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        if (line.size() > kMostInPath || line.find('\0') != std::string::npos) {
            throw ConfigError(
                fmt::format("{}: this is no path; a list has one a line", list.where(number)));
        }
        inputs.push_back(list.path(line));
    }
    if (inputs.empty()) {
        throw ConfigError(
            fmt::format("{} {}: the list names no clip; give one a line", flags::kInputs, path));
    }
    return inputs;
}

std::vector<LookRow> read_looks(const std::string& path) {
    const ListText table = read_text(flags::kLooks, path);
    const std::vector<CsvRow> rows = parse_csv(table.text, table.name);
    std::optional<Columns> columns;
    if (!rows.empty()) {
        columns.emplace(rows.front(), table.where(rows.front().line));
    }
    if (rows.size() < 2) {
        throw ConfigError(
            fmt::format("{} {}: the table has no row; its first line names the columns, of {}",
                        flags::kLooks, path, fmt::join(kColumns, ", ")));
    }
    std::vector<LookRow> looks;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        looks.push_back(look_of(rows[i], *columns, table));
    }
    return looks;
}

}  // namespace closet
