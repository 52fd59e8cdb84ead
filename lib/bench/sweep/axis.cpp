#include "bench/sweep/axis.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "bench/result/json_fields.h"
#include "core/error.h"

namespace closet::bench {
namespace {

using enum ValueKind;

constexpr bool kReloads = true;

constexpr std::array kAxes{
    AxisInfo{.name = "batch",
             .kind = kInteger,
             .description = "key frames in one inference call",
             .most_careful = "1",
             .published_list = "1-8",
             .published_optimum = "5"},
    AxisInfo{.name = "scale",
             .kind = kNumber,
             .description = "of the picture that inference sees",
             .most_careful = "1.0",
             .published_list = "0.3-1.0+0.1",
             .published_optimum = "0.5"},
    AxisInfo{.name = "interval",
             .kind = kNumber,
             .description = "seconds between key frames; 0: every frame",
             .published_list = "0.03-0.1+0.01",
             .published_optimum = "0.04"},
    AxisInfo{.name = "every",
             .kind = kInteger,
             .description = "frames between key frames",
             .overrides = "interval",
             .most_careful = "1"},
    AxisInfo{"key-frames", kName,
             "adaptive: where the motion needs them; fixed: one each interval"},
    AxisInfo{"streams", kInteger, "CUDA streams in flight", kReloads},
    AxisInfo{"model", kName, "pose network", kReloads},
    AxisInfo{"detector", kName, "network that finds people", kReloads},
    AxisInfo{"parser", kName, "networks that tell cloth, skin and hair", kReloads},
    AxisInfo{"parse-every", kNumber, "seconds between their looks at a person"},
    AxisInfo{.name = "precision",
             .kind = kName,
             .description = "auto, fp32, fp16 (CUDA), bf16 or int8",
             .reloads = true,
             .most_careful = "fp32"},
    AxisInfo{"device", kName, "auto, cpu or cuda[:N]", kReloads},
    AxisInfo{"detect-every", kNumber, "seconds between looks for new people"},
    AxisInfo{"max-people", kInteger, "people followed at a time"},
    AxisInfo{"person", kName, "who wears it: largest, center, all or id:N"},
    AxisInfo{"smooth", kNumber, "width of the smoothing, seconds; 0: none"},
    AxisInfo{"warp", kName, "how the garment is put on"},
    AxisInfo{"opacity", kNumber, "of the garment"},
    AxisInfo{"shadow", kNumber, "of the garment's edge on the body; 0: none"},
    AxisInfo{"queue", kInteger, "items between two stages"},
    AxisInfo{"memory", kInteger, "MB of frames between decoder and encoder; 0: any number"},
    AxisInfo{"decode-threads", kInteger, "decoder threads; 0 chooses (with --include decode)"},
    AxisInfo{"vcodec", kName, "encoder (with --include encode)"},
    AxisInfo{"crf", kInteger, "constant quality (with --include encode)"},
    AxisInfo{"preset", kName, "of the encoder (with --include encode)"},
    AxisInfo{"encode-threads", kInteger, "encoder threads; 0 chooses (with --include encode)"},
};

constexpr std::size_t kWholeDigits = 9, kDecimals = 6;
constexpr std::int64_t kUnit = 1'000'000;     ///< 10^kDecimals
constexpr std::size_t kLongestName = 4096;    ///< the longest path that Linux takes
constexpr std::size_t kLongestList = 65'536;  ///< of one axis, bytes

bool is_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// A plain decimal in millionths, so that sums and multiples of it are exact.
struct Decimal {
    std::int64_t millionths = 0;
    std::size_t decimals = 0;  ///< digits behind the point, as written
};

std::optional<Decimal> read_decimal(std::string_view text) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = point < text.size() ? text.substr(point + 1) : "";
    if (!is_digits(whole) || !is_digits(fraction) || (whole.empty() && fraction.empty()) ||
        (point < text.size() && fraction.empty()) || whole.size() > kWholeDigits ||
        fraction.size() > kDecimals) {
        return std::nullopt;
    }
    Decimal decimal{0, fraction.size()};
    for (const char digit : whole) {
        decimal.millionths = decimal.millionths * 10 + (digit - '0') * kUnit;
    }
    std::int64_t place = kUnit;
    for (const char digit : fraction) {
        place /= 10;
        decimal.millionths += (digit - '0') * place;
    }
    return decimal;
}

std::string to_text(const Decimal& decimal) {
    std::string text = fmt::format("{}", decimal.millionths / kUnit);
    if (decimal.decimals > 0) {
        text += fmt::format(".{:06}", decimal.millionths % kUnit).substr(0, decimal.decimals + 1);
    }
    return text;
}

/// Reads one list; knows the flag for its messages.
class ListReader {
  public:
    ListReader(std::string_view flag, std::string_view list, ValueKind kind)
        : flag_(flag), list_(list), kind_(kind) {}

    std::vector<std::string> read() {
        if (list_.size() > kLongestList) {
            fail("the list is too long");
        }
        for (std::size_t begin = 0; begin <= list_.size();) {
            const std::size_t end = std::min(list_.find(',', begin), list_.size());
            read_part(trimmed(list_.substr(begin, end - begin)));
            begin = end + 1;
        }
        return std::move(values_);
    }

  private:
    [[noreturn]] void fail(std::string_view why) const {
        throw ConfigError(fmt::format("{} {}: {}", flag_, excerpt(list_), why));
    }

    static std::string_view trimmed(std::string_view text) {
        while (!text.empty() && text.front() == ' ') {
            text.remove_prefix(1);
        }
        while (!text.empty() && text.back() == ' ') {
            text.remove_suffix(1);
        }
        return text;
    }

    void read_part(std::string_view part) {
        if (part.empty()) {
            fail("a value is empty");
        }
        if (kind_ == ValueKind::kName) {
            read_name(part);
        } else if (part.find('-') == std::string_view::npos) {
            number(part);
            add(std::string(part));
        } else {
            read_range(part);
        }
    }

    void read_name(std::string_view name) {
        if (name.size() > kLongestName || name.front() == '-' ||
            std::any_of(name.begin(), name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
            fail(fmt::format("'{}' is no name", excerpt(name)));
        }
        add(std::string(name));
    }

    Decimal number(std::string_view text) const {
        const auto decimal = read_decimal(text);
        if (!decimal) {
            fail(
                fmt::format("'{}' is not a number like 4 or 0.5 (at most {} digits before the "
                            "point and {} behind)",
                            excerpt(text), kWholeDigits, kDecimals));
        }
        if (kind_ == ValueKind::kInteger && decimal->decimals > 0) {
            fail(fmt::format("'{}' is not a whole number", excerpt(text)));
        }
        return *decimal;
    }

    void read_range(std::string_view part) {
        const std::size_t dash = part.find('-');
        const std::size_t by = std::min(part.find_first_of("+*", dash), part.size());
        const Decimal first = number(part.substr(0, dash));
        const Decimal last = number(part.substr(dash + 1, by - dash - 1));
        if (last.millionths < first.millionths) {
            fail(fmt::format("the range {} ends before it starts", excerpt(part)));
        }
        if (by == part.size()) {
            if (first.decimals + last.decimals > 0) {
                fail(fmt::format("the range {0} needs a step, like {0}+0.1", excerpt(part)));
            }
            add_steps(first, last, {kUnit, 0});
        } else if (part[by] == '+') {
            add_steps(first, last, number(part.substr(by + 1)));
        } else {
            add_multiples(first, last, number(part.substr(by + 1)));
        }
    }

    void add_steps(const Decimal& first, const Decimal& last, const Decimal& step) {
        if (step.millionths == 0) {
            fail("a step of 0 never ends");
        }
        const std::size_t decimals = std::max(first.decimals, step.decimals);
        for (std::int64_t at = first.millionths; at <= last.millionths; at += step.millionths) {
            add(to_text({at, decimals}));
        }
    }

    void add_multiples(const Decimal& first, const Decimal& last, const Decimal& factor) {
        if (factor.millionths < 2 * kUnit || factor.millionths % kUnit != 0) {
            fail("the factor must be a whole number of at least 2");
        }
        if (first.millionths == 0) {
            fail("multiples of 0 never end");
        }
        const std::int64_t times = factor.millionths / kUnit;
        std::int64_t at = first.millionths;
        while (true) {
            add(to_text({at, first.decimals}));
            if (at > last.millionths / times) {
                return;
            }
            at *= times;
        }
    }

    void add(std::string value) {
        const std::string key = kind_ == ValueKind::kName ? value : shortest_number(value);
        if (!seen_.insert(key).second) {
            return;
        }
        if (values_.size() == kMaximumValues) {
            fail(fmt::format("more than {} values; give a larger step", kMaximumValues));
        }
        values_.push_back(std::move(value));
    }

    std::string_view flag_, list_;
    ValueKind kind_;
    std::vector<std::string> values_;
    std::set<std::string> seen_;
};

}  // namespace

std::span<const AxisInfo> all_axes() {
    return kAxes;
}

const AxisInfo* find_axis(std::string_view name) {
    const auto* found = std::find_if(kAxes.begin(), kAxes.end(),
                                     [&](const AxisInfo& axis) { return axis.name == name; });
    return found == kAxes.end() ? nullptr : found;
}

std::vector<Setting> most_careful_settings() {
    std::vector<Setting> settings;
    for (const AxisInfo& axis : kAxes) {
        if (!axis.most_careful.empty()) {
            settings.emplace_back(axis.name, axis.most_careful);
        }
    }
    return settings;
}

Axis parse_axis(std::string_view name, std::string_view list) {
    const AxisInfo* info = find_axis(name);
    if (info == nullptr) {
        throw ConfigError(fmt::format("--{}: not a setting that can be swept", excerpt(name)));
    }
    return {std::string(name), parse_values(fmt::format("--{}", name), list, info->kind)};
}

std::vector<std::string> parse_values(std::string_view flag, std::string_view text,
                                      ValueKind kind) {
    return ListReader(flag, text, kind).read();
}

std::string shortest_number(std::string_view text) {
    auto decimal = read_decimal(text);
    if (!decimal) {
        return std::string(text);
    }
    std::int64_t place = kUnit;
    for (decimal->decimals = 0; decimal->millionths % place != 0; ++decimal->decimals) {
        place /= 10;
    }
    return to_text(*decimal);
}

}  // namespace closet::bench
