#include "models/store/manifest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

namespace {

using Text = std::string ModelEntry::*;
constexpr auto kTexts = std::to_array<std::pair<std::string_view, Text>>({
    {"name", &ModelEntry::name},
    {"file", &ModelEntry::file},
    {"source", &ModelEntry::source},
    {"path", &ModelEntry::path},
    {"sha256", &ModelEntry::sha256},
    {"licence", &ModelEntry::licence},
    {"input", &ModelEntry::input},
    {"skeleton", &ModelEntry::skeleton},
    {"purpose", &ModelEntry::purpose},
});
constexpr std::size_t kKeyCount = kTexts.size() + 2;  // and size, setup

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

class ManifestReader {
  public:
    std::vector<ModelEntry> read(std::string_view text) {
        while (!text.empty()) {
            const auto end = std::min(text.find('\n'), text.size());
            ++line_;
            read_line(trimmed(text.substr(0, end)));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        close_table();
        return std::move(entries_);
    }

  private:
    [[noreturn]] void fail(const std::string& why) const {
        throw ModelError(fmt::format("models/manifest.toml line {}: {}", line_, why));
    }

    void read_line(std::string_view line) {
        if (line.empty() || line.front() == '#') {
            return;
        }
        if (line == "[[model]]") {
            close_table();
            entries_.emplace_back();
            return;
        }
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || entries_.empty()) {
            fail("expected [[model]] or key = value inside one");
        }
        const auto key = trimmed(line.substr(0, equals));
        if (!seen_.emplace(key).second) {
            fail(fmt::format("{} is given twice", key));
        }
        assign(key, trimmed(line.substr(equals + 1)));
    }

    void assign(std::string_view key, std::string_view value) {
        ModelEntry& entry = entries_.back();
        const auto* const text = std::find_if(kTexts.begin(), kTexts.end(),
                                              [&](const auto& row) { return row.first == key; });
        if (text != kTexts.end()) {
            if (value.size() < 2 || value.front() != '"' || value.back() != '"' ||
                value.find_first_of("\"\\", 1) != value.size() - 1) {
                fail(fmt::format("{} needs a plain string in double quotes", key));
            }
            entry.*(text->second) = value.substr(1, value.size() - 2);
        } else if (key == "size") {
            const auto [end, error] =
                std::from_chars(value.data(), value.data() + value.size(), entry.size);
            if (error != std::errc{} || end != value.data() + value.size()) {
                fail("size needs a whole number");
            }
        } else if (key == "setup" && (value == "true" || value == "false")) {
            entry.setup = value == "true";
        } else {
            fail(fmt::format("{} = {} is not understood", key, value));
        }
    }

    void close_table() {
        if (entries_.empty()) {
            return;
        }
        const ModelEntry& entry = entries_.back();
        if (seen_.size() != kKeyCount) {
            fail(fmt::format("the table of '{}' above lacks a key", entry.name));
        }
        const bool hex = entry.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
        if (entry.sha256.size() != 64 || !hex) {
            fail(fmt::format("the sha256 of '{}' is not 64 hex digits", entry.name));
        }
        seen_.clear();
    }

    std::vector<ModelEntry> entries_;
    std::set<std::string, std::less<>> seen_;  ///< keys of the table being read
    std::size_t line_ = 0;
};

}  // namespace

std::vector<ModelEntry> parse_manifest(std::string_view text) {
    return ManifestReader().read(text);
}

}  // namespace closet
