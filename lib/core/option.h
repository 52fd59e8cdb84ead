#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace closet {

/// Numbers that an option takes, ends included.
struct OptionRange {
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    bool above_least = false;  ///< `least` itself is not among them

    bool operator==(const OptionRange&) const = default;
};
inline constexpr OptionRange kAnyNumber{};
inline constexpr OptionRange kFromZero{.least = 0};
inline constexpr OptionRange kAboveZero{.least = 0, .above_least = true};

/// "between 0 and 1", "at least 0", "above 0"; "a number" where there are no bounds.
std::string to_string(const OptionRange& range);

/// `key=value` pairs, as libav's options are.
using KeyValues = std::vector<std::pair<std::string, std::string>>;

/// An option as users know it: declared once, beside the struct of the stage that it belongs to, by
/// a function `options_of`. The command line, settings files, `closet bench` and the library's own
/// checks and messages all take it from there.
struct Option {
    /// Where the value is kept. A pointer is into the struct that `options_of` was given; a
    /// function takes the text or number where the struct keeps something else. A bool is a flag;
    /// the last two may be given several times.
    using Value =
        std::variant<bool*, int*, std::size_t*, float*, double*, std::string*, std::optional<int>*,
                     std::optional<std::int64_t>*, std::optional<double>*,
                     std::optional<std::string>*, std::optional<std::filesystem::path>*,
                     std::function<void(double)>, std::function<void(const std::string&)>,
                     std::vector<std::string>*, KeyValues*>;

    std::string
        names;  ///< "-g,--garment"; of a flag with its opposite "--occlusion,!--no-occlusion"
    const char* group;  ///< of the help
    std::string help;   ///< one line
    Value value;
    OptionRange range = kAnyNumber;     ///< of numbers
    const char* placeholder = nullptr;  ///< of the value in the help, "FILE"; null: by its type
    std::string standard{};             ///< the default in words; empty: what `value` holds
    const char* environment = nullptr;  ///< variable that gives the value where no flag does
    /// It says how a picture comes about and not where things lie or what is told: `closet bench`
    /// takes it, with lists of values.
    bool is_setting = true;
    bool is_saved = true;  ///< settings files hold it
};

/// The long name without dashes, as settings files have it: "garment".
std::string key_of(const Option& option);

/// Throws ConfigError for the first number outside its range: "--batch 0 is not between 1 and 256".
void check_ranges(const std::vector<Option>& options);

/// The same for all numbers of a stage's options struct, which `options_of` declares.
template <class Options>
void check_ranges_of(Options options) {
    check_ranges(options_of(options));
}

}  // namespace closet
