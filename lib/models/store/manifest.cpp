#include "models/store/manifest.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "core/error.h"

namespace closet {

extern const std::string_view kManifestText;  // manifest_text.cpp.in

namespace {

using Text = std::string ModelEntry::*;
constexpr auto kTexts = std::to_array<std::pair<std::string_view, Text>>({
    {"name", &ModelEntry::name},
    {"file", &ModelEntry::file},
    {"url", &ModelEntry::url},
    {"sha256", &ModelEntry::sha256},
    {"sha256_prefix", &ModelEntry::sha256},
    {"page", &ModelEntry::page},
    {"page_file", &ModelEntry::page_file},
    {"version", &ModelEntry::version},
    {"license", &ModelEntry::license},
    {"input", &ModelEntry::input},
    {"skeleton", &ModelEntry::skeleton},
    {"job", &ModelEntry::job},
    {"purpose", &ModelEntry::purpose},
});
using List = std::vector<std::string> ModelEntry::*;
constexpr auto kLists = std::to_array<std::pair<std::string_view, List>>({
    {"mirrors", &ModelEntry::mirrors},
    {"needs", &ModelEntry::needs},
    {"groups", &ModelEntry::groups},
});

constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kLeastHashDigits = 8;           // as many as OpenMMLab's file names carry
constexpr std::uintmax_t kLargestManifest = 1 << 20;  // bytes; ours has 6 KB
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestFile = 200;  // leaves room for the endings of a store's other files

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](unsigned char letter) { return letter < ' ' || letter == 0x7f; });
}

bool is_letter_or_digit(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
}

bool is_plain_name(std::string_view name, std::size_t longest) {
    return !name.empty() && name.size() <= longest && is_letter_or_digit(name.front()) &&
           std::all_of(name.begin(), name.end(), [](char letter) {
               return is_letter_or_digit(letter) || letter == '.' || letter == '_' || letter == '-';
           });
}

bool is_address(std::string_view url) {
    return (url.starts_with("http://") || url.starts_with("https://")) && !has_control(url) &&
           url.find_first_of(" \"\\") == std::string_view::npos;
}

class ManifestReader {
  public:
    explicit ManifestReader(std::string origin) : origin_(std::move(origin)) {}

    std::vector<ModelEntry> read(const toml::table& document) {
        for (const auto& [key, node] : document) {
            const toml::array* const tables = node.as_array();
            if (key != "model" || tables == nullptr) {
                fail(node, fmt::format("'{}' is not a [[model]] table", key.str()));
            }
            for (const toml::node& table : *tables) {
                if (!table.is_table()) {
                    fail(table, "'model' is not a [[model]] table");
                }
                read_entry(*table.as_table());
            }
        }
        return std::move(entries_);
    }

  private:
    [[noreturn]] void fail(const toml::node& node, const std::string& why) const {
        throw ModelError(fmt::format("{} line {}: {}", origin_, node.source().begin.line, why));
    }

    std::string text_of(const toml::node& node, std::string_view key) const {
        const auto* const text = node.as_string();
        if (text == nullptr || has_control(text->get())) {
            fail(node, fmt::format("{} needs one line of text in quotes", key));
        }
        return text->get();
    }

    void read_entry(const toml::table& table) {
        ModelEntry entry;
        for (const auto& [key, node] : table) {
            assign(entry, key.str(), node);
        }
        check(entry, table);
        entries_.push_back(std::move(entry));
    }

    void assign(ModelEntry& entry, std::string_view key, const toml::node& node) const {
        const auto named = [key](const auto& row) { return row.first == key; };
        if (const auto* row = std::find_if(kTexts.begin(), kTexts.end(), named);
            row != kTexts.end()) {
            entry.*(row->second) = text_of(node, key);
        } else if (const auto* list = std::find_if(kLists.begin(), kLists.end(), named);
                   list != kLists.end()) {
            if (!node.is_array()) {
                fail(node, fmt::format("{} needs a list of texts", key));
            }
            for (const toml::node& item : *node.as_array()) {
                (entry.*(list->second)).push_back(text_of(item, key));
            }
        } else if (key == "size") {
            const auto size = node.value_exact<std::int64_t>();
            if (!size || *size < 1) {
                fail(node, "size needs a whole number of bytes");
            }
            entry.size = static_cast<std::uint64_t>(*size);
        } else if (key == "setup" && node.is_boolean()) {
            entry.setup = node.as_boolean()->get();
        } else {
            fail(node, fmt::format("the key {} is not understood", key));
        }
    }

    void check(const ModelEntry& entry, const toml::table& table) {
        if (!is_plain_name(entry.name, kLongestName)) {
            fail(table, fmt::format("'{}' cannot be the name of a model", entry.name));
        }
        if (!is_plain_name(entry.file, kLongestFile) || entry.file.ends_with(".part") ||
            entry.file.ends_with(".previous")) {
            fail(table, fmt::format("the file '{}' of {} is not a plain file name", entry.file,
                                    entry.name));
        }
        if (!names_.insert(entry.name).second || !files_.insert(entry.file).second) {
            fail(table,
                 fmt::format("the name {} or its file {} is given twice", entry.name, entry.file));
        }
        if (!entry.page.empty()) {
            check_by_hand(entry, table);
            return;
        }
        const bool hex = entry.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
        const std::size_t least = table.contains("sha256") ? kHashDigits : kLeastHashDigits;
        if (!hex || entry.sha256.size() < least || entry.sha256.size() > kHashDigits ||
            (table.contains("sha256") && table.contains("sha256_prefix"))) {
            fail(table, fmt::format("{} needs a sha256 of {} hex digits, or a sha256_prefix of at "
                                    "least {}",
                                    entry.name, kHashDigits, kLeastHashDigits));
        }
        if (!(entry.url.empty() || is_address(entry.url)) ||
            !std::all_of(entry.mirrors.begin(), entry.mirrors.end(), is_address)) {
            fail(table,
                 fmt::format("{} needs addresses that begin with http:// or https://", entry.name));
        }
    }

    void check_by_hand(const ModelEntry& entry, const toml::table& table) const {
        if (!is_address(entry.page) || !is_plain_name(entry.page_file, kLongestFile)) {
            fail(table, fmt::format("{} needs a page that begins with http:// or https:// and the "
                                    "page_file that is there",
                                    entry.name));
        }
        if (!entry.url.empty() || !entry.mirrors.empty() || !entry.sha256.empty()) {
            fail(table, fmt::format("{} has a page, which is for files without a hash or address",
                                    entry.name));
        }
    }

    std::string origin_;
    std::vector<ModelEntry> entries_;
    std::set<std::string, std::less<>> names_;
    std::set<std::string, std::less<>> files_;
};

}  // namespace

std::vector<ModelEntry> built_in_models() {
    return parse_manifest(kManifestText, "models/manifest.toml");
}

bool is_file_of(const ModelEntry& entry, std::uint64_t size, std::string_view sha256) {
    return !entry.is_by_hand() && (entry.size == 0 || entry.size == size) &&
           sha256.starts_with(entry.sha256);
}

std::string hash_text(const ModelEntry& entry) {
    return (entry.sha256.size() == kHashDigits ? "sha256 " : "sha256 beginning with ") +
           entry.sha256;
}

void check_model_name(std::string_view name) {
    if (!is_plain_name(name, kLongestName)) {
        throw ConfigError(fmt::format(
            "'{}' cannot be the name of a model: take letters, digits, '.', '_' and '-', a letter "
            "or digit first, {} at most",
            name, kLongestName));
    }
}

std::vector<ModelEntry> parse_manifest(std::string_view text, const std::string& origin) {
    try {
        return ManifestReader(origin).read(toml::parse(text));
    } catch (const toml::parse_error& error) {
        throw ModelError(
            fmt::format("{} line {}: {}", origin, error.source().begin.line, error.description()));
    }
}

std::vector<ModelEntry> read_manifest(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file) {
        throw ModelError(fmt::format("cannot read the manifest {}", path.string()));
    }
    if (size > kLargestManifest) {
        throw ModelError(fmt::format("{} has {} bytes; a manifest has {} at most", path.string(),
                                     size, kLargestManifest));
    }
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return parse_manifest(text, path.string());
}

std::string to_toml(const ModelEntry& entry) {
    toml::table table;
    for (const auto& [key, text] : kTexts) {
        const bool is_prefix = entry.sha256.size() < kHashDigits;
        const bool is_hash = text == &ModelEntry::sha256;
        const bool is_page = text == &ModelEntry::page || text == &ModelEntry::page_file;
        if (!(entry.*text).empty() && (!is_hash || is_prefix == (key == "sha256_prefix")) &&
            (!is_page || entry.is_by_hand())) {
            table.insert(key, entry.*text);
        }
    }
    for (const auto& [key, list] : kLists) {
        toml::array items;
        for (const std::string& item : entry.*list) {
            items.push_back(item);
        }
        if (!items.empty()) {
            table.insert(key, std::move(items));
        }
    }
    if (entry.size > 0) {
        table.insert("size", static_cast<std::int64_t>(entry.size));
    }
    if (entry.setup) {
        table.insert("setup", true);
    }
    std::ostringstream text;
    text << toml::table{{"model", toml::array{std::move(table)}}} << '\n';
    return text.str();
}

}  // namespace closet
